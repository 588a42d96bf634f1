"""A campaign's contract against its published document: every field in which they differ, with both values.

The code was compared first (``chain.code``): the terms that it carries are what the contract goes by, and nothing
changes the edges, the curve and the weights that the factory was given. Where a contract called the factory, a
multisig say, that call is not to be seen: then edges, curve and goals are read from the campaign, and the weights are
held against the hash of all that it was created with, which the factory keeps.
"""

from typing import TYPE_CHECKING, Any, Final

from eth_utils.address import to_checksum_address

from cofund.campaign.creations import Created
from cofund.campaign.creations import creation_arguments as called_with
from cofund.campaign.onchain import edges_of
from cofund.campaign.publication import digest, terms_of
from cofund.campaign.published import location
from cofund.chain.contract import created_with, creation_arguments
from cofund.chain.terms_abi import quality_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cofund.chain.code import VerifiedCode
    from cofund.chain.node import Node

FILLED_IN: Final = frozenset({"initiator", "sharing"})
"""By the factory: the first is compared by itself, the second with the code."""
FIELDS: Final = {
    "edges": ("operator", "capacity", "fee", "ceiling", "parent"),
    "weights": ("owner", "weight"),
}


def differences(node: "Node", found: "VerifiedCode", created: Created, document: dict[str, Any]) -> list[str]:
    """Every difference as ``terms.FIELD: what the document says, what the contract has``; none if they agree.

    Args:
        node: the chain.
        found: the campaign, its code compared.
        created: where it came from.
        document: as published; it has the fields of one (``terms_file``).
    """
    right = digest(document)
    lines = []
    if found.terms["digest"] != right:
        lines.append(
            f"terms: the campaign carries the digest 0x{found.terms['digest'].hex()}, the file's is 0x{right.hex()}"
        )
    if document["initiator"] != found.terms["initiator"]:
        lines.append(_line("initiator", document["initiator"], found.terms["initiator"]))
    head, edges, curve, goals, weights, _ = creation_arguments(terms_of(document))
    curve = quality_of(curve)
    expected = dict(zip(list(found.terms), head, strict=True))
    lines += [
        _line(name, value, found.terms[name])
        for name, value in expected.items()
        if name not in FILLED_IN and name != "digest" and found.terms[name] != value
    ]
    given = _given(node, found, created)
    for name, values in {"edges": edges, "curve": curve, "goals": goals, "weights": weights}.items():
        if name in given:
            lines += _listed(name, values, given[name])
    if not lines and "weights" not in given and not _created_with(node, found, created, document):
        lines.append("terms.weights: those of the document are not those that the campaign was created with")
    return lines


def _given(node: "Node", found: "VerifiedCode", created: Created) -> dict[str, list[Any]]:
    """What the factory was given besides the head; without the weights if a contract called it."""
    call = called_with(node.provider, created)
    if call is None:
        edges = [(str(to_checksum_address(operator)), *more) for (operator, *more), *_ in edges_of(found.campaign)]
        curve, goals = found.campaign.view("market")
        return {"edges": edges, "curve": quality_of(curve), "goals": list(goals)}
    _, given = call
    lists = {name: [tuple(entry.values()) for entry in given[name]] for name in FIELDS}
    return lists | {"curve": quality_of(given["curve"]), "goals": list(given["goals"])}


def _created_with(node: "Node", found: "VerifiedCode", created: Created, document: dict[str, Any]) -> bool:
    """Whether this is the campaign that the factory created with just this document, and the store that it logged."""
    store = location(node, created, found.campaign.address)
    head, *rest = creation_arguments(terms_of(document), store)
    filled = [found.terms[name] if name in FILLED_IN else value for name, value in zip(found.terms, head, strict=True)]
    known = created_with([tuple(filled), *rest])
    return str(found.factory.view("campaign_of", known)).lower() == found.campaign.address.lower()


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
