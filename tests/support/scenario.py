"""Scripted campaigns on the twin, for tests that look at one part of a life."""

from dataclasses import dataclass

from cofund.market.terms import NOBODY, Terms
from cofund.settlement.ledger import Status
from deliveries import Tree
from evm import PACKAGED, Build
from twin import SOME_TERMS, Twin


@dataclass(frozen=True)
class Scenario:
    """Who commits what: ``owner<i>`` bids, ``client<i>`` offers (cost in ticks, edge).

    Attributes:
        silent: those who never reveal.
        relayed: clients whose edge relays their offer.
        unbonded: edges that never post their bond.
    """

    terms: Terms = SOME_TERMS
    bids: tuple[int, ...] = (3000, 2000, 900)
    offers: tuple[tuple[int, int], ...] = ((3, 0), (5, 0), (4, 0), (6, 1), (9, 1))
    silent: frozenset[str] = frozenset()
    relayed: frozenset[str] = frozenset()
    unbonded: frozenset[int] = frozenset()

    def committed(self, build: Build = PACKAGED) -> Twin:
        twin = Twin(self.terms, build)
        assert twin.post_coordinator_bond() is None
        if self.terms.sponsor != NOBODY:
            assert twin.lock_sponsorship() is None
        for edge in range(len(self.terms.edges)):
            if edge not in self.unbonded:
                assert twin.post_edge_bond(edge) is None
        for i, bid in enumerate(self.bids):
            assert twin.commit_bid(f"owner{i}", bid, bid + 100) is None
        for i, (cost, edge) in enumerate(self.offers):
            name = f"client{i}"
            relay = name in self.relayed or self.terms.edges[edge].admits
            assert (twin.relay_offers(edge, [(name, cost)]) if relay else twin.commit_offer(name, cost, edge)) is None
        return twin

    def revealed(self, build: Build = PACKAGED) -> Twin:
        twin = self.committed(build)
        twin.at(self.terms.commit_end)
        owners = [f"owner{i}" for i in range(len(self.bids))]
        clients = [f"client{i}" for i in range(len(self.offers))]
        twin.reveal_bids(*(name for name in owners if name not in self.silent))
        twin.reveal_offers(*(name for name in clients if name not in self.silent))
        return twin

    def settled(self, build: Build = PACKAGED) -> Twin:
        twin = self.revealed(build)
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


def train(twin: Twin, rounds: int, gaps: int = 0, *, midway: bool = False, signing: str = "edges") -> dict[int, Tree]:
    """Record up to ``rounds`` rounds, halt if more were bought, and let the roots be signed as told."""
    trees: dict[int, Tree] = {}
    for number in range(twin.ledger.rounds_done + 1, min(rounds, twin.ledger.rounds) + 1):
        assert twin.record_round(number) is None
        if midway and number == 1 and signing == "edges":
            twin.at(twin.now + twin.terms.veto_window_s)
            trees = sign_all(twin, gaps)
            claim_all(twin, trees)
    if not twin.ledger.training_end:
        twin.at(twin.ledger.round_deadline)
        assert twin.halt() is None
    return trees | sign_at_the_end(twin, gaps, signing)


def sign_at_the_end(twin: Twin, gaps: int, signing: str) -> dict[int, Tree]:
    """The last roots: by the "edges", by the "stand-in" or by "nobody"."""
    late = {"edges": 0, "stand-in": 1, "nobody": 2}[signing]
    twin.at(twin.ledger.accepted_end() + late * twin.terms.delivery_window_s)
    if signing == "nobody":
        return {}
    return sign_all(twin, gaps, by="coordinator" if signing == "stand-in" else None)


def claim_all(twin: Twin, trees: dict[int, Tree]) -> None:
    """Claim one by one at even edges, two neighbours at once at odd ones."""
    for edge, tree in trees.items():
        if edge % 2 == 0:
            refusals = [twin.claim(twin.name_of(p), b, tree.proof(p)) for p, b in tree.bitmaps.items()]
        else:
            batches = [tree.batch(index, 1) for index in range((len(tree.bitmaps) + 1) // 2)]
            refusals = [twin.claim_many(edge, [*map(twin.name_of, p)], b, proof) for p, b, proof in batches]
        rounds = {p: max(b.bit_count(), twin.ledger.offers[p].paid_rounds) for p, b in tree.bitmaps.items()}
        if sum(rounds.values()) > twin.ledger.edges[edge].delivered:  # the edge signed for less than it showed
            assert set(refusals) <= {None, "claim: nothing new", "claim: more than the edge signed for"}
        else:
            assert set(refusals) <= {None, "claim: nothing new"}
            assert rounds == {p: twin.ledger.offers[p].paid_rounds for p in tree.bitmaps}


def everyone_leaves(twin: Twin, trees: dict[int, Tree]) -> None:
    """All claims, fees, bonds and credits are paid out by strangers; a second attempt gets nothing."""
    claim_all(twin, trees)
    for edge, known in enumerate(twin.ledger.edges):
        unpaid = (known.claimed - known.fee_rounds) * twin.terms.edges[edge].fee
        assert (twin.claim_edge_fee(edge) is None) == (unpaid > 0)
    if twin.ledger.training_end:
        twin.at(twin.ledger.accepted_end() + 3 * twin.terms.delivery_window_s)
    for position, offer in enumerate(list(twin.ledger.offers)):
        returns = offer.bond_held and twin.ledger.still_bonded(offer)
        assert (twin.return_bonds(twin.name_of(position)) is None) == returns
    numbered = [f"{role}{i}" for role in ("owner", "edge") for i in range(8)]
    assert twin.withdraw(*numbered, "coordinator", "sponsor", "initiator", "outsider", "initiator") is None
    assert twin.ledger.owed().total() == 0


def close_and_leave(twin: Twin, trees: dict[int, Tree]) -> None:
    """Close what was funded, pay everybody; nothing may stay behind but what no edge signed truly."""
    if twin.ledger.status == Status.TRAINING and twin.close() is not None:
        twin.at(twin.ledger.accepted_end() + 2 * twin.terms.delivery_window_s)
        assert twin.close() is None
    everyone_leaves(twin, trees)
