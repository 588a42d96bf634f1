"""Scripted campaigns on the twin, for tests that look at one part of a life."""

from dataclasses import dataclass

from cofund.market.terms import Terms
from cofund.settlement.ledger import Status
from deliveries import Tree
from evm import Codes
from twin import SOME_TERMS, Twin


@dataclass(frozen=True)
class Scenario:
    """Who commits what: ``owner<i>`` bids, ``client<i>`` offers (cost in ticks, edge); the silent never reveal."""

    terms: Terms = SOME_TERMS
    bids: tuple[int, ...] = (3000, 2000, 900)
    offers: tuple[tuple[int, int], ...] = ((3, 0), (5, 0), (4, 0), (6, 1), (9, 1))
    silent: frozenset[str] = frozenset()

    def committed(self, codes: Codes | None = None) -> Twin:
        twin = Twin(self.terms, codes)
        twin.post_coordinator_bond()
        for i, bid in enumerate(self.bids):
            twin.commit_bid(f"owner{i}", bid, bid + 100)
        for i, (cost, edge) in enumerate(self.offers):
            twin.commit_offer(f"client{i}", cost, edge)
        return twin

    def revealed(self, codes: Codes | None = None) -> Twin:
        twin = self.committed(codes)
        twin.at(self.terms.commit_end)
        twin.reveal_bids(*(name for i in range(len(self.bids)) if (name := f"owner{i}") not in self.silent))
        twin.reveal_offers(*(name for i in range(len(self.offers)) if (name := f"client{i}") not in self.silent))
        return twin

    def settled(self, codes: Codes | None = None) -> Twin:
        twin = self.revealed(codes)
        twin.at(self.terms.reveal_end)
        assert twin.settle() is None
        return twin


def bitmaps(twin: Twin, edge: int, gaps: int) -> dict[int, int]:
    """Rounds each winner at an edge delivered: all recorded ones but its part of ``gaps``."""
    done = twin.ledger.rounds_done
    return {
        position: (2**done - 1) & ~(gaps >> 4 * position)
        for position, offer in enumerate(twin.ledger.offers)
        if offer.winner and offer.edge == edge
    }


def sign_all(twin: Twin, gaps: int, by: str | None = None) -> dict[int, Tree]:
    """Every edge with winners posts its root over all rounds so far."""
    trees = {}
    for edge, account in enumerate(twin.ledger.edges):
        if account.winners and account.up_to_round < twin.ledger.rounds_done:
            trees[edge] = Tree(bitmaps(twin, edge, gaps))
            root, total = trees[edge].root, trees[edge].total
            assert twin.post_deliveries(edge, twin.ledger.rounds_done, root, total, by or f"edge{edge}") is None
    return trees


def train(twin: Twin, rounds: int, gaps: int, *, midway: bool, signing: str) -> dict[int, Tree]:
    """Record up to ``rounds`` rounds, halt if more were bought, and let the roots be signed as told."""
    trees: dict[int, Tree] = {}
    for number in range(1, min(rounds, twin.ledger.rounds) + 1):
        assert twin.record_round(number) is None
        if midway and number == 1 and signing == "edges":
            trees = sign_all(twin, gaps)
            claim_all(twin, trees)
    if not twin.ledger.training_end:
        twin.at(twin.ledger.round_deadline)
        assert twin.simple("halt") is None
    window = twin.terms.delivery_window_s
    if signing == "edges":
        trees |= sign_all(twin, gaps)
    elif signing == "stand-in":
        twin.at(twin.ledger.training_end + window)
        trees |= sign_all(twin, gaps, by="coordinator")
    else:
        twin.at(twin.ledger.training_end + 2 * window)
    return trees


def claim_all(twin: Twin, trees: dict[int, Tree]) -> None:
    for tree in trees.values():
        for position, bitmap in tree.bitmaps.items():
            new = bitmap & ~twin.ledger.offers[position].paid_bitmap
            refusal = twin.claim(f"client{position}", bitmap, tree.proof(position))
            assert (refusal is None) == (new != 0)


def everyone_leaves(twin: Twin, trees: dict[int, Tree]) -> None:
    """All claims, fees, bonds and credits are paid out; a second attempt gets nothing."""
    claim_all(twin, trees)
    for edge, known in enumerate(twin.ledger.edges):
        if twin.ledger.status == Status.CLOSED and known.delivered * twin.terms.edges[edge].fee:
            assert twin.simple("claim_edge_fee", edge) is None
    for offer in list(twin.ledger.offers):
        twin.simple("return_bond", offer.client)
    for account in sorted(twin.accounts):
        owed = twin.ledger.credit[account]
        assert (twin.simple("withdraw", account) is None) == (owed > 0)
        assert twin.simple("withdraw", account) == "withdraw: nothing credited"
