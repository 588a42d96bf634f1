"""Symptom: when every offer, edge and the coordinator were free, closing after a halt divided by zero charges."""

import pytest

from cofund.market.terms import EdgeTerms
from scenario import Scenario, close_and_leave, train
from twin import SPONSOR, address, listed, with_terms

FREE = {"coordinator_fee": 0, "edges": (EdgeTerms("edge0", address("edge0"), 3, 0, 200),), "cohort": 2}
LISTED = {"sponsor": SPONSOR, **listed("owner0", "owner1", "owner2")}
PROMISES = [{}, LISTED | {"match": 10**9}, LISTED | {"underwritten": True}]


@pytest.mark.parametrize("promise", PROMISES, ids=["alone", "matched", "underwritten"])
def test_a_halted_campaign_without_any_cost_closes(promise) -> None:
    twin = Scenario(with_terms(**FREE, **promise), offers=((0, 0), (0, 0), (0, 0))).settled()
    assert twin.ledger.round_cost == 0
    close_and_leave(twin, train(twin, 1))
    assert twin.ledger.held() == 0


def test_free_rounds_without_any_value_are_bought_by_everybody() -> None:
    twin = Scenario(with_terms(**FREE), bids=(0, 0), offers=((0, 0), (0, 0), (0, 0))).settled()
    assert [owner.level for owner in twin.ledger.owners] == [4, 4]
    close_and_leave(twin, train(twin, 4))
    assert twin.ledger.held() == 0
