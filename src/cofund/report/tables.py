"""Every table of a report as rows of plain values, for CSV and Parquet; amounts are base units, whole numbers."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any, Final

from cofund.report.column_kinds import AMOUNTS
from cofund.report.owners import share_rows
from cofund.report.verdict import Findings

Row = dict[str, str | int | bool | None]


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


def _rounds(found: Findings) -> Iterable[Row]:
    for row in found.reading.record["rounds"]:
        kept = ("round", "time", "metric", "metric_ppb", "delivered", "model_digest", "updates_root")
        yield {name: row[name] for name in kept} | {"missing": " ".join(row["missing"])}


def _conservation(found: Findings) -> Iterable[Row]:
    return ({"part": part, "amount": int(amount)} for part, amount in found.reading.record["conservation"].items())


def _picked(section: str, *names: str) -> Callable[[Findings], Iterable[Row]]:
    """Members of a section's rows; amounts, decimal strings in a record, as numbers."""

    def member(row: dict[str, Any], name: str) -> Any:
        return int(row[name]) if name in AMOUNTS and row[name] is not None else row[name]

    return lambda found: ({name: member(row, name) for name in names} for row in found.reading.record[section])


_TABLES: Final[dict[str, Callable[[Findings], Iterable[Row]]]] = {
    "owners": _owners,
    "shares": _shares,
    "clients": _clients,
    "edges": lambda found: (asdict(edge) for edge in found.edges),
    "rounds": _rounds,
    "deliveries": _picked("deliveries", "round", "client", "edge", "accepted", "samples", "reason", "digest"),
    "seals": _picked("openings", "role", "id", "escrow", "amount", "clients", "commitment", "salt"),
    "accuracy": _picked("gains", "owner", "site", "alone", "untrained", "level", "funded", "final"),
    "payments": _picked("payments", "id", "account", "deposited", "received", "still_owed", "net"),
    "conservation": _conservation,
    "gas": _picked("gas", "step", "transactions", "gas"),
    "transactions": _picked("transactions", "note", "block", "timestamp", "status", "gas_used", "hash"),
}
