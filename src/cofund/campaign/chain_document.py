"""The terms of a campaign as its contract has them, in the form of the published document."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from cofund.campaign.publication import SCHEMA, iso, terms_of
from cofund.market.terms import NOBODY, Terms

SHOWN: Final = 6


def short(address: str) -> str:
    """An address as people tell it apart: ``0x1234…abcd``."""
    return f"{address[:SHOWN]}…{address[-4:]}"


def document_from_chain(
    terms: Mapping[str, Any],
    edges: Sequence[Mapping[str, Any]],
    quality: Sequence[int],
    weights: Sequence[Mapping[str, Any]],
    token: tuple[str, int],
) -> dict[str, Any]:
    """What the chain says in the form of ``cofund.terms/1``; whoever has no name is called by address.

    Args:
        terms: the contract's ``terms``.
        edges: the terms of every edge.
        quality: of every round, parts of ONE.
        weights: of owners, as the factory was called with them; none if nobody knows.
        token: its symbol and decimals.
    """
    tick, (unit, decimals) = terms["tick"], token
    return {
        "schema": SCHEMA,
        "name": f"Campaign of {short(terms['initiator'])}",
        "token": {"address": terms["token"], "unit": unit, "decimals": decimals, "tick": str(tick)},
        "initiator": terms["initiator"],
        "coordinator": terms["coordinator"],
        "phases": {name: iso(terms[name]) for name in ("commit_end", "reveal_end", "settle_end")}
        | {f"{name}_s": terms[name] for name in ("round_limit", "veto_window", "delivery_window")},
        "market": {
            "cohort": terms["cohort"],
            "min_cohort": terms["min_cohort"],
            "ceiling": str(terms["ceiling"] * tick),
            "coordinator_fee": str(terms["coordinator_fee"]),
            "goal": terms["goal"],
            "rule": "vcg" if terms["underwritten"] else "serial",
            "match": terms["match"],
            "sponsor": None if terms["sponsor"] == NOBODY else terms["sponsor"],
            "tolerance": terms["tolerance"],
            "listed_owners": terms["listed_owners"],
        },
        "bonds": {name: str(terms[f"{name}_bond"]) for name in ("owner", "client", "edge", "coordinator")},
        "quality": list(quality),
        "edges": [
            {
                "id": f"edge-{at}",
                "name": short(edge["operator"]),
                "operator": edge["operator"],
                "capacity": edge["capacity"],
                "fee": str(edge["fee"] * tick),
                "admits": edge["admits"],
            }
            for at, edge in enumerate(edges)
        ],
        "owners": [
            {"id": entry["owner"], "name": short(entry["owner"]), "account": entry["owner"], "weight": entry["weight"]}
            for entry in weights
        ],
        "clients": [],
        "training": None,
        "rehearsal": None,
    }


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
    plain = tuple(replace(edge, id=name) for edge, name in zip(named.edges, ids, strict=False))
    same = replace(named, edges=plain, weights=named.weights if weighed else terms.weights) == terms
    same = same and len(named.edges) == len(ids)
    return (found, named, True) if same else (document, terms, False)
