"""The books of a campaign, kept by the integer model from what the campaign and its books logged.

Every call logs at its beginning what it was told, as far as the model needs it, and then the money that it moved. So
logs alone replay the whole state, through whatever contract somebody called. A book's records lie in the logs whole; of
signatures, and of proofs of bitmaps, the logs say only that the contract has checked them (``called.py`` checks them
again where a call is to be seen).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, ClassVar, Final

from eth_utils.address import to_checksum_address

from cofund.chain.logs import Event
from cofund.errors import CheckFailed
from cofund.market.offer_book import ADDRESS_BYTES, CHUNK, COST_BYTES, BookSection, ListedOffer, OfferBook
from cofund.market.sealing import Opening
from cofund.settlement.ledger import Ledger

COUNT_BITS: Final = 16
Given = dict[str, Any]
"""An event's arguments by name."""


@dataclass(slots=True)
class Applying:
    """The events of one transaction, applied one after the other.

    Args:
        ledger: the books, which are changed.
        now: time of the block, seconds since the epoch.
        proofs: of claimed bitmaps to the roots that were signed, of each claim in order; empty if nobody has them.
    """

    ledger: Ledger
    now: int
    proofs: Sequence[Sequence[bytes]] = ()
    _claims: int = 0
    _due: dict[str, Given] = field(default_factory=dict)
    """What the next event of a name must say of what was done."""

    def apply(self, events: Sequence[Event]) -> None:
        """All of them.

        Raises:
            CofundError: naming what the model refuses, or what an event says otherwise.
        """
        deposits, payments = Counter(self.ledger.deposits), Counter(self.ledger.payments)
        for at, event in enumerate(events):
            self._one(event, events[at + 1 :])
        if self._due:
            raise CheckFailed(f"no event {next(iter(self._due))} after what it belongs to")
        self._check_money("Deposited", events, deposits, self.ledger.deposits)
        self._check_money("Paid", events, payments, self.ledger.payments)

    def _check_money(self, name: str, events: Sequence[Event], before: Counter[str], after: Counter[str]) -> None:
        """Every account has moved just what the events say."""
        logged = Counter[str]()
        for event in events:
            if event.name == name:
                logged[event.arguments["account"]] += event.arguments["amount"]
        for account in after.keys() | logged.keys():
            booked = after[account] - before[account]
            if booked != logged[account]:
                what = f"{logged[account]} of {account}, the recomputation {booked}"
                raise CheckFailed(f"the events {name} say {what}")

    def _one(self, event: Event, following: Sequence[Event]) -> None:
        given = event.arguments
        if event.name in self._due:
            self._require(given == self._due.pop(event.name), event.name, given)
        elif event.name in self._WITH_FOLLOWING:
            self._WITH_FOLLOWING[event.name](self, given, following)
        elif event.name == "PaymentRefused":
            self.ledger.refuse(given["account"], given["amount"])
        elif event.name in self._CALLS:
            self._CALLS[event.name](self, given)
        elif event.name not in FOLLOWING:
            raise CheckFailed(f"the event {event.name} is not one that these books know")

    # ------------------------------------------------------------ roles, bids, books

    def _coordinator_bonded(self, _: Given) -> None:
        self.ledger.post_coordinator_bond(self.now, self.ledger.terms.coordinator)

    def _edge_bonded(self, given: Given) -> None:
        self.ledger.edge(given["edge"])
        self.ledger.post_edge_bond(self.now, self.ledger.terms.edges[given["edge"]].operator, given["edge"])

    def _sponsor_locked(self, given: Given) -> None:
        self.ledger.lock_sponsorship(self.now, self.ledger.terms.sponsor)
        self._require(given["amount"] == self.ledger.sponsor_deposit, "SponsorLocked", given)

    def _bid_committed(self, given: Given) -> None:
        self.ledger.commit_bid(self.now, given["owner"], given["commitment"], given["escrow"])

    def _bid_revealed(self, given: Given) -> None:
        self.ledger.reveal_bids(self.now, [Opening(given["owner"], given["bid"], given["salt"])])

    def _book_committed(self, given: Given) -> None:
        operator = given["operator"]
        edges = [at for at, edge in enumerate(self.ledger.terms.edges) if edge.operator == operator]
        self._require(bool(edges), "BookCommitted", given)
        self.ledger.commit_book(self.now, operator, edges[0], given["commitment"], given["clients"])

    def _open_book(self, given: Given, following: Sequence[Event]) -> None:
        """Its chunks follow at once."""
        chunks = -(-sum(count & (1 << COUNT_BITS) - 1 for count in given["sections"]) // CHUNK)
        records = [event.arguments["records"] for event in following[:chunks] if is_chunk_of(event, given["operator"])]
        self._require(len(records) == chunks, "BookOpened", given | {"chunks": len(records)})
        book = book_from(given["operator"], given["seed"], given["sections"], records)
        self._require(book.records == b"".join(records), "ChunkOpened", {"operator": given["operator"]})
        self.ledger.open_book(self.now, book)

    def _book_returned(self, given: Given) -> None:
        self.ledger.return_book_bond(given["operator"])

    # ------------------------------------------------------------ settlement, training

    def _market_cleared(self, given: Given) -> None:
        ledger, tick = self.ledger, self.ledger.terms.tick
        ledger.settle(self.now, [result["winners"] for result in given["results"]])
        prices = [edge.price for edge in ledger.edges]
        silent = sum(book.clients for book in ledger.books.values() if not book.opened)
        right = [result["price"] * tick for result in given["results"]] == prices
        asked = given["amounts"] * tick + ledger.terms.coordinator_fee
        self._require(right and (asked, given["silent"]) == (ledger.true_cost, silent), "MarketCleared", given)
        self._settled()

    def _settled(self) -> None:
        """What the campaign logs of a cleared market."""
        ledger = self.ledger
        winners = sum(edge.winners for edge in ledger.edges)
        costs = {"round_cost": ledger.round_cost, "true_cost": ledger.true_cost}
        self._due["Settled"] = {"winners": winners, **costs, "rounds": ledger.rounds}

    def _cancelled(self, _: Given) -> None:
        self.ledger.cancel(self.now)

    def _round_recorded(self, given: Given) -> None:
        self.ledger.record_round(self.now, self.ledger.terms.coordinator, given["round"])

    def _vetoed(self, given: Given) -> None:
        self.ledger.veto(self.now, given["owner"], given["round"])
        self._require(given["carried"] == (self.ledger.rounds_done < given["round"]), "Vetoed", given)

    def _halted(self, given: Given) -> None:
        self.ledger.halt(self.now)
        self._require(given["rounds"] == self.ledger.rounds_done, "Halted", given)

    def _deliveries_posted(self, given: Given) -> None:
        edge = given["edge"]
        self.ledger.edge(edge)
        signer = self.ledger.signer(self.now, edge)
        self.ledger.post_deliveries(
            self.now, edge, given["up_to_round"], given["root"], given["missing"], signer=signer
        )
        self._require(given["stood_in"] == self.ledger.edges[edge].stood_in, "DeliveriesPosted", given)

    def _models_released(self, given: Given) -> None:
        self.ledger.release_models(self.now, self.ledger.terms.coordinator, given["boxes"])

    def _closed(self, given: Given) -> None:
        ledger = self.ledger
        before = [owner.refunded for owner in ledger.owners]
        ledger.close(self.now)
        earned = ledger.earned()
        right = {
            "owners": [owner.refunded - was for owner, was in zip(ledger.owners, before, strict=True)],
            "coordinator": sum(ledger.coordinators(earned)),
            "sponsor": ledger.sponsors(earned),
            "initiator": ledger.dust,
            "extra": ledger.extra,
        }
        self._require(given == right, "Closed", given)

    # ------------------------------------------------------------ payments

    def _claimed(self, given: Given, clients: Sequence[str] = ()) -> None:
        ledger, edge = self.ledger, given["edge"]
        account, saved = ledger.edge(edge), ledger.credit[ledger.terms.sponsor]
        before = account.claimed, account.extra_claimed
        proof = self.proofs[self._claims] if self._claims < len(self.proofs) else None
        self._claims += 1
        ledger.claim(edge, given["chunk"], given["chosen"], given["delivered"], proof, clients)
        rounds, extra = account.claimed - before[0], account.extra_claimed - before[1]
        saved = ledger.credit[ledger.terms.sponsor] - saved
        self._due["ClientsPaid"] = {"edge": edge, "rounds": rounds, "extra_rounds": extra, "saved": saved}

    def _fee_paid(self, given: Given) -> None:
        account = self.ledger.edge(given["edge"])
        before = account.fee_rounds
        self.ledger.claim_edge_fee(given["edge"])
        self._require(given["rounds"] == account.fee_rounds - before, "FeePaid", given)

    def _withdrawn(self, given: Given) -> None:
        self.ledger.withdraw([given["account"]])

    @staticmethod
    def _require(fits: bool, name: str, given: Given) -> None:
        if not fits:
            raise CheckFailed(f"the event {name} says {given}, which is not what the recomputation did")

    _CALLS: ClassVar[dict[str, Callable[[Any, Given], None]]] = {
        "CoordinatorBonded": _coordinator_bonded,
        "EdgeBonded": _edge_bonded,
        "SponsorLocked": _sponsor_locked,
        "BidCommitted": _bid_committed,
        "BidRevealed": _bid_revealed,
        "BookCommitted": _book_committed,
        "BookReturned": _book_returned,
        "MarketCleared": _market_cleared,
        "Cancelled": _cancelled,
        "RoundRecorded": _round_recorded,
        "Vetoed": _vetoed,
        "Halted": _halted,
        "DeliveriesPosted": _deliveries_posted,
        "ModelsReleased": _models_released,
        "Closed": _closed,
        "Claimed": _claimed,
        "FeePaid": _fee_paid,
        "Withdrawn": _withdrawn,
    }
    """What each event that a call begins with makes of the books."""
    _WITH_FOLLOWING: ClassVar[dict[str, Callable[[Any, Given, Sequence[Event]], None]]] = {"BookOpened": _open_book}
    """The same of events that cannot be understood without those after them."""


FOLLOWING: Final = frozenset({"ChunkOpened", "Deposited", "Paid"})
"""What belongs to an event before it."""


def is_chunk_of(event: Event, operator: str) -> bool:
    """Whether an event is a chunk of an operator's book."""
    return event.name == "ChunkOpened" and bool(event.arguments["operator"] == operator)


def book_from(operator: str, seed: bytes, counts: Sequence[int], records: Sequence[bytes]) -> OfferBook:
    """A book from its sections and chunks, as they stand in calldata and logs.

    Args:
        operator: of all its edges.
        seed: from which the salts follow.
        counts: edge << 16 | clients of every section.
        records: of every chunk: 64 clients, then their costs.
    """
    offers = listed(records)
    sections = [(count >> COUNT_BITS, count & (1 << COUNT_BITS) - 1) for count in counts]
    return OfferBook(operator, seed, tuple(BookSection(edge, tuple(islice(offers, size))) for edge, size in sections))


def listed(records: Sequence[bytes]) -> Iterator[ListedOffer]:
    """Clients and costs in the order of their positions, padding included."""
    for chunk in records:
        for at in range(CHUNK):
            client = chunk[at * ADDRESS_BYTES : (at + 1) * ADDRESS_BYTES]
            first = CHUNK * ADDRESS_BYTES + at * COST_BYTES
            yield ListedOffer(str(to_checksum_address(client)), int.from_bytes(chunk[first : first + COST_BYTES]))


def books_among(events: Sequence[Event]) -> dict[str, OfferBook]:
    """The books that were opened, by operator.

    Args:
        events: of the campaign and its books, in order.
    """
    records: dict[str, list[bytes]] = {}
    for event in events:
        if event.name == "ChunkOpened":
            records.setdefault(event.arguments["operator"], []).append(event.arguments["records"])
    opened = [event.arguments for event in events if event.name == "BookOpened" and "sections" in event.arguments]
    return {
        given["operator"]: book_from(given["operator"], given["seed"], given["sections"], records[given["operator"]])
        for given in opened
    }
