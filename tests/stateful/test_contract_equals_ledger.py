"""Any sequence of calls: the contract and the integer model refuse alike and agree to the unit.

I-1, B-3, C-1, E-1, E-2, O-1, S-1 and T-1 hold after every call.

Wherever a sequence ends, everybody then gets out what is theirs, without anybody's help (I-6).
"""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from any_campaign import CLIENTS, EDGES, AnyCampaign
from any_sequence import AnySequence
from cofund.market.offer_book import BookSection, ListedOffer, OfferBook
from profiles import times
from twin import SPONSOR, address


class OpenBooks(AnySequence):
    """Books are opened whole."""

    @rule(function=st.sampled_from(["bid", "book", "open", "bond", "edge bond", "lock", "settle", "cancel"]))
    def call_early_or_late(self, function) -> None:
        calls = {
            "bid": lambda: self.twin.commit_bid("owner0", 1, 1),
            "book": lambda: self.twin.commit_book("outsider", {0: [("client0", 1)]}),
            "open": lambda: (self.twin.reveal_bids("owner0"), self.twin.open_book("edge0")),
            "bond": self.twin.post_coordinator_bond,
            "edge bond": lambda: self.twin.post_edge_bond(1),
            "lock": self.twin.lock_sponsorship,
            "settle": self.twin.settle,
            "cancel": self.twin.cancel,
        }
        calls[function]()

    @rule(function=st.sampled_from(["record", "veto", "halt", "deliver", "release", "close", "claim", "fee", "bonds"]))
    def call_after_settlement_or_not(self, function) -> None:
        calls = {
            "record": lambda: self.twin.record_round(1),
            "veto": lambda: self.twin.veto(1, "owner0"),
            "halt": self.twin.halt,
            "deliver": lambda: self.twin.post_deliveries(0, 1, b"\1" * 32, [0], "edge0"),
            "release": self.twin.release_models,
            "close": self.twin.close,
            "claim": lambda: self.twin.claim(0, 0, [1]),
            "fee": lambda: self.twin.claim_edge_fee(0),
            "bonds": lambda: self.twin.return_book_bond("edge0"),
        }
        calls[function]()

    @precondition(AnyCampaign.committing)
    @rule(
        edge=st.integers(0, 3),
        names=st.lists(st.sampled_from([*CLIENTS, "client6", "client7"]), max_size=4),
        cost=st.integers(0, 20),
        operator=st.sampled_from(["edge0", "edge1", "edge2", "outsider"]),
    )
    def commit_book(self, edge, names, cost, operator) -> None:
        self.twin.commit_book(operator, {edge: [(name, cost + i) for i, name in enumerate(names)]})

    @precondition(AnyCampaign.revealing)
    @rule(
        operator=st.sampled_from(["edge0", "edge1", "edge2", "outsider"]),
        fault=st.sampled_from(["none", "cost", "order", "seed"]),
    )
    def open_book(self, operator, fault) -> None:
        book = self.twin.sealed.get(address(operator))
        if book is None or fault == "none":
            self.twin.open_book(operator)
            return
        sections = list(book.sections)
        offers = list(sections[-1].offers)
        if fault == "cost":
            offers[-1] = ListedOffer(offers[-1].client, offers[-1].cost + 1)
        elif fault == "order":
            offers.reverse()
        sections[-1] = BookSection(sections[-1].edge, tuple(offers))
        seed = bytes(31) + b"!" if fault == "seed" else book.seed
        self.twin.open_book(operator, OfferBook(book.operator, seed, tuple(sections)))

    @precondition(AnyCampaign.revealing)
    @rule()
    def reveal_everything(self) -> None:
        self.reveal_one_by_one()

    @precondition(AnyCampaign.settling)
    @rule()
    def settle(self) -> None:
        self.twin.settle()

    @precondition(AnyCampaign.settling)
    @rule(edge=st.integers(0, 3), by=st.sampled_from([-1, 1, 2]))
    def settle_with_other_winners(self, edge, by) -> None:
        winners = self.twin.ledger.right_winners()
        if edge < len(winners):
            most = self.twin.ledger.edges[edge].offers
            winners[edge] = min(most, max(0, winners[edge] + by))
        else:
            winners.append(0)
        self.settle_with(winners)

    def settle_with(self, winners) -> None:
        """A boundary more than there are edges belongs to none."""
        if len(winners) == len(EDGES):
            self.twin.settle(winners)

    @rule(name=st.sampled_from(["edge0", "edge1", "edge2", "outsider"]))
    def return_book_bond(self, name) -> None:
        self.twin.return_book_bond(name)


class Serial(OpenBooks):
    """Cost sharing, without a sponsor and with one that matches."""

    promises = ({}, {"sponsor": SPONSOR, "match": 300_000_000}, {"sponsor": SPONSOR, "match": 10**9})


class Underwritten(OpenBooks):
    """The efficient outcome, of which a sponsor pays what the owners do not."""

    promises = ({"sponsor": SPONSOR, "underwritten": True},)


TestSerial = Serial.TestCase
TestSerial.settings = times(0.5, stateful_step_count=40)
TestUnderwritten = Underwritten.TestCase
TestUnderwritten.settings = times(0.3, stateful_step_count=40)
