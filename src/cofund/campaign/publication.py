"""The published terms of a campaign: what everyone reads before bidding. The contract carries their digest."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from eth_hash.auto import keccak

from cofund.market.terms import NOBODY, EdgeTerms, Terms

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
        training: what is trained.
        rehearsal: evidence for the quality curve.
    """

    name: str
    unit: str
    decimals: int
    initiator: str
    terms: Terms
    edge_names: tuple[str, ...]
    owners: tuple[Party, ...]
    clients: tuple[Party, ...]
    training: Training
    rehearsal: Rehearsal

    def to_json(self) -> dict[str, Any]:
        """The document; amounts as decimal strings, times ISO-8601 UTC."""
        t = self.terms
        return {
            "schema": SCHEMA,
            "name": self.name,
            "token": {"address": t.token, "unit": self.unit, "decimals": self.decimals, "tick": str(t.tick)},
            "initiator": self.initiator,
            "coordinator": t.coordinator,
            "phases": {
                "commit_end": iso(t.commit_end),
                "reveal_end": iso(t.reveal_end),
                "settle_end": iso(t.settle_end),
                "round_limit_s": t.round_limit_s,
                "veto_window_s": t.veto_window_s,
                "delivery_window_s": t.delivery_window_s,
            },
            "market": {
                "cohort": t.cohort,
                "min_cohort": t.min_cohort,
                "ceiling": str(t.ceiling),
                "coordinator_fee": str(t.coordinator_fee),
                "goal": t.goal,
                "rule": "vcg" if t.underwritten else "serial",
                "match": t.match,
                "sponsor": None if t.sponsor == NOBODY else t.sponsor,
                "tolerance": t.tolerance,
                "listed_owners": t.listed_owners,
            },
            "bonds": {
                "owner": str(t.owner_bond),
                "client": str(t.client_bond),
                "edge": str(t.edge_bond),
                "coordinator": str(t.coordinator_bond),
            },
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
            "training": asdict(self.training),
            "rehearsal": {
                "rate": self.rehearsal.rate,
                "rmse": self.rehearsal.rmse,
                "metrics": list(self.rehearsal.metrics),
            },
        }


def digest(document: dict[str, Any]) -> bytes:
    """keccak-256 of the document as compact JSON with sorted keys, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return keccak(text.encode("utf-8"))


def terms_of(document: dict[str, Any]) -> Terms:
    """What the contract must carry for this document, its digest included."""
    market, phases, bonds = document["market"], document["phases"], document["bonds"]
    return Terms(
        token=document["token"]["address"],
        coordinator=document["coordinator"],
        commit_end=seconds(phases["commit_end"]),
        reveal_end=seconds(phases["reveal_end"]),
        settle_end=seconds(phases["settle_end"]),
        round_limit_s=phases["round_limit_s"],
        veto_window_s=phases["veto_window_s"],
        delivery_window_s=phases["delivery_window_s"],
        tick=int(document["token"]["tick"]),
        cohort=market["cohort"],
        min_cohort=market["min_cohort"],
        ceiling=int(market["ceiling"]),
        coordinator_fee=int(market["coordinator_fee"]),
        goal=market["goal"],
        quality=tuple(document["quality"]),
        edges=tuple(
            EdgeTerms(e["id"], e["operator"], e["capacity"], int(e["fee"]), e["admits"]) for e in document["edges"]
        ),
        weights=tuple(
            (o["account"], o["weight"]) for o in document["owners"] if o["weight"] > 1 or market["listed_owners"]
        ),
        owner_bond=int(bonds["owner"]),
        client_bond=int(bonds["client"]),
        edge_bond=int(bonds["edge"]),
        coordinator_bond=int(bonds["coordinator"]),
        digest=digest(document),
        sponsor=market["sponsor"] or NOBODY,
        underwritten=market["rule"] == "vcg",
        match=market["match"],
        tolerance=market["tolerance"],
        listed_owners=market["listed_owners"],
    )


def iso(timestamp: int) -> str:
    """Seconds since the epoch as ISO-8601 UTC."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text: str) -> int:
    """ISO-8601 UTC as seconds since the epoch."""
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
