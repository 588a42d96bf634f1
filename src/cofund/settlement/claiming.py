"""Payments for deliveries: each client-round once (invariant I-9), at the price or, underwritten, within the slack."""

from collections.abc import Sequence
from dataclasses import replace

from cofund import merkle
from cofund.settlement.deadlines import Status
from cofund.settlement.rounds import Recording
from cofund.settlement.state import Movements, Offer, require


class Claiming(Recording):
    """The calls that pay clients and edges."""

    __slots__ = ()

    def claim(self, client: str, bitmap: int, proof: Sequence[bytes]) -> None:
        """Pay a client for every delivered round not paid yet, and settle its bond with its last rounds."""
        position = self.positions.get(client, 0)
        edge = self.offers[position].edge if self.offers else 0
        leaf = delivery_leaf(position, bitmap)
        require(merkle.verify(self.edges[edge].root, leaf, proof), "claim: not in the signed deliveries")
        self._claim(edge, [(client, bitmap)])

    def claim_many(self, edge: int, clients: Sequence[str], bitmaps: Sequence[int], proof: Sequence[bytes]) -> None:
        """Pay neighbouring clients of an edge's tree, proved by the node above them: all or none."""
        require(0 < len(clients) == len(bitmaps), "claim: one bitmap per client")
        root = self.edge(edge).root
        rows = list(zip(clients, bitmaps, strict=True))
        node = merkle.root([delivery_leaf(self.positions.get(client, 0), bitmap) for client, bitmap in rows])
        require(merkle.verify(root, node, proof), "claim: not in the signed deliveries")
        self._claim(edge, rows)

    def claim_edge_fee(self, edge: int) -> None:
        """Pay an edge's operator its fee for the client-rounds that were paid to its clients."""
        account = self.edge(edge)
        fee = (account.claimed - account.fee_rounds) * self.terms.edges[edge].fee
        require(fee > 0, "claim: nothing new")
        account.fee_rounds = account.claimed
        self.pay(self.terms.edges[edge].operator, fee)

    def pay_for(self, offer: Offer, bitmap: int) -> int:
        """Base units that a winner gets in all for the rounds in ``bitmap``: per round what it asked plus its margin.

        The margin is the price less what it asked; underwritten at most the round's slack (mechanism.md, 3b).
        """
        asked = (offer.cost or 0) * self.terms.tick
        margin = self._pay_per_round(offer) - asked
        if not self.terms.underwritten:
            return bitmap.bit_count() * (asked + margin)
        return sum(asked + min(margin, slack) for r, slack in enumerate(self.slacks) if bitmap >> r & 1)

    def claimable(self, offer: Offer, bitmap: int) -> tuple[int, int]:
        """What a claim of the rounds in ``bitmap`` pays the client now, and what of their price the sponsor saves."""
        full = max(0, bitmap.bit_count() - offer.paid_rounds) * self._pay_per_round(offer)
        pay = min(full, max(0, self.pay_for(offer, bitmap) - offer.paid)) if self.terms.underwritten else full
        return pay, full - pay

    def saved(self, offer: Offer) -> int:
        """What of the price of the rounds paid an underwriting sponsor got back."""
        return offer.paid_rounds * self._pay_per_round(offer) - offer.paid

    def _pay_per_round(self, offer: Offer) -> int:
        return self.edges[offer.edge].price - self.terms.edges[offer.edge].fee

    def _claim(self, edge: int, rows: Sequence[tuple[str, int]]) -> None:
        account, moved = replace(self.edges[edge]), Movements()
        offers: dict[str, Offer] = {}  # as this call leaves them
        for client, bitmap in rows:
            offer = offers.get(client) or replace(self._winner(edge, client))
            require(bitmap >> account.up_to_round == 0, "claim: a round that was not delivered")
            rounds = max(0, bitmap.bit_count() - offer.paid_rounds)
            last = self.training_end != 0 and account.up_to_round == self.rounds_done and offer.bond_held
            if rounds or last:
                offers[client] = offer
            account.claimed += rounds
            require(account.claimed <= account.delivered, "claim: more than the edge signed for")
            self._pay(offer, rounds, bitmap, moved)
            if last:
                kept = self.rounds_done - bitmap.bit_count() <= self.terms.tolerance
                moved.settle_bond(self, offer, kept=kept)
        require(bool(offers), "claim: nothing new")
        self.edges[edge] = account
        moved.book(self, offers.values())

    def _winner(self, edge: int, client: str) -> Offer:
        require(self.status in {Status.TRAINING, Status.CLOSED}, "claim: not funded")
        require(client in self.positions, "claim: unknown client")
        offer = self.offers[self.positions[client]]
        require(offer.winner and offer.edge == edge, "claim: not in the cohort")
        return offer

    def _pay(self, offer: Offer, rounds: int, bitmap: int, moved: Movements) -> None:
        """Underwritten, what a client does not get of its price goes back to the sponsor."""
        pay, saved = self.claimable(offer, bitmap)
        offer.paid_rounds += rounds
        offer.paid += pay
        moved.paid[offer.client] += pay
        moved.credited[self.terms.sponsor] += saved


def delivery_leaf(position: int, bitmap: int) -> bytes:
    """Leaf of an edge's cumulative deliveries: (position of the client's offer, bitmap of its rounds)."""
    return merkle.leaf(["uint256", "uint256"], [position, bitmap])
