"""Commit and reveal: bonds, the sponsor's promise, sealed bids, books (protocol.md, "Life of a campaign")."""

from collections.abc import Sequence

from cofund.market.offer_book import OfferBook
from cofund.market.sealing import Opening, seal
from cofund.market.terms import MAX_AMOUNT, MAX_BOOK, MAX_OWNERS
from cofund.settlement.deadlines import Status
from cofund.settlement.state import BookAccount, OwnerAccount, State, require

KEPT_BYTES = 28
"""Of a book's commitment the contract keeps 224 bits, so that a book is one word."""


def same_book(one: bytes, other: bytes) -> bool:
    """Whether two commitments are of one book: only what the contract keeps of them counts."""
    return one[:KEPT_BYTES] == other[:KEPT_BYTES]


class Committing(State):
    """The calls of the commit and the reveal phase."""

    __slots__ = ()

    def post_coordinator_bond(self, now: int, sender: str) -> None:
        """The coordinator accepts its role by locking its bond."""
        self._in_commit_phase(now)
        require(sender == self.terms.coordinator, "bond: not the coordinator")
        require(not self.coordinator_bonded, "bond: posted already")
        self.coordinator_bonded = True
        self.deposits[sender] += self.terms.coordinator_bond

    def post_edge_bond(self, now: int, sender: str, edge: int) -> None:
        """An edge's operator accepts its role by locking its bond."""
        self._in_commit_phase(now)
        account = self.edge(edge)
        require(sender == self.terms.edges[edge].operator, "bond: not the edge's operator")
        require(not account.bonded, "bond: posted already")
        account.bonded = True
        self.deposits[sender] += self.terms.edge_bond

    def lock_sponsorship(self, now: int, sender: str) -> None:
        """The sponsor locks the most that its promise can come to."""
        self._in_commit_phase(now)
        require(sender == self.terms.sponsor, "sponsor: not the sponsor")
        require(self.sponsor_locked == 0, "sponsor: locked already")
        self.sponsor_locked = self.sponsor_deposit = self.terms.sponsorship
        self.deposits[sender] += self.sponsor_locked

    def commit_bid(self, now: int, sender: str, commitment: bytes, escrow: int) -> None:
        """Seal a bid and lock ``escrow`` and the bond for it."""
        self._in_commit_phase(now)
        require(all(owner.account != sender for owner in self.owners), "commit: one bid per owner")
        require(escrow <= MAX_AMOUNT, "commit: escrow out of range")
        listed = sender in dict(self.terms.weights)
        require(listed or not self.terms.listed_owners, "commit: not a listed owner")
        account = OwnerAccount(sender, commitment, escrow, self.terms.weight(sender), owed=escrow)
        if len(self.owners) < MAX_OWNERS:
            self.owners.append(account)
        else:
            self.owners[self._place_that_gives_way(escrow)] = account
        self.deposits[sender] += escrow + self.terms.owner_bond

    def commit_book(self, now: int, sender: str, edge: int, commitment: bytes, clients: int) -> None:
        """An operator seals the book of all its edges, and locks a bond for every client."""
        require(sender not in self.books, "book: committed already")
        require(0 < clients <= MAX_BOOK, "book: size out of range")
        self._in_commit_phase(now)
        self.edge(edge)
        require(sender == self.terms.edges[edge].operator, "book: not the edge's operator")
        self.books[sender] = BookAccount(sender, commitment, clients)
        self.deposits[sender] += clients * self.terms.book_bond

    def reveal_bids(self, now: int, openings: Sequence[Opening]) -> None:
        """Open sealed bids: all of the batch that are not open yet, or none (invariant I-3)."""
        self._in_reveal_phase(now)
        owners = {owner.account: owner for owner in self.owners}
        new: dict[str, int] = {}
        for opening in openings:
            require(opening.sender in owners, "reveal: no such sealed bid")
            owner = owners[opening.sender]
            if owner.bid is None and opening.sender not in new:
                opened = seal(self.chain_id, self.address, opening)
                require(owner.commitment == opened, "reveal: no such sealed bid")
                require(opening.amount <= owner.escrow, "reveal: bid over escrow")
                new[opening.sender] = opening.amount
        require(bool(new), "reveal: nothing new")
        for account, bid in new.items():
            owners[account].bid = bid

    def open_book(self, now: int, book: OfferBook) -> None:
        """Open an operator's book: all of it, or nothing (invariant B-1)."""
        require(book.operator in self.books, "book: not committed")
        account = self.books[book.operator]
        require(not account.opened, "book: open already")
        require(len(book.chunks) == -(-account.clients // 64), "book: wrong length")
        costs = [[offer.cost for offer in section.offers] for section in book.sections]
        require(all(each == sorted(each) for each in costs), "book: not sorted")
        require(len(book.offers) == account.clients, "book: wrong sections")
        same = same_book(book.commitment(self.chain_id, self.address), account.commitment)
        require(same, "book: not the committed one")
        self._in_reveal_phase(now)
        for section in book.sections:
            self.edge(section.edge)
            require(self.terms.edges[section.edge].operator == book.operator, "book: not the edge's operator")
        account.opened = True
        for section in book.sections:
            self.add_offers(section.edge, book.start(section.edge), section.offers)

    def return_book_bond(self, operator: str) -> None:
        """Pay an operator the bond of its book, less what it lost by it, once the campaign is over."""
        self._return_bond(self.books.get(operator))

    def _return_bond(self, book: BookAccount | None) -> None:
        require(book is not None and not book.returned and self.may_return(book), "bond: nothing held")
        require(self.status not in {Status.OPEN, Status.TRAINING}, "bond: may still be lost")
        if book is not None:
            book.returned = True
            self.pay(book.operator, self.bond_left(book))

    def _place_that_gives_way(self, escrow: int) -> int:
        """All are taken: the least escrow, of equal ones the last, gives way to a larger one and may be withdrawn."""
        at = min(reversed(range(MAX_OWNERS)), key=lambda one: self.owners[one].escrow)
        least = self.owners[at]
        require(least.escrow < escrow, "commit: owner cap reached")
        self.credit[least.account] += least.escrow + self.terms.owner_bond
        return at

    def _in_commit_phase(self, now: int) -> None:
        require(now < self.terms.commit_end, "commit: the phase is over")

    def _in_reveal_phase(self, now: int) -> None:
        require(self.terms.commit_end <= now < self.terms.reveal_end, "reveal: not the reveal phase")
        self._require_roles()

    def _require_roles(self) -> None:
        """Without the coordinator's bond and the sponsor's money nothing opens or settles."""
        require(self.coordinator_bonded, "reveal: the coordinator posted no bond")
        require(self.sponsor_locked == self.terms.sponsorship, "reveal: the sponsor locked nothing")
