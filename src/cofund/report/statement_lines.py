"""What a party's account is made of, line by line: every line is an entry of the books, so their sum is the net."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from cofund.report.reading import Reading
from cofund.report.words import many, span
from cofund.settlement.places import (
    Bond,
    CoordinatorPlace,
    EdgePlace,
    InitiatorPlace,
    OfferPlace,
    OperatorPlace,
    OwnerPlace,
    Place,
    SponsorPlace,
    StakePlace,
)


@dataclass(frozen=True, slots=True)
class Line:
    """An amount and what it is; base units, negative if the party gave it; ``held`` if it may still come back."""

    what: str
    amount: int
    held: bool = False


def account_lines(reading: Reading, account: str) -> list[Line]:
    """All that an account brought and got in all its places; lines of nothing are left out."""
    mine = reading.books.of(account)
    lines = [line for _, _, place in mine for line in _LINES[type(place)](place, reading)]
    return [line for line in lines if line.amount]


def claimable(reading: Reading, account: str) -> int:
    """What the account can still claim, besides its bonds."""
    places = reading.books.of(account)
    return sum(place.claimable for _, _, place in places if isinstance(place, OfferPlace | EdgePlace))


def _bond(bond: Bond, lost: str, held: str) -> Iterator[Line]:
    yield Line(f"bond lost: {lost}", -bond.lost)
    yield Line(f"bond still held, {held}", -bond.held, held=True)


def _owner(place: OwnerPlace, reading: Reading) -> Iterator[Line]:
    level = next((one.level for one in reading.outcome.owners if place is reading.books.owners.get(one.id)), 0)
    yield Line(f"your shares of {span(1, level)}" if level else "your shares", -place.charge)
    yield Line("came back: rounds not delivered or not trained, and what others lost to you", place.refunded)
    yield Line("escrow still locked, until settlement", -place.locked, held=True)
    yield from _bond(place.bond, "the bid was never opened", "until settlement")


def _offer(place: OfferPlace, _: Reading) -> Iterator[Line]:
    yield Line(f"{many(place.paid_rounds, 'round')} paid", place.paid)
    yield Line("on top for every round delivered, of what an early end and missing rounds cost others", place.extra)


def _book(place: OperatorPlace, _: Reading) -> Iterator[Line]:
    lost = "clients missed more rounds than the terms allow" if place.opened else "the book was never opened"
    if place.edge:
        lost = "it was called absent and not opened, or its clients missed more rounds than the terms allow"
    yield from _bond(place.bond, f"book of {many(place.clients, 'client')}, {lost}", "until anybody returns it")


def _settler(place: StakePlace, reading: Reading) -> Iterator[Line]:
    held = reading.record["campaign"]["status"] in {"open", "cancelled"}
    yield Line("stakes of who settled without sealed books, got less put", place.net, held=held and place.net < 0)


def _edge(place: EdgePlace, reading: Reading) -> Iterator[Line]:
    fee = next(edge.fee for edge in reading.instance.edges if edge.id == place.edge)
    at = f"at your fee of {reading.currency.exact(fee)}"
    yield Line(f"{many(place.fee_rounds, 'client-round')} {at}", place.paid)
    yield from _bond(place.bond, "not all deliveries were signed by you in time", "until the campaign closes")


def _coordinator(place: CoordinatorPlace, reading: Reading) -> Iterator[Line]:
    fee = reading.currency.exact(reading.instance.coordinator_fee)
    yield Line(f"{many(reading.rounds_done, 'round')} recorded at your fee of {fee}", place.fee)
    lost = "training ended early, the models were not released, or a goal's shares fell short"
    yield from _bond(place.bond, lost, "until the campaign closes")


def _sponsor(place: SponsorPlace, reading: Reading) -> Iterator[Line]:
    over = reading.record["campaign"]["status"] not in {"open", "training"}
    yield Line("your part" if over else "your part, and what is still locked", place.net)


def _initiator(place: InitiatorPlace, _: Reading) -> Iterator[Line]:
    yield Line("what rounding leaves", place.rounding)


_LINES: Final[dict[type[Place], Callable[[Any, Reading], Iterator[Line]]]] = {
    OwnerPlace: _owner,
    OperatorPlace: _book,
    OfferPlace: _offer,
    EdgePlace: _edge,
    CoordinatorPlace: _coordinator,
    SponsorPlace: _sponsor,
    InitiatorPlace: _initiator,
    StakePlace: _settler,
}
