"""A campaign's contract against its published document: every field in which they differ, with both values.

The code was compared first (``chain.code``): the terms that it carries are what the contract goes by, and nothing
changes the edges, the curve and the weights that the factory was given.
"""

from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.onchain import Creation, creation_call
from cofund.campaign.publication import digest, terms_of
from cofund.chain.contract import creation_arguments

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cofund.chain.code import Verified
    from cofund.chain.node import Node

FILLED_IN: Final = frozenset({"initiator", "sharing"})
"""By the factory: the first is compared by itself, the second with the code."""
FIELDS: Final = {
    "edges": ("operator", "capacity", "fee", "admits"),
    "weights": ("owner", "weight"),
}


def differences(node: "Node", found: "Verified", created: Creation, document: dict[str, Any]) -> list[str]:
    """Every difference as ``terms.FIELD: what the document says, what the contract has``; none if they agree.

    Args:
        node: the chain.
        found: the campaign, its code compared.
        created: where it came from.
        document: as published; it has the fields of one (``terms_file``).

    Raises:
        InputError: if the factory was called by a contract, whose calldata is not the factory's.
    """
    right = digest(document)
    lines = []
    if found.terms["digest"] != right:
        lines.append(
            f"terms: the campaign carries the digest 0x{found.terms['digest'].hex()}, the file's is 0x{right.hex()}"
        )
    if document["initiator"] != found.terms["initiator"]:
        lines.append(_line("initiator", document["initiator"], found.terms["initiator"]))
    head, edges, curve, weights, _ = creation_arguments(terms_of(document))
    expected = dict(zip(list(found.terms), head, strict=True))
    lines += [
        _line(name, value, found.terms[name])
        for name, value in expected.items()
        if name not in FILLED_IN and name != "digest" and found.terms[name] != value
    ]
    _, given = creation_call(node, created)
    for name, values in {"edges": edges, "curve": curve, "weights": weights}.items():
        on_chain = [tuple(entry.values()) if isinstance(entry, dict) else entry for entry in given[name]]
        lines += _listed(name, values, on_chain)
    return lines


def _listed(name: str, values: "Sequence[Any]", on_chain: "Sequence[Any]") -> "Iterator[str]":
    """Differences of a list, entry by entry."""
    if len(values) != len(on_chain):
        yield _line(f"{name}[{min(len(values), len(on_chain))}]", f"{len(values)} entries", f"{len(on_chain)}")
    for at, (said, there) in enumerate(zip(values, on_chain, strict=False)):
        if said != there and name in FIELDS:
            for part, one, other in zip(FIELDS[name], said, there, strict=True):
                if one != other:
                    yield _line(f"{name}[{at}]", f"{part} {one}", f"{other}")
        elif said != there:
            yield _line(f"{name}[{at}]", said, there)


def _line(name: str, said: Any, there: Any) -> str:
    return f"terms.{name}: the document says {said}, the contract has {there}"
