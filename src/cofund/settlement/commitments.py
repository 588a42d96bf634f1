"""Commit and reveal: bonds, the sponsor's promise, sealed bids and offers (protocol.md, "Life of a campaign")."""

from collections.abc import Sequence
from dataclasses import dataclass

from cofund.market.sealing import BID, OFFER, Opening, seal
from cofund.market.terms import MAX_AMOUNT, MAX_OFFERS, MAX_OWNERS, NOBODY
from cofund.settlement.state import Books, Offer, OwnerAccount, require

KEPT_BYTES = 28
"""Of an offer's commitment the contract keeps 224 bits, so that a client is one word."""


@dataclass(frozen=True, slots=True)
class SealedOffer:
    """A sealed offer as an edge relays it; ``signer`` is whom its signature recovers to."""

    client: str
    commitment: bytes
    signer: str


class Committing(Books):
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
        require(len(self.owners) < MAX_OWNERS, "commit: owner cap reached")
        self.owners.append(OwnerAccount(sender, commitment, escrow, self.terms.weight(sender), owed=escrow))
        self.deposits[sender] += escrow + self.terms.owner_bond

    def commit_offer(self, now: int, sender: str, commitment: bytes) -> None:
        """Seal an offer and lock the bond; the order of commitments breaks ties."""
        self._in_commit_phase(now)
        require(sender not in self.positions, "commit: one offer per client")
        require(len(self.offers) < MAX_OFFERS, "commit: offer cap reached")
        self._add_offer(Offer(sender, commitment))
        self.deposits[sender] += self.terms.client_bond

    def relay_offers(self, now: int, sender: str, edge: int, offers: Sequence[SealedOffer]) -> None:
        """An edge's operator brings its clients' signed offers and locks their bonds; known clients are passed over."""
        self._in_commit_phase(now)
        self.edge(edge)
        require(sender == self.terms.edges[edge].operator, "relay: not the edge's operator")
        new: dict[str, Offer] = {}
        for offer in offers:
            if offer.client not in self.positions and offer.client not in new:
                require(offer.client == offer.signer != NOBODY, "relay: wrong signature")
                require(len(self.offers) + len(new) < MAX_OFFERS, "commit: offer cap reached")
                new[offer.client] = Offer(offer.client, offer.commitment, poster=edge)
        require(bool(new), "relay: nothing new")
        for added in new.values():
            self._add_offer(added)
        self.deposits[sender] += len(new) * self.terms.client_bond

    def reveal_bids(self, now: int, openings: Sequence[Opening]) -> None:
        """Open sealed bids: all of the batch that are not open yet, or none (invariant I-3)."""
        self._in_reveal_phase(now)
        owners = {owner.account: owner for owner in self.owners}
        new: dict[str, int] = {}
        for opening in openings:
            require(opening.sender in owners, "reveal: no such sealed bid")
            owner = owners[opening.sender]
            if owner.bid is None and opening.sender not in new:
                opened = seal(BID, self.chain_id, self.address, opening)
                require(owner.commitment == opened, "reveal: no such sealed bid")
                require(opening.amount <= owner.escrow, "reveal: bid over escrow")
                new[opening.sender] = opening.amount
        require(bool(new), "reveal: nothing new")
        for account, bid in new.items():
            owners[account].bid = bid

    def reveal_offers(self, now: int, openings: Sequence[Opening]) -> None:
        """Open sealed offers: all of the batch that are not open yet, or none (invariant I-3)."""
        self._in_reveal_phase(now)
        new: dict[str, Opening] = {}
        for opening in openings:
            require(opening.sender in self.positions, "reveal: no such sealed offer")
            offer = self.offers[self.positions[opening.sender]]
            if offer.cost is None and opening.sender not in new:
                self._check_opening(offer, opening)
                new[opening.sender] = opening
        require(bool(new), "reveal: nothing new")
        for opening in new.values():
            offer = self.offers[self.positions[opening.sender]]
            offer.cost, offer.edge = opening.amount, opening.edge

    def _check_opening(self, offer: Offer, opening: Opening) -> None:
        opened = seal(OFFER, self.chain_id, self.address, opening)
        require(offer.commitment[:KEPT_BYTES] == opened[:KEPT_BYTES], "reveal: no such sealed offer")
        self.edge(opening.edge)
        if offer.poster is None:
            require(not self.terms.edges[opening.edge].admits, "reveal: the edge admits only what it relays")
        else:
            require(offer.poster == opening.edge, "reveal: relayed by another edge")

    def _add_offer(self, offer: Offer) -> None:
        self.positions[offer.client] = len(self.offers)
        self.offers.append(offer)

    def _in_commit_phase(self, now: int) -> None:
        require(now < self.terms.commit_end, "commit: the phase is over")

    def _in_reveal_phase(self, now: int) -> None:
        require(self.terms.commit_end <= now < self.terms.reveal_end, "reveal: not the reveal phase")
        require(self.coordinator_bonded, "reveal: the coordinator posted no bond")
        require(self.sponsor_locked == self.terms.sponsorship, "reveal: the sponsor locked nothing")
