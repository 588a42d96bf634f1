"""The published terms of a campaign: what everyone reads before bidding. The contract carries their digest."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from eth_hash.auto import keccak

from cofund.market.term_names import TERMS, Term
from cofund.market.terms import EdgeTerms, Terms, goal_fields

SCHEMA = "cofund.terms/2"
LAST_TIME = 253_402_300_799
"""The last second of the year 9999, after which there is no way to write a time."""


Named = Iterable[tuple[str, str, str]]
"""Id, what people call it, and account of every party of a kind."""


def document_of(
    terms: Terms,
    *,
    name: str,
    token: tuple[str, int],
    initiator: str,
    edge_names: Iterable[str],
    owners: Named = (),
    clients: Iterable[tuple[str, str, str, str]] = (),
    training: dict[str, Any] | None = None,
    rehearsal: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The terms document; amounts as decimal strings, times ISO-8601 UTC.

    Args:
        terms: what the contract fixes; its ``digest`` is computed from all the rest.
        name: of the campaign.
        token: its symbol and decimals.
        initiator: account that creates the campaign.
        edge_names: what people call each edge, in the order of ``terms.edges``.
        owners: the invited ones.
        clients: the same in any order, each with the id of its edge.
        training: what is trained and how; None if nobody says it.
        rehearsal: metrics after each round of a rehearsal on data that neither owners' sites nor test years are part
            of, rate of the curve fitted to them, and error of the fit; None if there is none.
    """
    written, (unit, decimals) = sections_of(terms), token
    return {
        "schema": SCHEMA,
        "name": name,
        "token": {"address": terms.token, "unit": unit, "decimals": decimals} | written["token"],
        "initiator": initiator,
        "coordinator": terms.coordinator,
        **{section: written[section] for section in ("phases", "market", "bonds", "sealed")},
        "quality": list(terms.quality),
        "edges": [
            {"id": e.id, "name": called} | asdict(e) | {"fee": str(e.fee), "ceiling": str(e.ceiling)}
            for e, called in zip(terms.edges, edge_names, strict=True)
        ],
        "owners": [
            {"id": ident, "name": called, "account": account, "weight": terms.weight(account)}
            for ident, called, account in owners
        ],
        "clients": [dict(zip(("id", "name", "account", "edge"), client, strict=True)) for client in clients],
        "training": training,
        "rehearsal": rehearsal,
    }


def digest(document: dict[str, Any]) -> bytes:
    """keccak-256 of the document as compact JSON with sorted keys, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return keccak(text.encode("utf-8"))


def terms_of(document: dict[str, Any]) -> Terms:
    """What the contract must carry for this document, its digest included."""
    read = {term.name: term.form.read(_member(document, term)) for term in TERMS}
    return Terms(
        **read | goal_fields(read["goal"]),
        quality=tuple(document["quality"]),
        edges=tuple(
            EdgeTerms(e["id"], e["operator"], e["capacity"], int(e["fee"]), int(e["ceiling"]), e["parent"])
            for e in document["edges"]
        ),
        weights=tuple(
            (o["account"], o["weight"]) for o in document["owners"] if o["weight"] > 1 or read["listed_owners"]
        ),
        digest=digest(document),
    )


def stays_sealed(document: dict[str, Any]) -> bool:
    """Whether the books of a document's campaign are never opened."""
    return bool(document["sealed"]["books"])


def sections_of(terms: Terms) -> dict[str, dict[str, Any]]:
    """What of the document's sections the terms say."""
    sections: dict[str, dict[str, Any]] = {}
    for term in TERMS:
        value = terms.goal_table() if term.name == "goal" else getattr(terms, term.name)
        sections.setdefault(term.section, {})[term.member] = term.form.write(value)
    return sections


def _member(document: dict[str, Any], term: Term) -> Any:
    return (document[term.section] if term.section else document)[term.member]
