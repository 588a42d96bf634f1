"""The numbers that the page computes its checks from, embedded as JSON; no keys, no transactions, no models."""

import json
from typing import Any

from cofund.report.clients import Fate
from cofund.report.missed_rounds import accepted_bits
from cofund.report.owners import share_rows
from cofund.report.verdict import Findings


def embedded_data(found: Findings) -> str:
    """JSON that cannot end the script element it stands in; amounts are decimal strings."""
    document = json.dumps(_document(found), ensure_ascii=True, separators=(",", ":"))
    return document.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _document(found: Findings) -> dict[str, Any]:
    reading, record = found.reading, found.reading.record
    fees, ceilings = reading.instance.path_fees(), reading.instance.ceilings()
    signed = {root["edge"]: root["total"] for root in record["roots"]}
    return {
        "decimals": reading.currency.decimals,
        "cohort": reading.instance.cohort,
        "coordinator_fee": str(reading.instance.coordinator_fee),
        "round_cost": str(reading.outcome.round_cost),
        "bought": reading.outcome.rounds,
        "rule": reading.outcome.rule,
        "quality": list(reading.instance.quality[: reading.outcome.rounds]),
        "rounds": [row["delivered"] for row in record["rounds"][: reading.rounds_done]],
        "blocks": [[row.first_round, row.last_round, row.blocks, str(row.cost)] for row in share_rows(reading)],
        "owners": _owners(found),
        "edges": {
            edge.id: {
                "capacity": edge.capacity,
                "fee": str(edge.fee),
                "path_fee": str(fees[at]),
                "ceiling": str(ceilings[at]),
                "parent": edge.parent,
                "price": str(edge.price),
                "signed": signed.get(edge.id, 0),
            }
            for at, edge in enumerate(found.edges)
        },
        "clients": _clients(found),
        "payments": [[row["deposited"], row["received"]] for row in record["payments"]],
        "conservation": record["conservation"],
    }


def _owners(found: Findings) -> list[dict[str, Any]]:
    return [
        {
            "weight": owner.weight,
            "bid": str(owner.bid),
            "escrow": str(owner.escrow),
            "level": owner.rounds,
            "charge": str(owner.charge),
        }
        for owner in found.owners
        if owner.bid is not None
    ]


def _clients(found: Findings) -> list[dict[str, Any]]:
    bits = accepted_bits(found.reading)
    return [
        {
            "edge": client.edge,
            "asked": None if client.asked is None else str(client.asked),
            "wins": client.fate is Fate.TRAINS,
            "rounds": bits.get(client.id, ""),
        }
        for client in found.clients
        if client.asked is not None or client.fate is Fate.TRAINS  # of sealed books nothing is known of others
    ]
