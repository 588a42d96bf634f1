"""Random terms and markets, a campaign that starts in any of its phases, and what holds in all of them."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from cofund.market.terms import EdgeTerms
from cofund.settlement.ledger import Status
from cofund.settlement.places import nets, places_of
from cofund.units import value_down
from deliveries import Tree
from leaving import leave
from refusing import refuse, stubborn
from twin import Twin, address, with_terms

OWNERS = tuple(f"owner{i}" for i in range(4))
CLIENTS = tuple(f"client{i}" for i in range(6))
EDGES = (0, 1, 2)
PEOPLE = (*OWNERS, "coordinator", "sponsor", "initiator", "edge0", "edge1", "outsider")
QUALITIES = [(10**9,), (600_000_000, 400_000_000), (400_000_000, 300_000_000, 200_000_000, 100_000_000)]
WEIGHTS = [(), ((address("owner0"), 3),), ((address("owner1"), 2), (address("owner2"), 5), (address("owner3"), 1))]


def edge_terms(index):
    operator, capacity = st.just(address(f"edge{index}")), st.sampled_from([2, 2, 1, 3, 0])
    fee = st.sampled_from([0, 20])
    return st.builds(EdgeTerms, st.just(f"edge{index}"), operator, capacity, fee, st.sampled_from([False, False, True]))


def possible(drawn):
    """Terms that the factory takes: a list of owners is not empty, and without one a bid costs a bond."""
    listed = drawn.listed_owners and bool(drawn.weights)
    return replace(drawn, listed_owners=listed, owner_bond=drawn.owner_bond if listed else 11)


terms = st.builds(
    with_terms,
    tick=st.sampled_from([1, 10]),
    cohort=st.integers(2, 4),
    min_cohort=st.integers(1, 2),
    coordinator_fee=st.integers(0, 40),
    quality=st.sampled_from(QUALITIES),
    edges=st.tuples(*map(edge_terms, EDGES)),
    weights=st.sampled_from(WEIGHTS),
    listed_owners=st.sampled_from([False, False, False, True]),
    veto_window_s=st.sampled_from([0, 30, 30]),
    tolerance=st.sampled_from([0, 1, 256]),
    owner_bond=st.sampled_from([0, 11]),
    client_bond=st.sampled_from([200, 333]),
    edge_bond=st.sampled_from([0, 70]),
    coordinator_bond=st.sampled_from([64, 1000]),
).map(possible)
bids = st.integers(0, 3000) | st.integers(2000, 20_000) | st.integers(2000, 20_000)
costs = st.integers(0, 22).map(lambda cost: cost if cost < 22 else 2**60)
STAGES = ("commit", "reveal", "settle", "train", "end", "deliver", "close")


class AnyCampaign(RuleBasedStateMachine):
    """Starts in any phase and, wherever the calls of a subclass lead, lets everybody out at the end."""

    promises = ({},)

    # ------------------------------------------------------------ a campaign that starts in any phase

    @initialize(
        terms=terms,
        promise=st.integers(0, 2),
        goal=st.integers(1, 4),
        bids=st.lists(bids, min_size=4, max_size=4),
        offers=st.lists(st.tuples(costs, st.sampled_from([*EDGES * 3, 3])), min_size=6, max_size=6),
        relayed=st.sets(st.sampled_from(CLIENTS)),
        absent=st.sets(st.sampled_from([*OWNERS, *CLIENTS, "coordinator", "sponsor", "edge1"]), max_size=1),
        stage=st.sampled_from([*STAGES, "train", "train", "end", "end", "deliver"]),
        recorded=st.integers(0, 4),
        gaps=st.sampled_from([0, 2**12 - 1]) | st.integers(0, 2**24 - 1),
    )
    def start(self, terms, promise, goal, bids, offers, relayed, absent, stage, recorded, gaps) -> None:
        terms = replace(terms, goal=min(goal, len(terms.quality)), **self.promises[promise % len(self.promises)])
        self.twin = Twin(terms, stubborn())
        self.trees: dict[int, Tree] = {}
        self.accept_roles(absent)
        for name, bid in zip(OWNERS, bids, strict=True):
            if name not in absent:
                self.twin.commit_bid(name, bid, bid // 100 * 100 + 100)
        for name, (cost, edge) in zip(CLIENTS, offers, strict=True):
            if name not in absent:
                self.offer(name, cost, edge, relay=edge in EDGES and (name in relayed or terms.edges[edge].admits))
        self.advance(stage, recorded, gaps)

    def accept_roles(self, absent) -> None:
        if "coordinator" not in absent:
            self.twin.post_coordinator_bond()
        if "sponsor" not in absent:
            self.twin.lock_sponsorship()
        for edge in EDGES:
            if f"edge{edge}" not in absent:
                self.twin.post_edge_bond(edge)

    def offer(self, name, cost, edge, *, relay) -> None:
        ticks = cost * (1 if self.twin.terms.tick == 10 else 10)
        if relay:
            self.twin.relay_offers(edge, [(name, ticks)])
        else:
            self.twin.commit_offer(name, ticks, edge)

    def advance(self, stage, recorded, gaps) -> None:
        """Go on to a stage as a campaign does in which everybody present plays by the rules."""
        t, done = self.twin.terms, STAGES[: STAGES.index(stage) + 1]
        if "reveal" in done:
            self.twin.at(t.commit_end)
        if "settle" in done:
            self.reveal_one_by_one()
            self.twin.at(t.reveal_end)
        if "train" in done:
            self.twin.settle()
        if self.training():
            self.advance_training(done, recorded, gaps)

    def reveal_one_by_one(self) -> None:
        for name in OWNERS:
            self.twin.reveal_bids(name)
        for name in CLIENTS:
            self.twin.reveal_offers(name)

    def advance_training(self, done, recorded, gaps) -> None:
        ledger = self.twin.ledger
        for number in range(1, min(recorded, ledger.rounds) + 1):
            self.twin.record_round(number)
        if "end" in done:
            if not ledger.training_end:
                self.twin.at(ledger.round_deadline)
                self.twin.halt()
            self.twin.at(ledger.accepted_end())
        if "deliver" in done:
            for edge in EDGES:
                self.post(edge, ledger.rounds_done, self.delivered_by(edge, ledger.rounds_done, gaps, forget=False))
        if "close" in done:
            self.twin.release_models()
            self.twin.close()

    # ------------------------------------------------------------ the clock

    def around(self, start: int, end: int) -> bool:
        """Within a second of the phase, so that both its boundaries are tried."""
        return start - 1 <= self.twin.now <= end

    def committing(self) -> bool:
        return self.around(0, self.twin.terms.commit_end)

    def revealing(self) -> bool:
        return self.around(self.twin.terms.commit_end, self.twin.terms.reveal_end)

    def settling(self) -> bool:
        return self.around(self.twin.terms.reveal_end, self.twin.terms.settle_end)

    def training(self) -> bool:
        return self.twin.ledger.status == Status.TRAINING

    def settled(self) -> bool:
        return self.twin.ledger.status != Status.OPEN

    # ------------------------------------------------------------ deliveries

    def post(self, edge, up_to, tree, *, extra=0, by=None) -> None:
        total = max(0, tree.total + extra)
        if self.twin.post_deliveries(edge, up_to, tree.root, total, by or f"edge{edge}") is None:
            self.trees[edge] = tree

    def delivered_by(self, edge, up_to, gaps, *, forget) -> Tree:
        """Bitmaps that add to those of the last root, or ``forget`` them as an edge should not."""
        before = self.trees[edge].bitmaps if edge in self.trees and not forget else {}
        return Tree(
            {
                position: before.get(position, 0) | ~(gaps >> 4 * position) & (2**up_to - 1)
                for position, offer in enumerate(self.twin.ledger.offers)
                if offer.winner and offer.edge == edge
            }
        )

    # ------------------------------------------------------------ what always holds

    @invariant()
    def solvent(self) -> None:
        """I-1: what is promised is there; where nothing is left to decide, there is nothing else."""
        ledger = self.twin.ledger
        assert ledger.held() >= ledger.promised()
        if ledger.status in {Status.UNFUNDED, Status.CANCELLED, Status.CLOSED}:
            assert ledger.held() == ledger.promised()

    @invariant()
    def every_client_round_is_paid_once_and_at_no_less_than_it_cost(self) -> None:
        """I-9 and I-5."""
        ledger, tick = self.twin.ledger, self.twin.terms.tick
        for index, edge in enumerate(ledger.edges):
            paid = [offer for offer in ledger.offers if offer.winner and offer.edge == index]
            assert sum(offer.paid_rounds for offer in paid) == edge.claimed <= edge.delivered
            assert all(offer.paid >= offer.paid_rounds * offer.cost * tick for offer in paid)

    @invariant()
    def nobody_pays_more_than_its_value(self) -> None:
        """I-5: what was earned of a charge is at most the value of the rounds delivered."""
        ledger, quality = self.twin.ledger, self.twin.terms.quality
        if ledger.status == Status.CLOSED:
            for owner, earned in zip(ledger.owners, ledger.earned(), strict=True):
                assert earned <= value_down(owner.bid or 0, sum(quality[: min(owner.level, ledger.rounds_done)]))

    @invariant()
    def every_account_has_what_its_places_say(self) -> None:
        """Paid and owed, less deposited; and clients and edges can still claim what the books say (I-2)."""
        ledger = self.twin.ledger
        bitmaps = {at: bits for tree in self.trees.values() for at, bits in tree.bitmaps.items()}
        places, owed = places_of(ledger, bitmaps), ledger.owed()
        accounts = ledger.deposits.keys() | ledger.payments.keys() | owed.keys()
        kept = {one: ledger.payments[one] + owed[one] - ledger.deposits[one] for one in accounts}
        assert {one: net for one, net in nets(places).items() if net} == {one: net for one, net in kept.items() if net}

    def teardown(self) -> None:
        """I-6."""
        if hasattr(self, "twin"):
            refuse(self.twin, *PEOPLE, *CLIENTS, way=0)
            self.twin.withdraw(*CLIENTS)
            leave(self.twin, self.trees)
