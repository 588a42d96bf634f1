"""The same of a campaign whose books stay sealed: what logs tell of these, and what they do not.

Told are how many clients a book has, how many of them win at what price, which books were called absent and which of
these were opened, and who was paid. Never told is what a winner asked, nor who the others are; who has not been paid
yet has no name. So the market cannot be cleared again: winners and prices are taken as the contract has proved them,
unless all books were opened. Everything else follows from them, to the unit.
"""

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Any, ClassVar, Final

from eth_utils.address import to_checksum_address

from cofund.campaign.books import Applying, Given
from cofund.chain.logs import Event
from cofund.market.offer_book import ADDRESS_BYTES, COST_BYTES, ListedOffer
from cofund.market.sealed_book import SealedBook
from cofund.settlement.clearing import Results
from cofund.settlement.ledger import Ledger
from cofund.settlement.state import Offer

RECORD_BYTES: Final = ADDRESS_BYTES + COST_BYTES
PAYMENTS: Final = frozenset({"Paid", "PaymentRefused"})


def applying(ledger: Ledger, now: int, proofs: Sequence[Sequence[bytes]] = ()) -> Applying:
    """What applies the events of one transaction to books of this kind; see ``Applying``."""
    return (ApplyingSealed if ledger.terms.sealed else Applying)(ledger, now, proofs)


class ApplyingSealed(Applying):
    """See ``Applying``."""

    __slots__ = ()

    def _seal_book(self, given: Given) -> None:
        arguments = given["edge"], given["commitment"], given["clients"]
        self.ledger.commit_sealed_book(self.now, given["operator"], *arguments)

    def _open_sealed(self, given: Given) -> None:
        self.ledger.open_sealed_book(self.now, opened_book(given))
        if self.ledger.attempt is None:
            self._due["AttemptEnded"] = {}

    def _attempted(self, given: Given) -> None:
        absent = edges_in(given["absent"])
        self.ledger.settle_sealed(self.now, given["settler"], self._results(given), absent)
        until = self.ledger.attempt.until if self.ledger.attempt else 0
        self._require(given["until"] == until, "Attempted", given)

    def _given_up(self, _: Given) -> None:
        self.ledger.give_up()

    def _cleared(self, given: Given) -> None:
        absent = edges_in(given["absent"])
        if absent:
            self.ledger.confirm(self.now, self._results(given), absent)
        else:  # by whoever showed all books
            self.ledger.settle_sealed(self.now, "", self._results(given))
        silent = sum(self.ledger.sealed_books[edge].clients for edge in absent)
        self._require(given["silent"] == silent, "MarketCleared", given)
        self._settled()

    def _bond_returned(self, given: Given) -> None:
        self.ledger.return_sealed_bond(given["edge"])

    def _claimed_sealed(self, given: Given, following: Sequence[Event]) -> None:
        """Whom a claim paid, its payments say, in the order of their places."""
        chosen = self._chosen(given)
        accounts = paid_next(following)
        due = [self.ledger.due(offer, bitmap) > 0 for offer, bitmap in chosen]
        self._require(len(accounts) == sum(due), "Claimed", given)
        named, left = [], iter(accounts)
        for (offer, _), pays in zip(chosen, due, strict=True):
            client = next(left) if pays else offer.client
            self._require(offer.client in {"", client}, "Claimed", given)
            named.append(client)
        self._claimed(given, named)

    def _chosen(self, given: Given) -> list[tuple[Offer, int]]:
        rows = zip(self.ledger.winners_in(given["edge"], given["chunk"]), given["delivered"], strict=False)
        return [row for at, row in enumerate(rows) if given["chosen"] >> at & 1]

    def _results(self, given: Given) -> Results:
        tick = self.ledger.terms.tick
        return tuple((result["winners"], result["price"] * tick) for result in given["results"])

    _CALLS: ClassVar[dict[str, Any]] = Applying._CALLS | {  # noqa: SLF001 - its own
        "BookCommitted": _seal_book,
        "BookOpened": _open_sealed,
        "BookReturned": _bond_returned,
        "Attempted": _attempted,
        "AttemptEnded": _given_up,
        "MarketCleared": _cleared,
    }
    _WITH_FOLLOWING: ClassVar[dict[str, Any]] = {"Claimed": _claimed_sealed}


def edges_in(bits: int) -> frozenset[int]:
    """The edges of which there is a bit."""
    return frozenset(at for at in range(bits.bit_length()) if bits >> at & 1)


def bits_of(edges: Iterable[int]) -> int:
    """One bit an edge."""
    return sum(1 << edge for edge in set(edges))


def opened_book(given: Given) -> SealedBook:
    """A book that was opened because it was called absent, as its event tells."""
    records = given["records"]
    rows = [records[at : at + RECORD_BYTES] for at in range(0, len(records), RECORD_BYTES)]
    offers = (
        ListedOffer(str(to_checksum_address(row[:ADDRESS_BYTES])), int.from_bytes(row[ADDRESS_BYTES:])) for row in rows
    )
    return SealedBook(given["edge"], given["seed"], tuple(offers))


def paid_next(following: Sequence[Event]) -> list[str]:
    """Accounts of the payments of a claim: those that follow at once what the campaign logs of it."""
    payments = takewhile(lambda event: event.name in PAYMENTS, following[1:])
    return [event.arguments["account"] for event in payments]


def opened_among(events: Iterable[Event]) -> dict[int, SealedBook]:
    """The sealed books that were opened, by edge."""
    return {
        event.arguments["edge"]: opened_book(event.arguments)
        for event in events
        if event.name == "BookOpened" and "edge" in event.arguments
    }
