"""A snapshot of a finished campaign from its record, without any node."""

from pathlib import Path
from typing import Any

from cofund.campaign.publication import iso, seconds
from cofund.report.reading import Reading, load_record, read, whole_record
from cofund.settlement.places import EdgePlace
from cofund.web.snapshot import Snapshot


def record_snapshot(path: Path) -> Snapshot:
    """The campaign that a record tells of.

    Raises:
        InputError: if the file is no record.
        CheckFailed: if its outcome is not what the rule gives for its market.
    """
    record = load_record(path)
    with whole_record(path):
        return _snapshot(record, read(record))


def _snapshot(record: dict[str, Any], reading: Reading) -> Snapshot:
    last = record["transactions"][-1]
    known = record["conservation"]
    return Snapshot(
        address=record["campaign"]["address"],
        chain_id=record["campaign"]["chain_id"],
        source="record",
        block=last["block"],
        now=last["timestamp"],
        status=record["campaign"]["status"],
        phase=record["campaign"]["status"],
        until=None,
        terms=record["terms"] | {"owners": list(reading.owners), "clients": list(reading.clients)},
        published=True,
        counts={
            "owners": sum(seal["role"] == "owner" for seal in record["openings"]),
            "offers": sum(seal["role"] == "client" for seal in record["openings"]),
            "revealed": sum(s["role"] == "client" and s["amount"] is not None for s in record["openings"]),
            "rounds": reading.outcome.rounds,
            "rounds_done": reading.rounds_done,
        },
        money={name: int(known[name]) for name in ("deposited", "paid_out", "held")}
        | {"round_cost": reading.outcome.round_cost, "sponsor_locked": 0},
        openings=record["openings"],
        rounds=record["rounds"],
        edges=[_edge(edge, reading.books.edges[edge["id"]], record["roots"]) for edge in record["terms"]["edges"]],
        accounts=record["payments"],
        claims={name: (place.paid_rounds, place.paid) for name, place in reading.books.clients.items()},
        bonds=[],
        deliveries=record["deliveries"],
        events=[
            {
                "name": "Transaction",
                "time": iso(entry["timestamp"]),
                "what": entry["note"],
                "block": entry["block"],
                "log": 0,
                "hash": entry["hash"],
            }
            for entry in record["transactions"]
        ],
        reading=reading,
        checks=_checks(record),
    )


def _edge(edge: dict[str, Any], place: EdgePlace, roots: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "edge": edge["id"],
        "capacity": edge["capacity"],
        "bonded": place.bonded,
        "winners": place.winners,
        "up_to_round": place.up_to_round,
        "delivered": place.delivered,
        "claimed": place.claimed,
        "fee_rounds": place.fee_rounds,
        "stood_in": place.stood_in,
        "roots": [root["up_to_round"] for root in roots if root["edge"] == edge["id"]],
    }


def _checks(record: dict[str, Any]) -> list[tuple[str, bool, str]]:
    known = {name: int(amount) for name, amount in record["conservation"].items()}
    deposited = sum(int(row["deposited"]) for row in record["payments"])
    received = sum(int(row["received"]) for row in record["payments"])
    ends = seconds(record["terms"]["phases"]["settle_end"])
    settled = [entry for entry in record["transactions"] if entry["note"] == "settle"]
    return [
        ("the outcome is what the rule gives for the opened bids and offers", True, "cleared again"),
        (
            "deposits of everybody add up to the contract's total",
            deposited == known["deposited"],
            f"{deposited:,} = {known['deposited']:,}",
        ),
        ("payments add up to the contract's total", received == known["paid_out"], f"{received:,}"),
        (
            "what came in went out or is held",
            known["deposited"] == known["paid_out"] + known["held"],
            f"{known['deposited']:,} = {known['paid_out']:,} + {known['held']:,}",
        ),
        ("settled within its phase", all(entry["timestamp"] < ends for entry in settled), f"{len(settled)} call"),
    ]
