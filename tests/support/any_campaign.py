"""Random terms and markets, a campaign that starts in any of its phases, and what holds in all of them."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from cofund.market.offer_book import delivered_levels, delivered_parts, missing_words, tree_proof
from cofund.market.terms import NOBODY, EdgeTerms
from cofund.settlement.ledger import Status
from cofund.settlement.places import nets, places_of
from cofund.units import value_down
from leaving import leave
from refusing import refuse, stubborn
from twin import ROOT, Twin, address, with_terms

OWNERS = tuple(f"owner{i}" for i in range(4))
CLIENTS = tuple(f"client{i}" for i in range(6))
EDGES = (0, 1, 2)
PEOPLE = (*OWNERS, "coordinator", "sponsor", "initiator", "edge0", "edge1", "outsider")
QUALITIES = [(10**9,), (600_000_000, 400_000_000), (400_000_000, 300_000_000, 200_000_000, 100_000_000)]
WEIGHTS = [((address("owner0"), 3),), ((address("owner1"), 2), (address("owner2"), 5), (address("owner3"), 1))]


@st.composite
def some_edges(draw):
    """Three edges, of two operators or three, some of them below another one."""
    found = []
    for index in EDGES:
        operator = address(draw(st.sampled_from([f"edge{index}", f"edge{index}", "edge0"])))
        capacity, fee = draw(st.sampled_from([2, 2, 1, 3, 0])), draw(st.sampled_from([0, 20]))
        ceiling = draw(st.sampled_from([200, 200, 100]))
        parent = draw(st.sampled_from([None, None, *(f"edge{above}" for above in range(index))]))
        found.append(EdgeTerms(f"edge{index}", operator, capacity, fee, ceiling, parent))
    return tuple(found)


def possible(drawn):
    """Terms that the factory takes."""
    listed = bool(drawn.weights) or drawn.sponsor != NOBODY
    weights = drawn.weights or tuple((address(name), 1) for name in OWNERS) if listed else ()
    return replace(drawn, listed_owners=listed, weights=weights, owner_bond=drawn.owner_bond if listed else 11)


@st.composite
def goal_tables(draw, rounds):
    """A table that the factory takes: a constant one, or one whose price of quality does not rise."""
    return draw(st.sampled_from([((1, 1),), ((1, rounds),), ((2, rounds),), ((1, rounds), (3, max(1, rounds - 1)))]))


terms = st.builds(
    with_terms,
    tick=st.sampled_from([1, 10]),
    cohort=st.integers(2, 4),
    min_cohort=st.integers(1, 2),
    coordinator_fee=st.integers(0, 40),
    quality=st.sampled_from(QUALITIES),
    edges=some_edges(),
    weights=st.sampled_from([(), (), *WEIGHTS]),
    veto_window_s=st.sampled_from([0, 30, 30]),
    unaccepted=st.sampled_from([1, 1, 2, 256]),
    tolerance=st.sampled_from([0, 0, 10**9, 300_000_000]),
    owner_bond=st.sampled_from([0, 11]),
    book_bond=st.sampled_from([200, 333]),
    edge_bond=st.sampled_from([0, 70]),
    coordinator_bond=st.sampled_from([64, 1000]),
)
bids = st.integers(0, 3000) | st.integers(2000, 20_000) | st.integers(2000, 20_000)
costs = st.integers(0, 22).map(lambda cost: cost if cost < 22 else 2**60)
STAGES = ("commit", "reveal", "settle", "train", "end", "deliver", "close")


class AnyCampaign(RuleBasedStateMachine):
    """Starts in any phase and, wherever the calls of a subclass lead, lets everybody out at the end."""

    promises = ({},)
    kind = Twin

    # ------------------------------------------------------------ a campaign that starts in any phase

    @initialize(
        terms=terms,
        promise=st.integers(0, 2),
        table=st.integers(0, 3),
        bids=st.lists(bids, min_size=4, max_size=4),
        offers=st.lists(st.tuples(costs, st.sampled_from(EDGES)), min_size=6, max_size=6),
        absent=st.sets(st.sampled_from([*OWNERS, *CLIENTS, "coordinator", "sponsor", "edge1"]), max_size=1),
        silent=st.sampled_from([None, None, None, "edge0", "edge1", "edge2"]),
        stage=st.sampled_from([*STAGES, "train", "train", "end", "end", "deliver"]),
        recorded=st.integers(0, 4),
        gaps=st.sampled_from([0, 2**12 - 1]) | st.integers(0, 2**24 - 1),
    )
    def start(self, terms, promise, table, bids, offers, absent, silent, stage, recorded, gaps) -> None:
        terms = replace(terms, **self.promises[promise % len(self.promises)])
        rounds = len(terms.quality)
        goals = [((1, 1),), ((1, rounds),), ((2, rounds),), ((1, rounds), (3, rounds))][table]
        self.twin = self.kind(possible(replace(terms, goals=goals)), stubborn())
        self.maps: dict[int, list[int]] = {}
        self.silent = silent
        self.accept_roles(absent)
        for name, bid in zip(OWNERS, bids, strict=True):
            if name not in absent:
                self.twin.commit_bid(name, bid, bid // 100 * 100 + 100)
        self.seal_books({name: offer for name, offer in zip(CLIENTS, offers, strict=True) if name not in absent})
        self.advance(stage, recorded, gaps)

    def accept_roles(self, absent) -> None:
        if "coordinator" not in absent:
            self.twin.post_coordinator_bond()
        if "sponsor" not in absent:
            self.twin.lock_sponsorship()
        for edge in EDGES:
            if f"edge{edge}" not in absent:
                self.twin.post_edge_bond(edge, self.operator_of(edge))

    def operator_of(self, edge) -> str:
        operator = self.twin.terms.edges[edge].operator
        return next(name for name in ("edge0", "edge1", "edge2") if address(name) == operator)

    def seal_books(self, offers) -> None:
        ticks = 1 if self.twin.terms.tick == 10 else 10
        for operator in ("edge0", "edge1", "edge2"):
            listed: dict[int, list[tuple[str, int]]] = {}
            for name, (cost, edge) in offers.items():
                if self.operator_of(edge) == operator:
                    listed.setdefault(edge, []).append((name, min(cost * ticks, 2**40)))
            if listed:
                self.twin.commit_book(operator, listed)

    def advance(self, stage, recorded, gaps) -> None:
        """Go on to a stage as a campaign does in which everybody present plays by the rules."""
        t, done = self.twin.terms, STAGES[: STAGES.index(stage) + 1]
        if "reveal" in done:
            self.twin.at(t.commit_end)
        if "settle" in done:
            self.reveal_one_by_one()
            self.twin.at(t.reveal_end)
        if "train" in done:
            self.settle_as_it_should_be()
        if self.training():
            self.advance_training(done, recorded, gaps)

    def settle_as_it_should_be(self) -> None:
        self.twin.settle()

    def reveal_one_by_one(self) -> None:
        for name in OWNERS:
            self.twin.reveal_bids(name)
        for name in ("edge0", "edge1", "edge2"):
            if name != self.silent:
                self.twin.open_book(name)

    def advance_training(self, done, recorded, gaps) -> None:
        ledger = self.twin.ledger
        for number in range(1, min(recorded, ledger.rounds) + 1):
            self.twin.at(ledger.may_build(number))
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

    def post(self, edge, up_to, maps, *, extra=0, by=None) -> None:
        """Deliveries of an edge's winners; ``extra`` makes it say that so many more or fewer missed the last round."""
        missing = missing_words(maps, up_to) or [0]
        lane = 16 * ((up_to - 1) % 16) if up_to else 0
        missing[-1] = max(0, missing[-1] + (extra << lane))
        root = delivered_levels(self.twin.ledger.edges[edge].start, maps)[-1][0] if maps else ROOT
        if self.twin.post_deliveries(edge, up_to, root, missing, by or self.operator_of(edge)) is None:
            self.maps[edge] = maps

    def delivered_by(self, edge, up_to, gaps, *, forget) -> list[int]:
        """Bitmaps that add rounds to those signed before, or ``forget`` these as an edge should not."""
        account, before = self.twin.ledger.edges[edge], self.maps.get(edge, [])
        kept = 0 if forget else account.up_to_round
        return [
            (before[place] if place < len(before) and kept else 0)
            | (~(gaps >> 4 * place) & (2**up_to - 1)) >> kept << kept
            for place in range(account.winners)
        ]

    def parts(self, edge) -> list[tuple[int, tuple[int, ...]]]:
        return delivered_parts(self.twin.ledger.edges[edge].start, self.maps.get(edge, []))

    def proof(self, edge, part) -> tuple[bytes, ...]:
        return tree_proof(delivered_levels(self.twin.ledger.edges[edge].start, self.maps[edge]), part)

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
        """B-3 and I-5."""
        ledger, tick = self.twin.ledger, self.twin.terms.tick
        for index, edge in enumerate(ledger.edges):
            paid = [offer for offer in ledger.offers if offer.winner and offer.edge == index]
            assert sum(offer.paid_rounds for offer in paid) == edge.claimed <= edge.delivered
            assert all(offer.paid >= offer.paid_rounds * offer.cost * tick for offer in paid)

    @invariant()
    def nothing_exceeds_what_it_is_a_part_of(self) -> None:
        """E-1, E-2, O-1, T-1 and T-2."""
        ledger = self.twin.ledger
        for index, edge in enumerate(ledger.edges):
            assert max(edge.claimed, edge.extra_claimed) <= edge.delivered <= edge.winners * edge.up_to_round
            assert edge.fee_rounds <= ledger.claimed_below(index)
        assert all(owner.charge <= (owner.bid or 0) <= owner.escrow for owner in ledger.owners)
        done = range(1, ledger.rounds_done + 1)
        open_to_veto = [number for number in done if self.twin.now < ledger.veto_end(ledger.recorded_at[number])]
        assert ledger.rounds_done <= ledger.rounds
        assert len(open_to_veto) <= self.twin.terms.unaccepted

    @invariant()
    def nobody_pays_more_than_its_value(self) -> None:
        """I-5: what was earned of a charge is at most the value of the rounds delivered."""
        ledger, quality = self.twin.ledger, self.twin.terms.quality
        if ledger.status == Status.CLOSED:
            earned = ledger.earned()
            for owner, used, more in zip(ledger.owners, earned.earned, earned.more, strict=True):
                worth = value_down(owner.bid or 0, sum(quality[: min(owner.level, ledger.rounds_done)]))
                assert used + more <= worth

    @invariant()
    def every_account_has_what_its_places_say(self) -> None:
        """Paid and owed, less deposited; and clients and edges can still claim what the books say (I-2)."""
        ledger = self.twin.ledger
        bitmaps = {(edge, at): bits for edge, maps in self.maps.items() for at, bits in enumerate(maps)}
        places, owed = places_of(ledger, bitmaps), ledger.owed()
        accounts = ledger.deposits.keys() | ledger.payments.keys() | owed.keys()
        kept = {one: ledger.payments[one] + owed[one] - ledger.deposits[one] for one in accounts}
        assert {one: net for one, net in nets(places).items() if net} == {one: net for one, net in kept.items() if net}

    def teardown(self) -> None:
        """I-6."""
        if hasattr(self, "twin"):
            refuse(self.twin, *PEOPLE, *CLIENTS, way=0)
            self.twin.withdraw(*CLIENTS)
            leave(self.twin, self)
