"""Sealed books: only their operator has them, so who settles without one waits until it can be shown no more.

All books of an operator are shown or all are absent (protocol.md, "Sealed books"). Whoever keeps the ledger may know
the offers; then the market is cleared anew. Else winners and prices are taken as the contract proved them.
"""

from collections.abc import Collection, Sequence

from cofund.market.offer_book import ListedOffer
from cofund.market.sealed_book import SealedBook
from cofund.market.terms import MAX_SEALED
from cofund.mechanism.cohort import proved_cohort
from cofund.settlement.clearing import Clearing, Results, market, results_of
from cofund.settlement.commitments import same_book
from cofund.settlement.deadlines import Status
from cofund.settlement.state import Attempt, BookAccount, Offer, require


class Absence(Clearing):
    """The calls on sealed books up to settlement, and the return of their bonds."""

    __slots__ = ()

    def commit_sealed_book(
        self,
        now: int,
        sender: str,
        edge: int,
        commitment: bytes,
        clients: int,
        known: Sequence[ListedOffer] | None = None,
    ) -> None:
        """An edge's operator seals its book and locks a bond for every client; ``known`` are its offers by cost."""
        require(edge not in self.sealed_books, "book: committed already")
        require(0 < clients <= MAX_SEALED, "book: size out of range")
        self._in_commit_phase(now)
        self.edge(edge)
        require(sender == self.terms.edges[edge].operator, "book: not the edge's operator")
        offers = None if known is None else tuple(known)
        self.sealed_books[edge] = BookAccount(sender, commitment, clients, edge=edge, known=offers)
        self.deposits[sender] += clients * self.terms.book_bond

    def right_results(self, absent: Collection[int] = ()) -> Results | None:
        """Winners and price of every edge without the books called absent; None unless all others are known."""
        shown = {edge: book.known for edge, book in sorted(self.sealed_books.items()) if edge not in absent}
        if None in shown.values():
            return None
        offers = [
            Offer(one.client, edge, place, one.cost)
            for edge, known in shown.items()
            for place, one in enumerate(known or ())
        ]
        return results_of(market(self.terms, self.edges, offers), offers)

    def settle_sealed(self, now: int, sender: str, results: Results, absent: Collection[int] = ()) -> None:
        """Fix cohort and prices, or without all books begin an attempt that only time can confirm.

        Args:
            now: time of the call.
            sender: who settles, and stakes money if books are absent.
            results: winners and price of every edge, base units.
            absent: edges whose books are called absent.
        """
        away = frozenset(absent)
        require(len(results) == len(self.edges), "settle: one boundary per edge")
        self._require_whole_operators(away)
        right = self.right_results(away)
        require(right is None or results == right, "settle: wrong winners")
        if not away:
            self._in_settle_phase(now)
            self._clear(now, results, away)
            return
        require(self.attempt is None, "settle: another attempt is open")
        self._in_settle_phase(now)
        until = now + self.terms.absence_window_s
        require(until < self.terms.settle_end, "settle: too late to call a book absent")
        self.deposits[sender] += self.terms.stake
        self.stakes[sender] -= self.terms.stake
        self.attempt = Attempt(sender, until, away, results)

    def open_sealed_book(self, now: int, book: SealedBook) -> None:
        """Show a book called absent. Once all of its operator's are open, the attempt is over (invariant B-4)."""
        attempt = self.attempt
        require(attempt is not None and book.edge in attempt.absent, "book: not called absent")
        require(attempt is not None and now < attempt.until, "book: called absent too long ago")
        account = self.sealed_books[book.edge]
        require(not account.opened, "book: open already")
        require(len(book.offers) == account.clients, "book: wrong length")
        costs = [offer.cost for offer in book.offers]
        require(costs == sorted(costs), "book: not sorted")
        same = same_book(book.commitment(self.chain_id, self.address), account.commitment)
        require(same, "book: not the committed one")
        account.opened, account.known = True, book.offers
        if all(one.opened for one in self._books_of(account.operator)):
            self._pay_stake(account.operator)

    def confirm(self, now: int, results: Results, absent: Collection[int]) -> None:
        """Nobody showed the absent books in time: they are void, and the market is cleared without them."""
        attempt = self.attempt
        same = attempt is not None and (attempt.results, attempt.absent) == (results, frozenset(absent))
        require(same, "settle: no such attempt")
        require(attempt is not None and attempt.until <= now, "settle: the books may still be opened")
        self._in_settle_phase(now)
        self._clear(now, results, frozenset(absent))

    def give_up(self) -> None:
        """The campaign was cancelled while an attempt was open: its settler gets its stake back."""
        require(self.attempt is not None and self.status == Status.CANCELLED, "settle: no such attempt")
        self._pay_stake()

    def return_sealed_bond(self, edge: int) -> None:
        """Pay an operator the bond of one of its books, less what it lost by it, once the campaign is over."""
        require(self.status != Status.OPEN, "bond: nothing held")
        self._return_bond(self.sealed_books.get(edge))

    def _books_of(self, operator: str) -> list[BookAccount]:
        return [book for book in self.sealed_books.values() if book.operator == operator]

    def _require_whole_operators(self, absent: frozenset[int]) -> None:
        """Or an operator could keep one lot silent to raise the price of another."""
        away = {self.sealed_books[edge].operator for edge in absent if edge in self.sealed_books}
        whole = all(edge in absent for edge, book in self.sealed_books.items() if book.operator in away)
        require(whole, "settle: absent at one edge only")
        require(absent <= self.sealed_books.keys(), "settle: no such book")
        sealed = all(not all(one.opened for one in self._books_of(operator)) for operator in away)
        require(sealed, "settle: an open book is not absent")

    def _clear(self, now: int, results: Results, absent: frozenset[int]) -> None:
        self._pay_stake()
        for edge in absent:
            self.sealed_books[edge].void = True
        self.offers = [
            offer for edge, (winners, _) in enumerate(results) if winners for offer in self._winners_at(edge, winners)
        ]
        instance = self.instance()
        cohort = proved_cohort(instance, *zip(*results, strict=True))
        self._fix_cohort(cohort)
        self._fund(now, instance, cohort, sum(self.sealed_books[edge].clients for edge in absent))

    def _winners_at(self, edge: int, winners: int) -> list[Offer]:
        """Those who win; who they are and what they asked is told only by who has the book, or at their claims."""
        known = self.sealed_books[edge].known
        named = known[:winners] if known else (ListedOffer("", 0),) * winners
        return [Offer(one.client, edge, place, one.cost) for place, one in enumerate(named)]

    def _pay_stake(self, account: str | None = None) -> None:
        """The attempt is over: its stake is the settler's, or another account's."""
        if self.attempt:
            owner, self.attempt = account or self.attempt.settler, None
            self.credit[owner] += self.terms.stake
            self.stakes[owner] += self.terms.stake
