"""A campaign whose books stay sealed on revm beside its ledger, which knows all that operators sealed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from eth_utils.crypto import keccak

from cofund.market.offer_book import CHUNK, ListedOffer
from cofund.market.sealed_book import NO_LEAF, SealedBook, sorted_sealed
from cofund.settlement.absence import Results
from cofund.settlement.ledger import Ledger
from evm import CHAIN_ID, DEPLOYER
from twin import Twin, address


class SealedTwin(Twin):
    """See ``Twin``; books are named by their edges."""

    def __init__(self, *arguments: Any) -> None:
        self.trees: dict[int, SealedBook] = {}
        super().__init__(*arguments)

    def compare_books(self) -> None:
        attempt, ledger = self.ledger.attempt, self.ledger
        _, settler, until, absent = self._on_sealed("attempt")
        assert (settler, until) == ((attempt.settler.lower(), attempt.until) if attempt else ("0x" + "0" * 40, 0))
        assert absent == (bits(attempt.absent) if attempt else 0)
        for edge, book in ledger.sealed_books.items():
            figures = book.clients, book.opened, book.returned, book.void
            assert self._on_sealed("book", edge) == figures
        for offer in ledger.offers:
            assert self._on_sealed("paid", offer.edge, offer.place) == (offer.paid_up_to, offer.extra_rounds >= 0)

    def as_told(self) -> Ledger:
        """Of sealed books logs tell no costs, and of winners only who was paid."""
        told = self.ledger.copy()
        for edge, book in told.sealed_books.items():
            if not book.opened:
                book.known = None
                for offer in told.offers_at(edge):
                    offer.cost, offer.client = 0, offer.client if offer.paid or offer.extra > 0 else ""
        return told

    def commit_sealed(self, edge: int, offers: Sequence[tuple[str, int]], *, sender: str | None = None) -> str | None:
        """Seal the (client, cost in ticks) of an edge."""
        book = sorted_sealed(edge, bytes([edge + 1]) * 32, [ListedOffer(address(name), cost) for name, cost in offers])
        by = address(sender) if sender else self.terms.edges[edge].operator
        commitment = book.commitment(CHAIN_ID, self.chain.campaign) if offers else bytes(32)
        arguments = (edge, commitment, len(offers))
        self._fund(by)

        def model() -> None:
            self.ledger.commit_sealed_book(self.now, by, *arguments, known=book.offers)

        refusal = self.both(by, "commit_book", arguments, model, "SealedBooks")
        if refusal is None:
            self.trees[edge] = book
            self.accounts |= {offer.client for offer in book.offers}
        return refusal

    def settle_sealed(
        self, absent: Collection[int] = (), winners: Sequence[int] | None = None, sender: str = "outsider"
    ) -> str | None:
        """With all books, or without some; the winners are the right ones unless told."""
        by, results = address(sender), self.results(absent, winners)
        shown = [self.sealed_boundary(edge, absent, won) for edge, (won, _) in enumerate(results)]
        self._fund(by)

        def model() -> None:
            self.ledger.settle_sealed(self.now, by, results, absent)

        return self.both(by, "settle", (shown, bits(absent)), model, "SealedBooks")

    def results(self, absent: Collection[int] = (), winners: Sequence[int] | None = None) -> Results:
        right = self.ledger.right_results(absent)
        assert right is not None
        return right if winners is None else tuple((won, price) for won, (_, price) in zip(winners, right, strict=True))

    def sealed_boundary(self, edge: int, absent: Collection[int], winners: int) -> tuple[Any, ...]:
        tree = self.trees.get(edge)
        if tree is None or edge in absent or winners > len(tree.offers):
            return winners, NO_LEAF.arguments, NO_LEAF.arguments
        count, last, following = tree.boundary(winners)
        return count, last.arguments, following.arguments

    def open_sealed(self, edge: int, book: SealedBook | None = None) -> str | None:
        """Show an edge's book, or what somebody says is it."""
        said = book or self.trees.get(edge) or SealedBook(edge, bytes(32), ())
        arguments = (edge, said.seed, said.records)
        return self.both(
            DEPLOYER, "open_book", arguments, lambda: self.ledger.open_sealed_book(self.now, said), "SealedBooks"
        )

    def confirm(self, results: Results | None = None, absent: Collection[int] | None = None) -> str | None:
        attempt = self.ledger.attempt
        said = results or (attempt.results if attempt else ())
        away = absent if absent is not None else attempt.absent if attempt else ()
        arguments = ([(won, price // self.terms.tick) for won, price in said], bits(away))
        return self.both(
            DEPLOYER, "confirm", arguments, lambda: self.ledger.confirm(self.now, said, away), "SealedBooks"
        )

    def give_up(self) -> str | None:
        return self.both(DEPLOYER, "give_up", (), self.ledger.give_up, "SealedBooks")

    def return_sealed_bond(self, edge: int) -> str | None:
        return self.both(DEPLOYER, "return_bond", (edge,), lambda: self.ledger.return_sealed_bond(edge), "SealedBooks")

    def return_all_bonds(self) -> None:
        self.give_up()
        for edge in self.ledger.sealed_books:
            self.return_sealed_bond(edge)

    def claim(
        self, edge: int, chunk: int, bitmaps: Sequence[int], proof: Sequence[bytes] = (), chosen: int | None = None
    ) -> str | None:
        """Claims of winners of one chunk of an edge's book."""
        who = (1 << len(bitmaps)) - 1 if chosen is None else chosen
        tree = self.trees.get(edge)
        places = [chunk * CHUNK + at for at in range(len(bitmaps)) if who >> at & 1]
        if tree is None or chunk * CHUNK >= len(tree.offers):
            shown, named, costs = ([], [], []), [], []
        else:
            places = [place for place in places if place < len(tree.offers)]
            shown = tree.chunk(chunk)
            named = [tree.client_word(place) for place in places]
            costs = [keccak(tree.cost_word(place)) for place in places]
        leaves, separators, siblings = shown
        arguments = (edge, chunk, who, named, leaves, costs, separators, siblings, list(bitmaps), list(proof))
        clients = [tree.offers[place].client for place in places] if tree and named else []

        def model() -> None:
            self.ledger.claim(edge, chunk, who, bitmaps, proof, clients)

        return self.both(DEPLOYER, "claim", arguments, model, "SealedBooks")

    def _on_sealed(self, function: str, *arguments: Any) -> Any:
        return self.chain.machine.view("SealedBooks", self.books, function, *arguments)


def bits(edges: Collection[int]) -> int:
    """One bit an edge."""
    return sum(1 << edge for edge in edges)


def by_edge(offers: Mapping[str, tuple[int, int]]) -> dict[int, list[tuple[str, int]]]:
    """Offers (cost, edge) by edge."""
    found: dict[int, list[tuple[str, int]]] = {}
    for name, (cost, edge) in offers.items():
        found.setdefault(edge, []).append((name, cost))
    return found
