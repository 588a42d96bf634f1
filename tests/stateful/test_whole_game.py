"""No group gains more by playing otherwise, from its bid to the last payment, than docs/assumptions.md says."""

import pytest

from deviations import KINDS, SINGLE, demonstration, search, search_in, small_market
from profiles import times
from whole_game import cash

MARKETS = min(500, times(0.4).max_examples)


@pytest.mark.parametrize("kind", KINDS)
def test_no_gain_is_above_its_bound(kind: str) -> None:
    found = search(kind, range(MARKETS))
    assert found.groups >= MARKETS // 2
    assert found.beyond is None
    assert kind not in SINGLE or found.gaining == 0


@pytest.mark.parametrize("kind", SINGLE)
def test_truth_is_best_in_the_demonstration(kind: str) -> None:
    assert search_in(kind, [demonstration()]).gaining == 0


def test_these_markets_are_worth_playing() -> None:
    """In most of them rounds are bought; money is neither made nor lost."""
    played = [small_market(seed).honest for seed in range(MARKETS)]
    assert sum(ledger.rounds_done > 0 for ledger in played) > MARKETS // 2
    for ledger in played:
        names = [*(f"owner{at}" for at in range(3)), *(f"client{at}" for at in range(5)), "edge0", "edge1"]
        assert cash(ledger, *names, "coordinator", "initiator") == 0
