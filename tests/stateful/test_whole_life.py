"""From commitment to the last withdrawal: money conserved to the unit (I-2), nobody worse off than promised (I-5).

Whoever falls silent (an owner, a client, the coordinator after any round, every edge), the others get out (I-6).
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from cofund.market.terms import EdgeTerms
from cofund.settlement.ledger import Status
from scenario import Scenario, everyone_leaves, train
from twin import address, with_terms

QUALITY = (400_000_000, 300_000_000, 200_000_000, 100_000_000)

scenarios = st.builds(
    Scenario,
    terms=st.builds(
        with_terms,
        cohort=st.integers(2, 4),
        min_cohort=st.just(1),
        coordinator_fee=st.integers(0, 400),
        goal=st.integers(1, 4),
        quality=st.just(QUALITY),
        edges=st.tuples(
            *(
                st.builds(
                    EdgeTerms,
                    st.just(f"edge{i}"),
                    st.just(address(f"edge{i}")),
                    st.integers(1, 3),
                    st.sampled_from([0, 20]),
                )
                for i in range(2)
            )
        ),
        weights=st.sampled_from([(), ((address("owner1"), 3),)]),
    ),
    bids=st.lists(st.integers(2000, 20_000), min_size=1, max_size=4),
    offers=st.lists(st.tuples(st.integers(0, 19), st.integers(0, 1)), min_size=2, max_size=5),
    silent=st.sets(st.sampled_from(["owner0", "client0", "client1"]), max_size=1),
)


@settings(max_examples=60, deadline=None)
@given(
    scenario=scenarios,
    rounds=st.integers(0, 4),
    gaps=st.integers(0, 2**20 - 1),
    midway=st.booleans(),
    signing=st.sampled_from(["edges", "stand-in", "nobody"]),
)
def test_everyone_gets_what_is_theirs(scenario, rounds, gaps, midway, signing) -> None:
    twin = scenario.settled()
    if twin.ledger.status == Status.TRAINING:
        trees = train(twin, rounds, gaps, midway=midway, signing=signing)
        assert twin.simple("close") is None
        everyone_leaves(twin, trees)
        check_promises(twin, trees)
    else:
        everyone_leaves(twin, {})
    assert twin.ledger.held() == 0


def check_promises(twin, trees) -> None:
    """I-5: owners pay at most their value of the rounds delivered; clients get their price for each one."""
    ledger = twin.ledger
    for owner in ledger.owners:
        net = ledger.deposits[owner.account] - ledger.payments[owner.account]
        if owner.bid is not None:
            delivered = sum(twin.terms.quality[: min(owner.level, ledger.rounds_done)])
            assert net <= owner.bid * delivered // 10**9
    for edge, tree in trees.items():
        for position, bitmap in tree.bitmaps.items():
            offer = ledger.offers[position]
            price = ledger.edges[edge].price - twin.terms.edges[edge].fee
            assert price >= offer.cost * twin.terms.tick
            net = ledger.payments[offer.client] - ledger.deposits[offer.client]
            assert net == bitmap.bit_count() * price
