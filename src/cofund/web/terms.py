"""The terms of a campaign as a document: the published one if it is there, else what the chain says in its form."""

from pathlib import Path
from typing import Any, Final

from cofund.campaign.publication import SCHEMA, digest, iso
from cofund.campaign.terms_file import published_document
from cofund.errors import InputError
from cofund.market.terms import NOBODY

STEPS_PER_WORD: Final = 8
SHOWN: Final = 6


def load_published(paths: list[Path]) -> dict[bytes, dict[str, Any]]:
    """Published documents by digest.

    Raises:
        InputError: naming the file that is none.
    """
    found = {}
    for path in paths:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(str(path), "", f"cannot be read: {error.strerror}") from error
        document = published_document(str(path), content)
        found[digest(document)] = document
    return found


def short(address: str) -> str:
    """An address as people tell it apart: ``0x1234…abcd``."""
    return f"{address[:SHOWN]}…{address[-4:]}"


def document_from_chain(
    terms: dict[str, Any], edges: list[dict[str, Any]], created: dict[str, Any] | None, unit: str, decimals: int
) -> dict[str, Any]:
    """What the chain says in the form of ``cofund.terms/1``; whoever has no name is called by address.

    Args:
        terms: the contract's ``terms``.
        edges: the terms of every edge.
        created: what the factory was called with; without it curve and weights are unknown.
        unit: symbol of the token.
        decimals: of the token.
    """
    tick = terms["tick"]
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
        "quality": _curve(created["curve"], terms["rounds"]) if created else [],
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
            for entry in (created["weights"] if created else [])
        ],
        "clients": [],
        "training": None,
        "rehearsal": None,
    }


def with_everybody(document: dict[str, Any], owners: dict[str, int], clients: dict[str, str]) -> dict[str, Any]:
    """The document with all who took part; who is not invited by name is called by address.

    Args:
        document: terms.
        owners: weight of everyone who bid, by account.
        clients: id of the edge of everyone who offered, by account; empty while it is sealed.
    """
    invited = {party["account"] for party in document["owners"]}
    known = {party["account"] for party in document["clients"]}
    return document | {
        "owners": document["owners"]
        + [
            {"id": account, "name": short(account), "account": account, "weight": weight}
            for account, weight in owners.items()
            if account not in invited
        ],
        "clients": document["clients"]
        + [
            {"id": account, "name": short(account), "account": account, "edge": edge}
            for account, edge in clients.items()
            if account not in known
        ],
    }


def _curve(words: list[int], rounds: int) -> list[int]:
    """Quality per round from words of eight, 32 bits each, the first lowest."""
    steps = [word >> (32 * place) & (2**32 - 1) for word in words for place in range(STEPS_PER_WORD)]
    return steps[:rounds]
