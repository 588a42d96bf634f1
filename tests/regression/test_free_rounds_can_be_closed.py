"""Symptom: when every offer, edge and the coordinator were free, closing after a halt divided by zero charges."""

from cofund.market.terms import EdgeTerms
from scenario import Scenario, everyone_leaves, train
from twin import address, with_terms


def test_a_halted_campaign_without_any_cost_closes() -> None:
    free = with_terms(coordinator_fee=0, edges=(EdgeTerms("edge0", address("edge0"), 3, 0),), cohort=2)
    twin = Scenario(free, offers=((0, 0), (0, 0), (0, 0))).settled()
    assert twin.ledger.round_cost == 0
    trees = train(twin, 1, gaps=0, midway=False, signing="edges")
    assert twin.simple("close") is None
    everyone_leaves(twin, trees)
    assert twin.ledger.held() == 0
