"""What the campaign's events tell of its open books: who stands where, and up to which round it was paid."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cofund.campaign.books import books_among
from cofund.campaign.seat import PAYING
from cofund.market.offer_book import CHUNK, OfferBook
from cofund.roles.desk import Desk
from cofund.roles.placing import kept_place
from cofund.roles.store_evidence import events
from cofund.settlement.ledger import Offer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cofund.campaign.seat import Seat
    from cofund.chain.logs import Event


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid to a winner.

    Args:
        up_to_round: the deliveries under which it claimed last.
        extra: whether the extra of a closed campaign was.
    """

    up_to_round: int = 0
    extra: bool = False


NOTHING = Paid()
Payments = dict[tuple[int, int], Paid]
"""By edge and place."""


@dataclass(frozen=True)
class Opened:
    """What the events tell.

    Args:
        books: by operator.
        payments: of winners that were paid anything.
        extra: base units per client-round, once the campaign is closed.
    """

    books: dict[str, OfferBook]
    payments: Payments
    extra: int

    def paid(self, edge: int, place: int) -> Paid:
        """What a winner got."""
        return self.payments.get((edge, place), NOTHING)

    def unpaid(self, edge: int, place: int, bitmap: int) -> bool:
        """Whether a winner was not paid yet for some of these rounds."""
        return bitmap >> self.paid(edge, place).up_to_round > 0

    def waits(self, edge: int, place: int, bitmap: int) -> bool:
        """Whether a claim with these rounds pays a winner anything, rounds or the extra."""
        extra = self.extra > 0 and bitmap > 0 and not self.paid(edge, place).extra
        return extra or self.unpaid(edge, place, bitmap)


def opened(desk: Desk) -> Opened:
    """All of it, as of the last block."""
    return told(events(desk))


def told(found: "Iterable[Event]") -> Opened:
    """The same from events in order."""
    found = list(found)
    books = books_among(found)
    starts = {section.edge: book.start(section.edge) for book in books.values() for section in book.sections}
    signed: dict[int, int] = {}
    payments: Payments = {}
    extra = 0
    for event in found:
        given = event.arguments
        if event.name == "DeliveriesPosted":
            signed[given["edge"]] = given["up_to_round"]
        elif event.name == "Closed":
            extra = given["extra"]
        elif event.name == "Claimed":
            edge, start = given["edge"], starts.get(given["edge"], 0)
            first = max(0, given["chunk"] * CHUNK - start)
            chosen = (first + at for at in range(len(given["delivered"])) if given["chosen"] >> at & 1)
            payments |= {(edge, place): Paid(signed[edge], extra > 0) for place in chosen}
    return Opened(books, payments, extra)


def offers_of(desk: Desk, seen: "Seat") -> tuple[Offer, ...]:
    """The account's offers in open books, as far as events tell: one, unless edges list it more than once.

    Of sealed books nothing tells but the place that the edge gave it, if it is kept here.
    """
    found = opened(desk)
    if seen.terms.sealed:
        return _sealed_offers(desk, seen, found)
    listed = (
        (section.edge, place, offer)
        for book in found.books.values()
        for section in book.sections
        for place, offer in enumerate(section.offers)
    )
    return tuple(
        _offer(found, seen, edge, place, offer.cost) for edge, place, offer in listed if offer.client == seen.account
    )


def _sealed_offers(desk: Desk, seen: "Seat", found: Opened) -> tuple[Offer, ...]:
    """By the place that is kept; in a book that is void nobody wins."""
    mine = kept_place(desk.folder, sealed=True)
    if mine is None or mine.offer.client != seen.account or mine.edge >= len(seen.edges):
        return ()
    return (_offer(found, seen, mine.edge, mine.place.position, mine.offer.cost),)


def _offer(found: Opened, seen: "Seat", edge: int, place: int, cost: int) -> Offer:
    paid = found.paid(edge, place)
    winner = seen.status in PAYING and place < seen.edges[edge].winners
    return Offer(seen.account, edge, place, cost, winner, paid.up_to_round, extra_rounds=0 if paid.extra else -1)
