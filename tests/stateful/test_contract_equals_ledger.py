"""Any sequence of calls: the contract and the integer model refuse alike and agree to the unit (I-1 to I-9)."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cofund.market.terms import EdgeTerms
from cofund.mechanism.certificate import Certificate, Key
from cofund.settlement.ledger import Status
from deliveries import Tree
from twin import COORDINATOR, INITIATOR, START, Twin, address, with_terms

OWNERS = tuple(f"owner{i}" for i in range(4))
CLIENTS = tuple(f"client{i}" for i in range(6))
EDGES = (0, 1, 2)
QUALITIES = [(10**9,), (600_000_000, 400_000_000), (400_000_000, 300_000_000, 200_000_000, 100_000_000)]

terms = st.builds(
    with_terms,
    tick=st.sampled_from([1, 10]),
    cohort=st.integers(2, 4),
    min_cohort=st.integers(1, 2),
    coordinator_fee=st.integers(0, 40),
    goal=st.just(1),
    quality=st.sampled_from(QUALITIES),
    edges=st.tuples(
        *(
            st.builds(
                EdgeTerms,
                st.just(f"edge{i}"),
                st.just(address(f"edge{i}")),
                st.integers(0, 2),
                st.sampled_from([0, 20]),
            )
            for i in EDGES
        )
    ),
    weights=st.sampled_from([(), ((address("owner0"), 3),), ((address("owner1"), 2), (address("owner2"), 5))]),
)


class ContractEqualsLedger(RuleBasedStateMachine):
    """Actors do whatever they like; the twin compares after every call."""

    @initialize(
        terms=terms,
        goal=st.integers(1, 4),
        bids=st.lists(
            st.integers(0, 3000) | st.integers(2000, 20_000) | st.integers(2000, 20_000), min_size=4, max_size=4
        ),
        costs=st.lists(st.integers(0, 21), min_size=6, max_size=6),
        edges=st.lists(st.sampled_from([*EDGES, *EDGES, 3]), min_size=6, max_size=6),
        absent=st.sets(st.sampled_from([*OWNERS, *CLIENTS]), max_size=2),
        bonded=st.sampled_from([True, True, True, True, True, False]),
        stage=st.sampled_from(["commit", "reveal", "settle", *["train"] * 6]),
    )
    def commit_everything(self, terms, goal, bids, costs, edges, absent, bonded, stage) -> None:
        terms = with_terms(**{f: getattr(terms, f) for f in terms.__slots__} | {"goal": min(goal, len(terms.quality))})
        self.twin = Twin(terms)
        if bonded:
            self.twin.post_coordinator_bond()
        for name, bid in zip(OWNERS, bids, strict=True):
            if name not in absent:
                self.twin.commit_bid(name, bid, bid // 100 * 100 + 100)
        for name, cost, edge in zip(CLIENTS, costs, edges, strict=True):
            if name not in absent:
                self.twin.commit_offer(name, cost * (1 if terms.tick == 10 else 10), edge)
        self.trees: dict[int, Tree] = {}
        if stage != "commit":
            self.twin.at(terms.commit_end)
        if stage in {"settle", "train"}:
            self.reveal_all_that_open()
            self.twin.at(terms.reveal_end)
        if stage == "train":
            self.twin.settle()

    def at_phase(self, start: int, end: int) -> bool:
        """Within a second of the phase, so that both its boundaries are tried."""
        return start - 1 <= self.twin.now <= end

    def committing(self) -> bool:
        return self.at_phase(0, self.twin.terms.commit_end)

    def revealing(self) -> bool:
        return self.at_phase(self.twin.terms.commit_end, self.twin.terms.reveal_end)

    def settling(self) -> bool:
        return self.at_phase(self.twin.terms.reveal_end, self.twin.terms.settle_end)

    def funded(self) -> bool:
        return self.twin.ledger.status in {Status.TRAINING, Status.CLOSED}

    def training(self) -> bool:
        return self.twin.ledger.status == Status.TRAINING

    @rule(
        function=st.sampled_from(["cancel", "halt", "close", "settle", "record", "bid", "offer", "open", "bond"]),
    )
    def call_in_any_phase(self, function) -> None:
        calls = {
            "settle": self.twin.settle,
            "record": lambda: self.twin.record_round(1),
            "bid": lambda: self.twin.commit_bid("owner0", 1, 1),
            "offer": lambda: self.twin.commit_offer("client0", 1, 0),
            "open": lambda: (self.twin.reveal_bids("owner0"), self.twin.reveal_offers("client0")),
            "bond": self.twin.post_coordinator_bond,
        }
        calls.get(function, lambda: self.twin.simple(function))()

    @precondition(committing)
    @rule(name=st.sampled_from(OWNERS), bid=st.integers(0, 300), escrow=st.sampled_from([0, 200, 2**96]))
    def commit_bid(self, name, bid, escrow) -> None:
        self.twin.commit_bid(name, bid, escrow)

    @precondition(committing)
    @rule(name=st.sampled_from(CLIENTS), cost=st.integers(0, 20))
    def commit_offer(self, name, cost) -> None:
        self.twin.commit_offer(name, cost, 0)

    @precondition(committing)
    @rule(sender=st.sampled_from([COORDINATOR, INITIATOR]))
    def bond(self, sender) -> None:
        self.twin.post_coordinator_bond(sender)

    @rule(off_by=st.sampled_from([-1, 0, 1]))
    def wait_for_a_boundary(self, off_by) -> None:
        t, ledger = self.twin.terms, self.twin.ledger
        end = ledger.training_end
        moments = [t.commit_end, t.reveal_end, t.settle_end] if ledger.status == Status.OPEN else []
        moments += [ledger.round_deadline] if ledger.status == Status.TRAINING and not end else []
        moments += [end + t.delivery_window_s, end + 2 * t.delivery_window_s] if end else []
        later = [moment for moment in moments if moment + off_by > self.twin.now]
        if later:
            self.twin.at(min(later) + off_by)

    @precondition(lambda self: self.twin.ledger.status == Status.OPEN)
    @rule(seconds=st.integers(1, 30))
    def wait(self, seconds) -> None:
        self.twin.at(self.twin.now + seconds)

    @precondition(revealing)
    @rule(names=st.permutations(OWNERS), count=st.integers(1, 4))
    def reveal_bids(self, names, count) -> None:
        self.twin.reveal_bids(*names[:count])

    @precondition(revealing)
    @rule(names=st.permutations(CLIENTS), count=st.integers(1, 6))
    def reveal_offers(self, names, count) -> None:
        self.twin.reveal_offers(*names[:count])

    @precondition(revealing)
    @rule()
    def reveal_all_that_open(self) -> None:
        for name in OWNERS:
            self.twin.reveal_bids(name)
        for name in CLIENTS:
            self.twin.reveal_offers(name)

    @precondition(settling)
    @rule()
    def settle(self) -> None:
        self.twin.settle()

    @precondition(settling)
    @rule(amount=st.integers(0, 21), position=st.integers(0, 5), edge=st.integers(-1, 2), none=st.booleans())
    def settle_with_another_certificate(self, amount, position, edge, none) -> None:
        right = self.twin.ledger.right_certificate()
        wrong = None if none else Key(amount, position)
        cutoffs = [wrong if e == edge else key for e, key in enumerate(right.edge_cutoffs)]
        self.twin.settle(Certificate(wrong if edge < 0 else right.cutoff, tuple(cutoffs)))

    @precondition(training)
    @rule(ahead=st.sampled_from([0, 2]), sender=st.sampled_from([COORDINATOR, INITIATOR]))
    def record_out_of_order(self, ahead, sender) -> None:
        self.twin.record_round(self.twin.ledger.rounds_done + ahead, sender)

    @precondition(training)
    @rule(count=st.integers(1, 4))
    def record(self, count) -> None:
        for _ in range(count):
            self.twin.record_round(self.twin.ledger.rounds_done + 1)

    @precondition(lambda self: self.twin.ledger.rounds_done > 0)
    @rule(
        edges=st.permutations(EDGES),
        count=st.integers(1, 3),
        gaps=st.sampled_from([0, 2**64 - 1]) | st.integers(0, 2**24 - 1),
        extra=st.sampled_from([0, 0, 0, 0, 1, -1]),
        signer=st.sampled_from(["edge", "edge", "edge", "coordinator", "outsider"]),
        back=st.sampled_from([0, 0, 0, 1]),
    )
    def deliver(self, edges, count, gaps, extra, signer, back) -> None:
        for edge in edges[:count]:
            tree = self.delivered_by(edge, self.twin.ledger.rounds_done - back, gaps)
            by = f"edge{edge}" if signer == "edge" else signer
            up_to = self.twin.ledger.rounds_done - back
            if self.twin.post_deliveries(edge, up_to, tree.root, max(0, tree.total + extra), by) is None:
                self.trees[edge] = tree

    def delivered_by(self, edge, up_to, gaps) -> Tree:
        before = self.trees[edge].bitmaps if edge in self.trees else {}
        return Tree(
            {
                position: before.get(position, 0) | (gaps >> 4 * position) & (2**up_to - 1)
                for position, offer in enumerate(self.twin.ledger.offers)
                if offer.winner and offer.edge == edge
            }
        )

    @precondition(lambda self: self.training() and self.twin.ledger.training_end)
    @rule(windows=st.integers(0, 2))
    def let_the_edges_deadline_pass(self, windows) -> None:
        self.twin.at(self.twin.ledger.training_end + windows * self.twin.terms.delivery_window_s)

    @precondition(lambda self: self.trees)
    @rule(positions=st.permutations(range(6)), lie=st.sampled_from([0, 0, 0, 1, 6]))
    def claim(self, positions, lie) -> None:
        for position in (p for p in positions if p < len(self.twin.ledger.offers)):
            offer = self.twin.ledger.offers[position]
            tree = self.trees.get(offer.edge)
            known = tree is not None and position in tree.bitmaps
            bitmap = (tree.bitmaps[position] if known else 1) ^ lie
            name = next(name for name in CLIENTS if address(name) == offer.client)
            self.twin.claim(name, bitmap, tree.proof(position) if known else [])

    @precondition(training)
    @rule()
    def close(self) -> None:
        self.twin.simple("close")

    @precondition(lambda self: self.twin.ledger.status != Status.OPEN)
    @rule(name=st.sampled_from([*OWNERS, "coordinator", "initiator"]))
    def withdraw(self, name) -> None:
        self.twin.simple("withdraw", address(name))

    @precondition(lambda self: self.twin.ledger.status != Status.OPEN)
    @rule(name=st.sampled_from(CLIENTS))
    def return_bond(self, name) -> None:
        self.twin.simple("return_bond", address(name))

    @precondition(funded)
    @rule(edge=st.sampled_from(EDGES))
    def claim_edge_fee(self, edge) -> None:
        self.twin.simple("claim_edge_fee", edge)

    @invariant()
    def solvent(self) -> None:
        """I-1: what is owed right now is there."""
        if not hasattr(self, "twin"):
            return
        ledger = self.twin.ledger
        owed = ledger.credit.total()
        bonds = sum(o.bond_held and (ledger.status == Status.CANCELLED or o.cost is not None) for o in ledger.offers)
        owed += bonds * self.twin.terms.client_bond
        for edge, known in zip(ledger.edges, self.twin.terms.edges, strict=True):
            if ledger.status in {Status.TRAINING, Status.CLOSED}:
                owed += (edge.delivered - edge.claimed) * (edge.price - known.fee)
                owed += (edge.delivered - edge.fee_rounds) * known.fee
        assert ledger.held() >= owed
        if ledger.status == Status.CLOSED:
            assert ledger.held() == owed

    @invariant()
    def nobody_pays_more_than_its_value(self) -> None:
        """I-5: at close the net charge is at most the value of the rounds delivered."""
        if hasattr(self, "twin") and self.twin.ledger.status == Status.CLOSED:
            ledger = self.twin.ledger
            for owner, charge in zip(ledger.owners, ledger.earned(), strict=True):
                delivered = sum(self.twin.terms.quality[: min(owner.level, ledger.rounds_done)])
                assert charge <= (owner.bid or 0) * delivered // 10**9


assert with_terms().commit_end > START
TestContractEqualsLedger = ContractEqualsLedger.TestCase
TestContractEqualsLedger.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
