"""What rounding leaves over has one owner: nothing is stuck, and nobody is charged for it twice (I-2)."""

import pytest

from scenario import Scenario, close_and_leave, train
from twin import INITIATOR, SPONSOR, listed, with_terms


@pytest.mark.parametrize("bids", [(3000, 2000, 900), (3000, 3000, 3000, 3000), (20_000, 300, 301, 302)])
def test_the_dust_of_the_shares_goes_to_the_initiator(bids) -> None:
    twin = Scenario(with_terms(coordinator_fee=8), bids=bids).settled()
    trees = train(twin, 4)
    assert twin.release_models() is None
    close_and_leave(twin, trees)
    dust = sum(owner.charge for owner in twin.ledger.owners) - twin.ledger.round_cost * twin.ledger.rounds
    assert 0 <= dust < len(bids) * 3
    assert twin.ledger.payments[INITIATOR] == dust
    assert twin.ledger.held() == 0


def test_some_of_them_leave_dust() -> None:
    ledger = Scenario(with_terms(coordinator_fee=8)).settled().ledger
    assert sum(owner.charge for owner in ledger.owners) > ledger.round_cost * ledger.rounds


@pytest.mark.parametrize("gaps", [0b1, 0b0110_0001, 2**20 - 1])
def test_the_dust_of_undelivered_rounds_goes_to_the_initiator(gaps) -> None:
    """Every payer's part is rounded down, so that less than one unit a payer is left."""
    for promise in {}, {"sponsor": SPONSOR, "match": 333_333_333, **listed("owner0", "owner1", "owner2")}:
        twin = Scenario(with_terms(coordinator_fee=8, tolerance=10**9, **promise)).settled()
        charged = sum(owner.charge for owner in twin.ledger.owners) + twin.ledger.matched() * twin.ledger.rounds
        trees = train(twin, 4, gaps)
        assert twin.release_models() is None
        close_and_leave(twin, trees)
        shares = charged - twin.ledger.round_cost * twin.ledger.rounds
        assert 0 <= twin.ledger.payments[INITIATOR] - shares <= len(twin.ledger.owners) + 1
        assert twin.ledger.held() == 0


def test_a_goal_cut_short_is_made_whole_by_the_coordinators_bond() -> None:
    """Shares pro rata are rounded down for the owners; clients still get every unit."""
    twin = Scenario(with_terms(goal=4, coordinator_fee=8), bids=(3000, 3000, 3000, 3000)).settled()
    trees = train(twin, 3)
    due, earned = twin.ledger.round_cost * 3, sum(twin.ledger.earned().earned)
    assert due - len(twin.ledger.owners) < earned
    close_and_leave(twin, trees)
    assert twin.ledger.held() == 0
