"""Any sequence of calls on a campaign whose books stay sealed: contract and ledger refuse alike and agree to the unit.

Operators are called absent, show their books, half of them, or none; attempts are confirmed, overtaken and given up.
"""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from any_campaign import CLIENTS, EDGES, AnyCampaign
from any_sequence import AnySequence
from cofund.market.offer_book import ListedOffer
from profiles import times
from sealed_twin import SealedTwin, by_edge
from twin import SPONSOR

STAYS_SEALED = {"sealed": True, "stake": 33, "absence_window_s": 10}
some_edges = st.sets(st.sampled_from(EDGES), max_size=3)


class SealedBooks(AnySequence):
    """Of a book only the operator shows where its winners end."""

    kind = SealedTwin
    promises = (STAYS_SEALED, STAYS_SEALED | {"sponsor": SPONSOR, "match": 300_000_000})

    def seal_books(self, offers) -> None:
        ticks = 1 if self.twin.terms.tick == 10 else 10
        for edge, listed in by_edge(offers).items():
            self.twin.commit_sealed(edge, [(name, min(cost * ticks, 2**40)) for name, cost in listed])

    def reveal_one_by_one(self) -> None:
        for at in range(4):
            self.twin.reveal_bids(f"owner{at}")

    def settle_as_it_should_be(self) -> None:
        away = self.books_of(self.silent) if self.silent else set()
        self.twin.settle_sealed(away, sender="settler")
        if self.twin.ledger.attempt:
            self.twin.at(self.twin.ledger.attempt.until)
            self.twin.confirm()

    def books_of(self, operator) -> set[int]:
        return {edge for edge in self.twin.ledger.sealed_books if self.operator_of(edge) == operator}

    # ------------------------------------------------------------ the rules

    @rule(function=st.sampled_from(["bid", "book", "open", "settle", "cancel", "confirm", "give up", "bonds", "claim"]))
    def call_early_or_late(self, function) -> None:
        calls = {
            "bid": lambda: self.twin.commit_bid("owner0", 1, 1),
            "book": lambda: self.twin.commit_sealed(0, [("client0", 1)]),
            "open": lambda: self.twin.open_sealed(0),
            "settle": self.twin.settle_sealed,
            "cancel": self.twin.cancel,
            "confirm": self.twin.confirm,
            "give up": self.twin.give_up,
            "bonds": lambda: self.twin.return_sealed_bond(0),
            "claim": lambda: self.twin.claim(0, 0, [1]),
        }
        calls[function]()

    @precondition(AnyCampaign.committing)
    @rule(
        edge=st.integers(0, 3),
        names=st.lists(st.sampled_from([*CLIENTS, "client6", "client7"]), max_size=4),
        cost=st.integers(0, 20),
        sender=st.sampled_from(["edge0", "edge1", "edge2", "outsider"]),
    )
    def commit_book(self, edge, names, cost, sender) -> None:
        self.twin.commit_sealed(edge, [(name, cost + i) for i, name in enumerate(names)], sender=sender)

    @precondition(AnyCampaign.settling)
    @rule()
    def settle(self) -> None:
        self.twin.settle_sealed()

    @precondition(AnyCampaign.settling)
    @rule(edge=st.sampled_from(EDGES), by=st.sampled_from([-1, 1, 2]))
    def settle_with_other_winners(self, edge, by) -> None:
        winners = [won for won, _ in self.twin.results()]
        book = self.twin.ledger.sealed_books.get(edge)
        winners[edge] = min(book.clients if book else 0, max(0, winners[edge] + by))
        self.twin.settle_sealed((), winners)

    @precondition(AnyCampaign.settling)
    @rule(
        operators=st.sets(st.sampled_from(["edge0", "edge1", "edge2"]), min_size=1),
        settler=st.sampled_from(["settler", "edge1"]),
    )
    def call_operators_absent(self, operators, settler) -> None:
        away = {edge for operator in operators for edge in self.books_of(operator)}
        self.twin.settle_sealed(away, sender=settler)

    @precondition(AnyCampaign.settling)
    @rule(edges=some_edges)
    def call_books_absent(self, edges) -> None:
        self.twin.settle_sealed(edges, sender="settler")

    @precondition(lambda self: self.twin.ledger.attempt)
    @rule(edge=st.integers(0, 3), fault=st.sampled_from(["none", "none", "none", "cost", "order", "seed", "fewer"]))
    def open_book(self, edge, fault) -> None:
        tree = self.twin.trees.get(edge)
        if tree is None or fault == "none":
            self.twin.open_sealed(edge)
            return
        offers = list(tree.offers)
        if fault == "cost":
            offers[-1] = ListedOffer(offers[-1].client, offers[-1].cost + 1)
        elif fault == "order":
            offers.reverse()
        elif fault == "fewer":
            offers = offers[:-1]
        seed = bytes(31) + b"!" if fault == "seed" else tree.seed
        self.twin.open_sealed(edge, replace(tree, seed=seed, offers=tuple(offers)))

    @precondition(lambda self: self.twin.ledger.attempt)
    @rule(off_by=st.sampled_from([-1, 0, 0, 1]))
    def let_an_attempt_ripen(self, off_by) -> None:
        self.twin.at(self.twin.ledger.attempt.until + off_by)

    @precondition(lambda self: self.twin.ledger.attempt)
    @rule(lie=st.sampled_from([False, False, False, True]))
    def confirm(self, lie) -> None:
        attempt = self.twin.ledger.attempt
        others = ((attempt.results[0][0] + 1, attempt.results[0][1]), *attempt.results[1:])
        self.twin.confirm(others if lie else None)

    @rule()
    def give_up(self) -> None:
        self.twin.give_up()

    @rule(edge=st.integers(0, 3))
    def return_bond(self, edge) -> None:
        self.twin.return_sealed_bond(edge)


TestSealed = SealedBooks.TestCase
TestSealed.settings = times(0.5, stateful_step_count=40)
