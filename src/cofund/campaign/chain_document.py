"""The terms of a campaign as its contract has them, in the form of the published document."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from cofund.campaign.publication import document_of, terms_of
from cofund.chain.terms_abi import terms_from
from cofund.market.terms import Terms

SHOWN: Final = 6


def short(address: str) -> str:
    """An address as people tell it apart: ``0x1234…abcd``."""
    return f"{address[:SHOWN]}…{address[-4:]}"


def document_from_chain(
    terms: Mapping[str, Any],
    edges: Sequence[Sequence[Any]],
    quality: Sequence[int],
    goals: Sequence[int],
    weights: Sequence[Mapping[str, Any]],
    token: tuple[str, int],
) -> dict[str, Any]:
    """What the chain says in the form of ``cofund.terms/1``; whoever has no name is called by address.

    Args:
        terms: the contract's ``terms``.
        edges: the terms of every edge, in the contract's order.
        quality: of every round, parts of ONE.
        goals: the goal table, as the contract has it.
        weights: of owners, as the factory was called with them; none if nobody knows.
        token: its symbol and decimals.
    """
    owners = [(entry["owner"], entry["weight"]) for entry in weights]
    ids = [f"edge-{at}" for at in range(len(edges))]
    right = terms_from(terms, edges, quality, goals, owners, ids)
    return document_of(
        right,
        name=f"Campaign of {short(terms['initiator'])}",
        token=token,
        initiator=terms["initiator"],
        edge_names=(short(edge.operator) for edge in right.edges),
        owners=((account, short(account), account) for account, _ in owners),
    )


def published_if_right(
    published: Mapping[bytes, dict[str, Any]], digest: bytes, document: dict[str, Any], *, weighed: bool
) -> tuple[dict[str, Any], Terms, bool]:
    """The document to show, the terms to reckon with, and whether the document is the published one.

    A published document that has the digest on chain, and says something else than the contract, is not shown.

    Args:
        published: documents by digest.
        digest: that the contract carries.
        document: what the chain says.
        weighed: whether the chain's document has everybody's weight.
    """
    terms = replace(terms_of(document), digest=digest)
    found = published.get(digest)
    if found is None:
        return document, terms, False
    named = terms_of(found)
    ids = [edge.id for edge in terms.edges]
    by_number = dict(zip((edge.id for edge in named.edges), ids, strict=False))
    plain = tuple(
        replace(edge, id=name, parent=None if edge.parent is None else by_number.get(edge.parent))
        for edge, name in zip(named.edges, ids, strict=False)
    )
    same = replace(named, edges=plain, weights=named.weights if weighed else terms.weights) == terms
    same = same and len(named.edges) == len(ids)
    return (found, named, True) if same else (document, terms, False)
