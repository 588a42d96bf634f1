"""Every table of a report as rows of plain values, for CSV and Parquet; amounts are base units, whole numbers."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any, Final

from cofund.report.owners import share_rows
from cofund.report.verdict import Findings

Row = dict[str, str | int | bool | None]

AMOUNTS: Final = {
    *("amount", "asked", "back", "bid", "bond_lost", "charge", "client_pay", "cost", "deposited", "earned", "escrow"),
    *(
        "claimable",
        "fee",
        "fee_paid",
        "fee_pay",
        "net",
        "paid",
        "pay",
        "price",
        "received",
        "share",
        "still_owed",
        "total",
    ),
}
"""Columns in base units, which can exceed 64 bits."""


def tables(found: Findings) -> dict[str, list[Row]]:
    """Name -> rows with the same columns, in the order of the record; a table may be empty."""
    return {name: list(rows(found)) for name, rows in _TABLES.items()}


def _owners(found: Findings) -> Iterable[Row]:
    for owner in found.owners:
        yield {
            "id": owner.id,
            "name": owner.name,
            "weight": owner.weight,
            "bid": owner.bid,
            "escrow": owner.escrow,
            "rounds": owner.rounds,
            "charge": owner.charge,
            "back": owner.back,
            "bond_lost": owner.forfeited,
            "paid": owner.net_paid,
            "why": owner.why,
        }


def _shares(found: Findings) -> Iterable[Row]:
    """A row for every owner of every stretch of rounds; a block that nobody bought has none."""
    for row in share_rows(found.reading):
        for owner, share in row.shares.items():
            yield {
                "owner": owner,
                "first_round": row.first_round,
                "last_round": row.last_round,
                "blocks": row.blocks,
                "cost": row.cost,
                "weight_of_buyers": row.weight,
                "share": share,
            }


def _clients(found: Findings) -> Iterable[Row]:
    return (asdict(client) | {"fate": str(client.fate)} for client in found.clients)


def _edges(found: Findings) -> Iterable[Row]:
    return (asdict(edge) for edge in found.edges)


def _rounds(found: Findings) -> Iterable[Row]:
    for row in found.reading.record["rounds"]:
        kept = ("round", "time", "metric", "metric_ppb", "delivered", "model_digest", "updates_root")
        yield {name: row[name] for name in kept} | {"missing": " ".join(row["missing"])}


def _deliveries(found: Findings) -> Iterable[Row]:
    return _picked(
        found.reading.record["deliveries"], "round", "client", "edge", "accepted", "samples", "reason", "digest"
    )


def _seals(found: Findings) -> Iterable[Row]:
    return _picked(found.reading.record["openings"], "role", "id", "escrow", "amount", "edge", "commitment", "salt")


def _accuracy(found: Findings) -> Iterable[Row]:
    return _picked(found.reading.record["gains"], "owner", "site", "alone", "untrained", "level", "funded", "final")


def _payments(found: Findings) -> Iterable[Row]:
    return _picked(found.reading.record["payments"], "id", "account", "deposited", "received", "still_owed", "net")


def _conservation(found: Findings) -> Iterable[Row]:
    return ({"part": part, "amount": int(amount)} for part, amount in found.reading.record["conservation"].items())


def _gas(found: Findings) -> Iterable[Row]:
    return _picked(found.reading.record["gas"], "step", "transactions", "gas")


def _transactions(found: Findings) -> Iterable[Row]:
    names = ("note", "block", "timestamp", "status", "gas_used", "hash")
    return _picked(found.reading.record["transactions"], *names)


def _picked(rows: Iterable[dict[str, Any]], *names: str) -> Iterable[Row]:
    """The named members; amounts, decimal strings in a record, as numbers."""
    for row in rows:
        yield {name: int(row[name]) if name in AMOUNTS and row[name] is not None else row[name] for name in names}


_TABLES: Final[dict[str, Callable[[Findings], Iterable[Row]]]] = {
    "owners": _owners,
    "shares": _shares,
    "clients": _clients,
    "edges": _edges,
    "rounds": _rounds,
    "deliveries": _deliveries,
    "seals": _seals,
    "accuracy": _accuracy,
    "payments": _payments,
    "conservation": _conservation,
    "gas": _gas,
    "transactions": _transactions,
}
