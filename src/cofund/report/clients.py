"""Who trains at which price, who was left out and why, and what every edge earned (mechanism.md, 2)."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cofund.market.instance import Edge
from cofund.mechanism.explain_client import price_setter
from cofund.report.reading import Reading
from cofund.report.words import many
from cofund.settlement.places import OfferPlace

_GOES_BACK: Final = {"held": "comes back when anybody asks for it", "returned": "went back", "": "is not known"}
NOWHERE: Final = Edge("", 0, 0)


class Fate(StrEnum):
    """What became of an invited client."""

    TRAINS = "trains"
    TOO_DEAR = "too dear"
    EDGE_FULL = "edge full"
    ABOVE_CEILING = "above the ceiling"
    NOT_OPENED = "not opened"
    NO_OFFER = "no offer"


@dataclass(frozen=True, slots=True)
class ClientRow:
    """An invited client; amounts in base units per round, ``earned``, ``paid`` and ``claimable`` in total.

    Attributes:
        asked, total: its offer without and with the edge's fee; None if it was never opened.
        price: of a client-round at its edge, fee included.
        pay: price less fee if it trains, else 0; underwritten, the last rounds may pay less.
        rounds: delivered under its edge's signature.
        earned: ``paid`` by the contract, and ``claimable``.
        bond: where it is: "held", "returned" or "lost"; empty without an offer.
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
    claimable: int
    bond: str
    why: str


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """An edge; amounts in base units.

    Attributes:
        offers: opened at this edge.
        winners: clients that train.
        price: of a client-round, fee included.
        setter: who or what set the price.
        client_rounds: delivered under its signature.
        client_pay, fee_pay: what its clients and itself earned; ``fee_paid`` is what the contract has paid it.
    """

    id: str
    name: str
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


def client_rows(reading: Reading) -> list[ClientRow]:
    """Every invited client in the order of the terms, which is by id.

    The edge of its offer counts, not that of its invitation.
    """
    positions = {client.id: position for position, client in enumerate(reading.instance.clients)}
    edges = {edge.id: at for at, edge in enumerate(reading.instance.edges)}
    offered = {client.id: client.edge for client in reading.instance.clients}
    chosen = {reading.instance.clients[position].id for position in reading.cohort.winners}
    return [
        _row(reading, party, positions.get(name), name in chosen, edges.get(offered.get(name, party["edge"])))
        for party in reading.clients
        for name in [party["id"]]
    ]


def price_setters(reading: Reading) -> dict[str, str]:
    """Who or what set the price at every edge."""
    edges = reading.instance.edges
    return {edge.id: price_setter(reading.instance, reading.cohort, at) for at, edge in enumerate(edges)}


def edge_rows(reading: Reading) -> list[EdgeRow]:
    """Every edge in the order of the terms."""
    offers = Counter(client.edge for client in reading.instance.clients)
    earned = Counter[str]()
    for offer in reading.books.clients.values():
        earned[offer.edge] += offer.earned
    rows, setters = [], price_setters(reading)
    for at, edge in enumerate(reading.instance.edges):
        place = reading.books.edges[edge.id]
        rows.append(
            EdgeRow(
                id=edge.id,
                name=reading.names[f"edge {edge.id}"],
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
            )
        )
    return rows


def _unopened(reading: Reading, place: OfferPlace) -> str:
    """A bond that is held by now goes back to whoever posted it: that is not settled."""
    lost = f"its bond of {reading.currency.exact(place.bond.lost)} is forfeited"
    return f"never opened its offer; {lost if place.bond.lost else f'its bond {_GOES_BACK[place.bond.where]}'}"


def _row(reading: Reading, party: dict[str, str], position: int | None, chosen: bool, at: int | None) -> ClientRow:
    """Of a client that nobody named and that never opened, nobody knows at which edge its offer was."""
    offered = None if position is None else reading.instance.clients[position]
    edge, price = (NOWHERE, 0) if at is None else (reading.instance.edges[at], reading.cohort.prices[at])
    total = None if offered is None else offered.cost + edge.fee
    fate = Fate.TRAINS if chosen else _fate(reading, party["id"], total, edge)
    place = reading.books.client(party["id"])
    return ClientRow(
        id=party["id"],
        name=party["name"],
        edge=edge.id,
        fate=fate,
        asked=None if offered is None else offered.cost,
        fee=edge.fee,
        total=total,
        price=price,
        pay=price - edge.fee if chosen else 0,
        rounds=place.delivered,
        earned=place.earned,
        paid=place.paid,
        claimable=place.claimable,
        bond=place.bond.where,
        why=_why(reading, fate, total, edge, place),
    )


def _fate(reading: Reading, client: str, total: int | None, edge: Edge) -> Fate:
    """Why a client does not train."""
    if total is None:
        return Fate.NOT_OPENED if ("client", client) in reading.openings else Fate.NO_OFFER
    if total > reading.instance.ceiling:
        return Fate.ABOVE_CEILING
    full = reading.cohort.counts[reading.instance.edges.index(edge)] == edge.capacity
    return Fate.EDGE_FULL if full else Fate.TOO_DEAR


def _why(reading: Reading, fate: Fate, total: int | None, edge: Edge, place: OfferPlace) -> str:
    coins = reading.currency
    asks = "" if total is None else f"asks {coins.exact(total)} with the fee"
    places = f"{edge.capacity} places" if edge.capacity > 1 else "only place"
    sentences = {
        Fate.TRAINS: _trained(reading, place.delivered),
        Fate.ABOVE_CEILING: f"{asks}; the ceiling is {coins.exact(reading.instance.ceiling)}",
        Fate.EDGE_FULL: f"{asks}; the {places} of {edge.id} went to offers that are no dearer",
        Fate.TOO_DEAR: f"{asks}; the {reading.instance.cohort} places went to offers that are no dearer",
        Fate.NOT_OPENED: _unopened(reading, place),
        Fate.NO_OFFER: "was invited but made no offer",
    }
    return sentences[fate]


def _trained(reading: Reading, rounds: int) -> str:
    if not reading.outcome.funded:
        return "chosen, but the campaign was not funded"
    missed = reading.rounds_done - rounds
    return f"missed {many(missed, 'round')}, unpaid" if missed else f"delivered all {many(rounds, 'round')}"
