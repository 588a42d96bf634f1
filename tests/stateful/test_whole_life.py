"""From commitment to the last withdrawal: money conserved to the unit (I-2), nobody worse off than promised (I-5).

Whoever falls silent (an owner, a client, the coordinator after any round, every edge), the others get out (I-6).
"""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cofund.market.terms import NOBODY, EdgeTerms
from cofund.settlement.ledger import Status
from cofund.units import value_down
from profiles import times
from scenario import Scenario, close_and_leave, record, sign_at_the_end, train
from twin import SPONSOR, address, with_terms

QUALITY = (400_000_000, 300_000_000, 200_000_000, 100_000_000)
OWNERS = ((address("owner0"), 1), (address("owner1"), 3), (address("owner2"), 1), (address("owner3"), 1))
PROMISES = [{}, {"sponsor": SPONSOR, "match": 250_000_000}, {"sponsor": SPONSOR, "underwritten": True}]


def edge_terms(index):
    fee, ceiling = st.sampled_from([0, 20]), st.sampled_from([200, 200, 150])
    operator, parent = (
        st.sampled_from([f"edge{index}", "edge0"]).map(address),
        st.sampled_from([None, "edge0"][: index + 1]),
    )
    return st.builds(EdgeTerms, st.just(f"edge{index}"), operator, st.integers(1, 3), fee, ceiling, parent)


def possible(drawn):
    """Terms that the factory takes: weights and sponsors only with a list."""
    listed = bool(drawn.weights) or drawn.sponsor != NOBODY
    return replace(drawn, listed_owners=listed, weights=OWNERS if listed else ())


scenarios = st.builds(
    Scenario,
    terms=st.builds(
        lambda promise, **terms: possible(with_terms(**terms, **promise)),
        promise=st.sampled_from(PROMISES),
        cohort=st.integers(2, 4),
        min_cohort=st.just(1),
        coordinator_fee=st.integers(0, 400),
        goal=st.integers(1, 4),
        quality=st.just(QUALITY),
        edges=st.tuples(edge_terms(0), edge_terms(1)),
        weights=st.sampled_from([(), OWNERS]),
        veto_window_s=st.sampled_from([0, 30]),
        unaccepted=st.sampled_from([1, 3]),
        tolerance=st.sampled_from([0, 500_000_000, 10**9]),
        edge_bond=st.sampled_from([0, 70]),
    ),
    bids=st.lists(st.integers(2000, 20_000), min_size=1, max_size=4),
    offers=st.lists(st.tuples(st.integers(0, 19), st.integers(0, 1)), min_size=2, max_size=5),
    silent=st.sets(st.sampled_from(["owner0", "edge0", "edge1"]), max_size=1),
)


@times(0.6)
@given(
    scenario=scenarios,
    rounds=st.integers(0, 4),
    gaps=st.integers(0, 2**20 - 1),
    midway=st.booleans(),
    signing=st.sampled_from(["edges", "stand-in", "nobody"]),
    released=st.booleans(),
    vetoed=st.booleans(),
)
def test_everyone_gets_what_is_theirs(scenario, rounds, gaps, midway, signing, released, vetoed) -> None:
    twin, trees = scenario.settled(), {}
    if twin.ledger.status == Status.TRAINING:
        if vetoed and scenario.terms.veto_window_s:
            assert twin.record_round(1) is None
            for i in range(len(scenario.bids)):
                twin.veto(1, f"owner{i}")
        if not twin.ledger.training_end:
            trees = train(twin, rounds, gaps, midway=midway, signing=signing)
        if released:
            twin.at(twin.ledger.accepted_end())
            assert twin.release_models() is None
    close_and_leave(twin, trees)
    if twin.ledger.status == Status.CLOSED:
        check_promises(twin, trees, released=released)
    assert twin.ledger.held() == 0


def check_promises(twin, trees, *, released) -> None:
    """I-5: owners pay at most their value of the rounds delivered; clients get what they asked for each one."""
    ledger, terms = twin.ledger, twin.terms
    for owner in ledger.owners:
        net = ledger.deposits[owner.account] - ledger.payments[owner.account]
        if owner.bid is not None:
            assert net <= value_down(owner.bid, sum(terms.quality[: min(owner.level, ledger.rounds_done)]))
    for edge, tree in trees.items():
        for offer, bitmap in zip(ledger.offers_at(edge), tree.bitmaps.values(), strict=False):
            rounds = bitmap.bit_count()
            assert rounds * offer.cost * terms.tick <= offer.paid <= rounds * ledger.pay_per_round(edge)
            assert terms.underwritten or offer.paid == rounds * ledger.pay_per_round(edge)
            assert offer.extra == rounds * ledger.extra
    if ledger.rounds_done and not released:
        assert ledger.payments[terms.coordinator] == 0


def test_a_sponsor_never_pays_more_than_it_locked_for_the_rounds_done() -> None:
    """The match is exact; underwriting costs what the clients' prices lack."""
    for promise, least in ({"match": 10**9}, 0), ({"underwritten": True}, 1):
        terms = possible(with_terms(sponsor=SPONSOR, **promise))
        twin = Scenario(terms).settled()
        trees = train(twin, 4)
        assert twin.release_models() is None
        close_and_leave(twin, trees)
        net = twin.ledger.deposits[SPONSOR] - twin.ledger.payments[SPONSOR]
        assert least <= net <= twin.ledger.round_cost * twin.ledger.rounds_done
        assert twin.ledger.held() == 0


def test_what_edges_leave_unsigned_comes_back_to_the_payers() -> None:
    """A missing root is not paid: the owners' net is what the coordinator earned, less what the edges' bonds bring."""
    twin = Scenario(with_terms(edge_bond=70)).settled()
    train(twin, 4, signing="nobody")
    assert twin.release_models() is None
    close_and_leave(twin, {})
    paid = sum(twin.ledger.deposits[o.account] - twin.ledger.payments[o.account] for o in twin.ledger.owners)
    slashed = 70 * sum(edge.winners > 0 for edge in twin.ledger.edges)
    books = sum(book.penalty for book in twin.ledger.books.values())
    fees, roundings = twin.terms.coordinator_fee * 4, 3 + 4  # a goal and two rounds rounded up, four divisions down
    assert 0 <= paid - (fees - slashed - books) <= roundings * len(twin.ledger.owners)


def test_a_stand_in_pays_the_clients_and_costs_the_edge_its_bond() -> None:
    twin = Scenario(with_terms(edge_bond=70)).settled()
    for number in range(1, 5):
        record(twin, number)
    trees = sign_at_the_end(twin, 0, "stand-in")
    assert twin.release_models() is None
    close_and_leave(twin, trees)
    assert all(offer.paid for offer in twin.ledger.offers if offer.winner)
    for index, edge in enumerate(twin.ledger.edges):
        account = address(f"edge{index}")
        fees = edge.claimed * twin.terms.edges[index].fee
        book = 200 * edge.offers
        assert twin.ledger.payments[account] == fees + book + (0 if edge.winners else 70)
