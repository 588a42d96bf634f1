"""Every table of a campaign as rows, for JSON and CSV alike; amounts are decimal strings of base units."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from cofund.csv_text import csv_text
from cofund.report.clients import client_rows
from cofund.report.column_kinds import kind_of
from cofund.report.owners import owner_rows
from cofund.web.shown import Shown

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a campaign.

    Attributes:
        title: one line for its heading and for the API.
        names: of the columns.
        rows: computes the rows.
        empty: columns that may be null.
    """

    title: str
    names: tuple[str, ...]
    rows: Callable[[Shown], Iterator[Row]]
    empty: Collection[str] = ()

    @property
    def columns(self) -> dict[str, str]:
        """JSON type of each column; ``amount`` is a decimal string, a ``?`` may be null."""
        return {name: kind_of(name) + "?" * (name in self.empty) for name in self.names}


def owners(shown: Shown) -> Iterator[Row]:
    """Whoever was invited to bid or did."""
    seals = {seal["id"]: seal for seal in shown.openings if seal["role"] == "owner"}
    settled = {row.id: row for row in owner_rows(shown.reading)} if shown.campaign.settled else {}
    for party in shown.terms["owners"]:
        seal, row = seals.get(party["id"]), settled.get(party["id"])
        yield {
            "id": party["id"],
            "name": party["name"],
            "account": party["account"],
            "weight": party["weight"],
            "state": "invited" if seal is None else "sealed" if seal["amount"] is None else "opened",
            "escrow": None if seal is None else seal["escrow"],
            "bid": None if seal is None else seal["amount"],
            "rounds": row.rounds if row else None,
            "charge": str(row.charge) if row else None,
            "why": row.why if row else "",
        }


def offers(shown: Shown) -> Iterator[Row]:
    """Whoever was invited to offer, and every offer; what can be claimed only an edge's rows say, so a record does."""
    costs = {client.id: str(client.cost) for client in shown.reading.instance.clients}
    settled = {row.id: row for row in client_rows(shown.reading)} if shown.campaign.settled else {}
    for party in shown.terms["clients"]:
        row, cost = settled.get(party["id"]), costs.get(party["id"])
        done, paid = shown.claims.get(party["id"], (0, 0))
        place, known = shown.reading.books.clients.get(party["id"]), party["account"] not in shown.unknown
        yield {
            "id": party["id"],
            "name": party["name"],
            "account": party["account"],
            "edge": row.edge if row else place.edge if place else party["edge"],
            "state": _state(shown, cost is not None, place is not None),
            "cost": cost,
            "result": str(row.fate) if row else None,
            "pay_per_round": str(row.pay) if row else None,
            "rounds_paid": done,
            "paid": str(paid),
            "claimable": str(place.claimable) if place and known else None,
            "why": row.why if row and known else "",
        }


def _state(shown: Shown, opened: bool, listed: bool) -> str:
    """What is known of an invited client: of a sealed book's only who won and was paid, or had to be opened."""
    if shown.reading.sealed and listed:
        return "won"
    return "opened" if opened else "invited"


def edges(shown: Shown) -> Iterator[Row]:
    """Every edge of the terms."""
    for place, party in zip(shown.edges, shown.terms["edges"], strict=True):
        yield {
            "id": party["id"],
            "name": party["name"],
            "operator": party["operator"],
            "parent": party["parent"] or "",
            "capacity": party["capacity"],
            "fee": party["fee"],
            "ceiling": party["ceiling"],
            "bonded": place.bonded,
            "clients": place.winners,
            "price": str(place.price) if shown.campaign.settled else None,
            "signed_up_to_round": place.up_to_round,
            "delivered": place.delivered,
            "claimed": place.claimed,
        }


def books(shown: Shown) -> Iterator[Row]:
    """Every sealed book."""
    for seal in shown.openings:
        if seal["role"] == "book":
            place = shown.reading.books.books[seal["id"]]
            yield {
                "id": seal["id"],
                "operator": place.account,
                "clients": place.clients,
                "state": "opened" if place.opened else "sealed",
                "bond": place.bond.where,
                "bond_lost": str(place.bond.lost),
            }


def rounds(shown: Shown) -> Iterator[Row]:
    """Every recorded round."""
    for row in shown.rounds:
        yield {
            "round": row["round"],
            "time": row["time"],
            "metric_ppb": row["metric_ppb"],
            "model_digest": row["model_digest"],
            "updates_root": row["updates_root"],
            "delivered": row["delivered"],
            "missing": ", ".join(row["missing"]),
        }


def picked(rows: list[Row], table: str) -> Iterator[Row]:
    """The columns of a table, of rows that have more."""
    return ({name: row[name] for name in TABLES[table].names} for row in rows)


def checks(shown: Shown) -> Iterator[Row]:
    """What is recomputed on the server."""
    for name, holds, numbers in shown.checks:
        yield {"check": name, "holds": holds, "numbers": numbers}


TABLES: Final = {
    "owners": Table(
        "Owners: seals, and what they bought",
        ("id", "name", "account", "weight", "state", "escrow", "bid", "rounds", "charge", "why"),
        owners,
        {"escrow", "bid", "rounds", "charge"},
    ),
    "offers": Table(
        "Clients: offers, and what they earn",
        (
            *("id", "name", "account", "edge", "state", "cost", "result", "pay_per_round", "rounds_paid", "paid"),
            *("claimable", "why"),
        ),
        offers,
        {"cost", "result", "pay_per_round", "claimable"},
    ),
    "books": Table(
        "Books: what each operator sealed, and its bond",
        ("id", "operator", "clients", "state", "bond", "bond_lost"),
        books,
    ),
    "edges": Table(
        "Edges: capacity, price, deliveries signed for",
        (
            *("id", "name", "operator", "parent", "capacity", "fee", "ceiling", "bonded", "clients", "price"),
            *("signed_up_to_round", "delivered", "claimed"),
        ),
        edges,
        {"price"},
    ),
    "rounds": Table(
        "Rounds recorded on chain",
        ("round", "time", "metric_ppb", "model_digest", "updates_root", "delivered", "missing"),
        rounds,
        {"metric_ppb", "delivered"},
    ),
    "payments": Table(
        "Money in and out per account",
        ("id", "account", "deposited", "received", "still_owed", "net"),
        lambda shown: picked(shown.accounts, "payments"),
    ),
    "events": Table(
        "What happened, in order",
        ("name", "time", "what", "block", "log", "hash"),
        lambda shown: picked(shown.events, "events"),
    ),
    "checks": Table("What is recomputed on the server", ("check", "holds", "numbers"), checks),
}


def to_csv(table: Table, shown: Shown) -> str:
    """The table as CSV; text that a spreadsheet would take for a formula gets an apostrophe."""
    return csv_text(table.names, ([row[name] for name in table.names] for row in table.rows(shown)))
