"""Who trains at which price, who was left out and why, and what every edge earned (mechanism.md, 2)."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cofund.market.instance import Edge, parent_positions
from cofund.mechanism.edge_tree import path_up
from cofund.mechanism.explain_client import price_setter
from cofund.report.reading import Reading
from cofund.report.words import many
from cofund.settlement.places import OfferPlace


class Fate(StrEnum):
    """What became of an offer, or of an invited client that has none."""

    TRAINS = "trains"
    TOO_DEAR = "too dear"
    EDGE_FULL = "edge full"
    ABOVE_CEILING = "above the ceiling"
    NOT_OPENED = "book not opened"
    NO_OFFER = "in no book"
    SEALED = "not known"


SEALED_SETTER: Final = "an offer in a sealed book, or the ceiling"


@dataclass(frozen=True, slots=True)
class ClientRow:
    """An invited client, or an offer that an edge listed; amounts in base units per round, the last four in total.

    Attributes:
        asked, total: its offer without and with the fees of its edge and all above; None if no open book has it.
        price: of a client-round at its edge, fees included.
        pay: price less fees if it trains, else 0; underwritten, the last rounds may pay less.
        rounds: delivered under its edge's signature.
        earned: ``paid`` by the contract and ``extra``, what it paid on top at the end, and ``claimable``.
        why: half a sentence.
    """

    id: str
    name: str
    edge: str
    fate: Fate
    asked: int | None
    fee: int
    total: int | None
    price: int
    pay: int
    rounds: int
    earned: int
    paid: int
    extra: int
    claimable: int
    why: str


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """An edge; amounts in base units.

    Attributes:
        parent: id of the edge above it; empty below the cloud.
        offers: in its section of an open book.
        winners: its own clients that train; those of edges below it are counted there.
        price: of a client-round, fee included.
        setter: who or what set the price.
        client_rounds: delivered under its signature.
        client_pay, fee_pay: what its own clients, and itself of all at and below it, earned; ``fee_paid`` is what the
            contract has paid it.
        bond, book: where its own bond and that of its operator's book are.
    """

    id: str
    name: str
    parent: str
    capacity: int
    offers: int
    winners: int
    fee: int
    price: int
    setter: str
    client_rounds: int
    client_pay: int
    fee_pay: int
    fee_paid: int
    bond: str
    book: str


def client_rows(reading: Reading) -> list[ClientRow]:
    """Every invited client in the order of the terms, which is by id, then further offers in that of the books.

    The edge of its offer counts, not that of its invitation.
    """
    positions = {client.id: position for position, client in enumerate(reading.instance.clients)}
    edges = {edge.id: at for at, edge in enumerate(reading.instance.edges)}
    offered = {name: place.edge for name, place in reading.books.clients.items()}
    chosen = {winner.id for winner in reading.outcome.winners}
    fees = reading.instance.path_fees()
    return [
        _row(reading, party, positions.get(name), name in chosen, edges.get(offered.get(name, party["edge"])), fees)
        for party in reading.clients
        for name in [party["id"]]
    ]


def price_setters(reading: Reading) -> dict[str, str]:
    """Who or what set the price at every edge."""
    edges = reading.instance.edges
    if reading.sealed:
        return {edge.id: SEALED_SETTER for edge in edges}
    return {edge.id: price_setter(reading.instance, reading.cohort, at) for at, edge in enumerate(edges)}


def edge_rows(reading: Reading) -> list[EdgeRow]:
    """Every edge in the order of the terms."""
    offers = Counter(client.edge for client in reading.instance.clients)
    offers.update({place.edge: place.clients for place in reading.books.books.values() if place.edge})
    earned = Counter[str]()
    for offer in reading.books.clients.values():
        earned[offer.edge] += offer.earned
    rows, setters = [], price_setters(reading)
    for at, edge in enumerate(reading.instance.edges):
        place = reading.books.edges[edge.id]
        book = reading.books.book(place.account, edge.id)
        rows.append(
            EdgeRow(
                id=edge.id,
                name=reading.names[f"edge {edge.id}"],
                parent=edge.parent or "",
                capacity=edge.capacity,
                offers=offers[edge.id],
                winners=reading.cohort.counts[at],
                fee=edge.fee,
                price=reading.cohort.prices[at],
                setter=setters[edge.id],
                client_rounds=place.delivered,
                client_pay=earned[edge.id],
                fee_pay=place.earned,
                fee_paid=place.paid,
                bond=place.bond.where,
                book=book.bond.where if book else "",
            )
        )
    return rows


def _row(
    reading: Reading, party: dict[str, str], position: int | None, chosen: bool, at: int | None, fees: list[int]
) -> ClientRow:
    """Terms of a stranger may invite a client to an edge that they do not have."""
    offered = None if position is None else reading.instance.clients[position]
    price, fee = (0, 0) if at is None else (reading.cohort.prices[at], fees[at])
    total = None if offered is None else offered.cost + fee
    fate = Fate.TRAINS if chosen else Fate.NO_OFFER if at is None else _fate(reading, total, at)
    place = reading.books.client(party["id"])
    return ClientRow(
        id=party["id"],
        name=party["name"],
        edge=party["edge"] if at is None else reading.instance.edges[at].id,
        fate=fate,
        asked=None if offered is None else offered.cost,
        fee=fee,
        total=total,
        price=price,
        pay=price - fee if chosen else 0,
        rounds=place.delivered,
        earned=place.earned,
        paid=place.paid,
        extra=place.extra,
        claimable=place.claimable,
        why=_why(reading, fate, total, at or 0, place),
    )


def _fate(reading: Reading, total: int | None, at: int) -> Fate:
    """Why a client does not train."""
    if total is None:
        edge = reading.instance.edges[at].id
        book = reading.books.book(reading.books.edges[edge].account, edge)
        if reading.sealed:
            return Fate.NO_OFFER if book is None else Fate.SEALED
        return Fate.NO_OFFER if book is None or book.opened else Fate.NOT_OPENED
    if total > reading.instance.ceilings()[at]:
        return Fate.ABOVE_CEILING
    return Fate.TOO_DEAR if _full(reading, at) is None else Fate.EDGE_FULL


def _full(reading: Reading, at: int) -> Edge | None:
    """The first edge without room from this one up."""
    edges = reading.instance.edges
    path = path_up(parent_positions(edges), at)
    return next((edges[node] for node in path if reading.cohort.counts[node] == edges[node].capacity), None)


def _why(reading: Reading, fate: Fate, total: int | None, at: int, place: OfferPlace) -> str:
    coins = reading.currency
    full = _full(reading, at) or reading.instance.edges[at]
    asks = "" if total is None else f"asks {coins.exact(total)} with all fees"
    places = f"{full.capacity} places" if full.capacity > 1 else "only place"
    sentences = {
        Fate.TRAINS: _trained(reading, place.delivered),
        Fate.ABOVE_CEILING: f"{asks}; the ceiling is {coins.exact(reading.instance.ceilings()[at])}",
        Fate.EDGE_FULL: f"{asks}; the {places} of {full.id} went to offers that are no dearer",
        Fate.TOO_DEAR: f"{asks}; the {reading.instance.cohort} places went to offers that are no dearer",
        Fate.NOT_OPENED: "its edge never opened its book",
        Fate.NO_OFFER: "was invited but no open book lists it",
        Fate.SEALED: "was not paid, and its edge's book stays sealed: only its edge knows whether it is listed or won",
    }
    return sentences[fate]


def _trained(reading: Reading, rounds: int) -> str:
    if not reading.outcome.funded:
        return "chosen, but the campaign was not funded"
    missed = reading.rounds_done - rounds
    return f"missed {many(missed, 'round')}, unpaid" if missed else f"delivered all {many(rounds, 'round')}"
