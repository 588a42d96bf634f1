"""Payments for deliveries: each client-round once (invariant B-3), at the price or, underwritten, within the slack."""

from collections.abc import Sequence

from cofund.market.offer_book import CHUNK, delivered_leaf, root_above
from cofund.settlement.deadlines import Status
from cofund.settlement.rounds import Recording
from cofund.settlement.state import NO_ROOT, EdgeAccount, Offer, require
from cofund.units import div_down


class Claiming(Recording):
    """The calls that pay clients and edges."""

    __slots__ = ()

    def claim(
        self,
        edge: int,
        chunk: int,
        chosen: int,
        bitmaps: Sequence[int],
        proof: Sequence[bytes] | None,
        clients: Sequence[str] = (),
    ) -> None:
        """Pay winners of one chunk of a book for every delivered round that was not paid.

        Args:
            edge: its number.
            chunk: of its operator's open book.
            chosen: one bit for every winner to pay, the chunk's first the lowest.
            bitmaps: rounds delivered by all winners of the edge in this chunk.
            proof: from them to the root of the edge's deliveries; None if the contract has checked it.
            clients: of a sealed book those chosen, whom nobody else names.
        """
        account = self.edge(edge)
        book = self.books.get(self.terms.edges[edge].operator)
        in_book = book is not None and book.opened and chunk < -(-book.clients // CHUNK)
        require(in_book or self.terms.sealed, "claim: not in the book")
        require(self._is_signed(account, chunk, bitmaps, proof), "claim: not in the signed deliveries")
        rows = self.winners_in(edge, chunk)
        require(0 < len(rows) == len(bitmaps), "claim: one bitmap per winner")
        require(chosen >> len(bitmaps) == 0, "claim: not in the cohort")
        paid = [
            (offer, bitmap) for at, (offer, bitmap) in enumerate(zip(rows, bitmaps, strict=True)) if chosen >> at & 1
        ]
        delivered = all(bitmap >> account.up_to_round == 0 for _, bitmap in paid)
        require(delivered, "claim: a round that was not delivered")
        rounds = sum(self.new_rounds(offer, bitmap).bit_count() for offer, bitmap in paid)
        extra = sum(bitmap.bit_count() for offer, bitmap in paid if self.extra and offer.extra_rounds < 0)
        require(rounds > 0 or extra > 0, "claim: nothing new")
        require(self.status in {Status.TRAINING, Status.CLOSED}, "claim: not funded")
        fits = max(account.claimed + rounds, account.extra_claimed + extra) <= account.delivered
        require(fits, "claim: more than the edge signed for")
        account.claimed += rounds
        account.extra_claimed += extra
        for (offer, _), client in zip(paid, clients, strict=False):
            offer.client = client
        for offer, bitmap in paid:
            self._pay(offer, bitmap, account.up_to_round)

    def claim_edge_fee(self, edge: int) -> None:
        """Pay an edge's operator its fee for the client-rounds that were paid to clients at and below it."""
        account = self.edge(edge)
        rounds = self.claimed_below(edge) - account.fee_rounds
        fee = rounds * self.terms.edges[edge].fee
        require(fee > 0, "claim: nothing new")
        account.fee_rounds += rounds
        self.pay(self.terms.edges[edge].operator, fee)

    @staticmethod
    def new_rounds(offer: Offer, bitmap: int) -> int:
        """The delivered rounds after those that were paid, as bits."""
        return bitmap >> offer.paid_up_to << offer.paid_up_to

    def claimable(self, offer: Offer, bitmap: int) -> tuple[int, int]:
        """What a claim pays a winner now for these rounds, and what of their price the sponsor saves.

        Underwritten, a client gets in no round more above what it asked than the round's slack (mechanism.md, 3b).
        """
        new, each = self.new_rounds(offer, bitmap), self.pay_per_round(offer.edge)
        saved = 0
        if self.terms.underwritten:
            margin = each - offer.cost * self.terms.tick
            saved = sum(max(0, margin - slack) for r, slack in enumerate(self.slacks) if new >> r & 1)
        return new.bit_count() * each - saved, saved

    def due(self, offer: Offer, bitmap: int) -> int:
        """What a claim pays a winner now for these rounds, the extra of a closed campaign included."""
        extra = bitmap.bit_count() * self.extra if offer.extra_rounds < 0 else 0
        return self.claimable(offer, bitmap)[0] + extra

    def saved(self, offer: Offer) -> int:
        """What of the price of the rounds paid an underwriting sponsor got back."""
        return offer.paid_rounds * self.pay_per_round(offer.edge) - offer.paid

    @staticmethod
    def _is_signed(account: EdgeAccount, chunk: int, bitmaps: Sequence[int], proof: Sequence[bytes] | None) -> bool:
        known = account.root != NO_ROOT
        return known and (proof is None or root_above(delivered_leaf(chunk, bitmaps), proof) == account.root)

    def winners_in(self, edge: int, chunk: int) -> list[Offer]:
        """The winners of an edge in a chunk of its book."""
        account = self.edge(edge)
        winners = self.offers_at(edge)[: account.winners]
        return [offer for offer in winners if div_down(account.start + offer.place, CHUNK) == chunk]

    def _pay(self, offer: Offer, bitmap: int, up_to_round: int) -> None:
        pay, saved = self.claimable(offer, bitmap)
        offer.paid_rounds += self.new_rounds(offer, bitmap).bit_count()
        offer.paid += pay
        offer.paid_up_to = up_to_round
        if self.extra and offer.extra_rounds < 0:
            offer.extra_rounds = bitmap.bit_count()
            offer.extra = offer.extra_rounds * self.extra
            pay += offer.extra
        self.pay(offer.client, pay)
        self.credit[self.terms.sponsor] += saved
