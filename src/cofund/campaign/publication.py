"""The published terms of a campaign: what everyone reads before bidding. The contract carries their digest."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from eth_hash.auto import keccak

from cofund.market.term_names import TERMS, Term
from cofund.market.terms import EdgeTerms, Terms

SCHEMA = "cofund.terms/1"
LAST_TIME = 253_402_300_799
"""The last second of the year 9999, after which there is no way to write a time."""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who may take part.

    Args:
        id: name in instance and outcome.
        name: what people call it.
        account: Ethereum address.
        edge: id of a client's edge; empty for an owner.
    """

    id: str
    name: str
    account: str
    edge: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Where the public quality curve comes from.

    Args:
        metrics: metric after each round of a rehearsal on data that neither owners' sites nor test years are part of.
        rate: fitted rate of the curve, as written in the terms.
        rmse: root mean squared error of the fit.
    """

    metrics: tuple[str, ...]
    rate: str
    rmse: str

    def to_json(self) -> dict[str, Any]:
        """As in the document."""
        return {"rate": self.rate, "rmse": self.rmse, "metrics": list(self.metrics)}


@dataclass(frozen=True, slots=True)
class Training:
    """What is trained and how; the names are those of ``training.plan.Plan``."""

    task: str
    rounds: int
    local_steps: int
    edge_rounds: int
    learning_rate: float
    batch: int
    seed: int


@dataclass(frozen=True, slots=True)
class Publication:
    """The terms document.

    Args:
        name: of the campaign.
        unit: symbol of the token.
        decimals: of the token.
        initiator: account that creates the campaign.
        terms: what the contract fixes; its ``digest`` is computed from all the rest.
        edge_names: what people call each edge, in the order of ``terms.edges``.
        owners, clients: the invited parties; clients in no particular order.
        training: what is trained; None if nobody says it.
        rehearsal: evidence for the quality curve, None if there is none.
    """

    name: str
    unit: str
    decimals: int
    initiator: str
    terms: Terms
    edge_names: tuple[str, ...]
    owners: tuple[Party, ...]
    clients: tuple[Party, ...]
    training: Training | None = None
    rehearsal: Rehearsal | None = None

    def to_json(self) -> dict[str, Any]:
        """The document; amounts as decimal strings, times ISO-8601 UTC."""
        t, written = self.terms, sections_of(self.terms)
        return {
            "schema": SCHEMA,
            "name": self.name,
            "token": {"address": t.token, "unit": self.unit, "decimals": self.decimals} | written["token"],
            "initiator": self.initiator,
            "coordinator": t.coordinator,
            **{name: written[name] for name in ("phases", "market", "bonds")},
            "quality": list(t.quality),
            "edges": [
                {
                    "id": e.id,
                    "name": name,
                    "operator": e.operator,
                    "capacity": e.capacity,
                    "fee": str(e.fee),
                    "admits": e.admits,
                }
                for e, name in zip(t.edges, self.edge_names, strict=True)
            ],
            "owners": [
                {"id": p.id, "name": p.name, "account": p.account, "weight": t.weight(p.account)} for p in self.owners
            ],
            "clients": [{"id": p.id, "name": p.name, "account": p.account, "edge": p.edge} for p in self.clients],
            "training": None if self.training is None else asdict(self.training),
            "rehearsal": None if self.rehearsal is None else self.rehearsal.to_json(),
        }


def digest(document: dict[str, Any]) -> bytes:
    """keccak-256 of the document as compact JSON with sorted keys, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return keccak(text.encode("utf-8"))


def terms_of(document: dict[str, Any]) -> Terms:
    """What the contract must carry for this document, its digest included."""
    read = {term.name: term.form.read(_member(document, term)) for term in TERMS}
    return Terms(
        **read,
        quality=tuple(document["quality"]),
        edges=tuple(
            EdgeTerms(e["id"], e["operator"], e["capacity"], int(e["fee"]), e["admits"]) for e in document["edges"]
        ),
        weights=tuple(
            (o["account"], o["weight"]) for o in document["owners"] if o["weight"] > 1 or read["listed_owners"]
        ),
        digest=digest(document),
    )


def sections_of(terms: Terms) -> dict[str, dict[str, Any]]:
    """What of the document's sections the terms say."""
    sections: dict[str, dict[str, Any]] = {}
    for term in TERMS:
        sections.setdefault(term.section, {})[term.member] = term.form.write(getattr(terms, term.name))
    return sections


def _member(document: dict[str, Any], term: Term) -> Any:
    return (document[term.section] if term.section else document)[term.member]
