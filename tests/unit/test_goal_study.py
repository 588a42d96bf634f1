"""What the study of goals says is so: the best blocks are the best of all cuts, the best table the best of all."""

from itertools import product

import numpy as np
import pytest

from cofund.mechanism.ceiling import ceiling
from cofund.mechanism.planning.expectation import Draws, expectations
from cofund.mechanism.planning.prior import profiles
from cofund.mechanism.planning.supply import Supply, supply
from cofund.mechanism.value_distribution import discrete
from cofund.study import goal_study
from cofund.study.families import CURVES, Family
from cofund.study.goal_blocks import best_blocks, block_welfare, blocks_welfare
from cofund.study.goal_clock import best_table, clock_welfare
from cofund.units import ONE

QUALITY = (ONE // 2, ONE // 4, ONE // 8, ONE // 16, ONE // 16)
ROUNDS = len(QUALITY)
CLIENTS = Supply(12, 10, 10)
SMALL = goal_study.GoalConfiguration(draws=400, profiles=1000)


def drawn(owners: int = 4) -> Draws:
    values = profiles(discrete({20.0: 0.5, 60.0: 0.3, 200.0: 0.2}), owners, 300, seed=3)
    return Draws(values, (CLIENTS,))


def cuts() -> list[tuple[int, ...]]:
    return [sizes for count in range(1, 6) for sizes in product(range(1, 6), repeat=count) if sum(sizes) == ROUNDS]


@pytest.mark.parametrize("seed", range(20))
def test_the_best_blocks_are_the_best_of_all_cuts(seed: int) -> None:
    welfare = np.random.default_rng(seed).random((ROUNDS + 1, ROUNDS + 1))
    every = {sizes: blocks_welfare(welfare, sizes) for sizes in cuts()}
    assert len(every) == 2 ** (ROUNDS - 1)
    assert every[best_blocks(welfare)] == max(every.values())


def test_a_goal_is_a_block_followed_by_blocks_of_one_round() -> None:
    welfare = block_welfare(drawn(), QUALITY)
    for at, expected in enumerate(expectations(drawn(), QUALITY), start=1):
        assert blocks_welfare(welfare, (at, *[1] * (ROUNDS - at))) == pytest.approx(expected.welfare)


def test_blocks_sell_the_same_whatever_comes_before_them() -> None:
    """Selling one block after the other, to the buyers of the one before, is the sum that the best blocks maximise."""
    draws = drawn()
    for sizes in cuts():
        total = 0.0
        for row in draws.values:
            total += _sold_in_turn(list(row), sizes)
        assert blocks_welfare(block_welfare(draws, QUALITY), sizes) == pytest.approx(total / len(draws.values))


def _sold_in_turn(buyers: list[float], sizes: tuple[int, ...]) -> float:
    welfare, first = 0.0, 0
    for size in sizes:
        quality = sum(QUALITY[first : first + size]) / ONE
        while buyers and min(buyers) * quality < -(-size * CLIENTS.owners_cost // len(buyers)):
            buyers = [value for value in buyers if value > min(buyers)]
        welfare += sum(buyers) * quality - (size * CLIENTS.true_round_cost if buyers else 0)
        first += size
    return welfare


PRIORS = [
    {10.0: 0.5, 30.0: 0.3, 100.0: 0.2},
    {12.0: 0.2, 20.0: 0.2, 80.0: 0.6},
    {15.0: 0.6, 16.0: 0.2, 60.0: 0.2},
    {24.0: 0.7, 90.0: 0.3},
]
LEVELS = 3


def _created(values: tuple[float, ...], prices: list[float], table: dict[tuple[float, int], int]) -> float:
    """Let the price climb until the table says which level to sell."""
    for price in prices:
        survivors = [value for value in values if value >= price]
        level = table.get((price, len(survivors)), 0)
        if level:
            return sum(survivors) * sum(QUALITY[:level]) / ONE - level * CLIENTS.true_round_cost
    return 0.0


def _best_of_all_tables(prior: dict[float, float], *, waits: bool) -> float:
    """Over two owners; a table that never waits sells as soon as any level can be paid."""
    prices = sorted(prior)
    states = list(product(prices, (1, 2)))
    payable = [
        [n for n in range(1, LEVELS + 1) if k * price * sum(QUALITY[:n]) / ONE >= n * CLIENTS.owners_cost]
        for price, k in states
    ]
    choices = [[0, *levels] if waits else levels or [0] for levels in payable]
    chances = {values: float(np.prod([prior[value] for value in values])) for values in product(prior, repeat=2)}
    return max(
        sum(
            chance * _created(values, prices, dict(zip(states, table, strict=True)))
            for values, chance in chances.items()
        )
        for table in product(*choices)
    )


def _all_profiles(prior: dict[float, float]) -> Draws:
    """Every profile of two owners, as often as its chance of so many hundredths."""
    rows = [
        sorted(values, reverse=True)
        for values in product(prior, repeat=2)
        for _ in range(round(100 * prior[values[0]] * prior[values[1]]))
    ]
    assert len(rows) == 100
    return Draws(np.array(rows), (CLIENTS,))


@pytest.mark.parametrize("prior", PRIORS)
def test_the_best_table_of_the_clock_is_the_best_of_all_tables(prior: dict[float, float]) -> None:
    quality = QUALITY[:LEVELS]
    found = clock_welfare(_all_profiles(prior), quality, best_table(discrete(prior), 2, quality, CLIENTS))
    assert found == pytest.approx(_best_of_all_tables(prior, waits=True))
    assert found > 0


def test_some_of_these_tables_wait() -> None:
    """Else the test above would not see whether the clock does."""
    gains = [_best_of_all_tables(prior, waits=True) - _best_of_all_tables(prior, waits=False) for prior in PRIORS]
    assert max(gains) > 1


def test_a_table_for_another_prior_is_not_better_than_the_best() -> None:
    other = {5.0: 0.5, 15.0: 0.3, 50.0: 0.2}
    best, worse = (best_table(discrete(prior), 2, QUALITY, CLIENTS) for prior in (PRIORS[0], other))
    draws = _all_profiles(PRIORS[0])
    assert 0 < clock_welfare(draws, QUALITY, worse) < clock_welfare(draws, QUALITY, best)


@pytest.fixture(scope="module")
def scores() -> goal_study.Scores:
    return goal_study.score(Family(6, "two-point", "power 0.5", 2, "alike"), SMALL)


def test_no_goal_beats_the_best_blocks_and_nothing_the_ceiling(scores: goal_study.Scores) -> None:
    right = {name: shares[goal_study.RIGHT] for name, shares in scores.shares.items()}
    assert right["best goal"] <= right["best blocks"] + 0.01  # scored on other draws than chosen on
    assert right["best goal"] > right[goal_study.PLAIN] + 0.05
    assert max(right.values()) < 1


def test_the_chosen_goal_is_safe_and_the_best_one_is_not(scores: goal_study.Scores) -> None:
    plain, chosen, best = (scores.shares[name] for name in (goal_study.PLAIN, "plan 2", "best goal"))
    assert all(mine >= theirs - 0.01 for mine, theirs in zip(chosen, plain, strict=True))
    assert best[0] < plain[0] - 0.2


def test_blocks_cover_all_rounds(scores: goal_study.Scores) -> None:
    assert {sum(sizes) for sizes in scores.blocks.values()} == {20}


@pytest.mark.parametrize("scale", goal_study.SCALES)
def test_shares_are_of_the_ceiling_at_the_scale_that_came_true(scale: float) -> None:
    family = Family(6, "exponential", "power 0.5", 2, "alike")
    values = [family.distribution.scaled(scale)] * family.owners
    known = ceiling(values, [step / ONE for step in CURVES[family.curve]], family.true_round_cost, profiles=4000)
    drawn = goal_study._draws(family, scale, 4000, seed=5)
    assert goal_study._ceiling(family, scale, drawn, 4000) == pytest.approx(known.welfare, rel=0.05)
    assert known.share < 0.99, "it is not first-best"


def test_scores_are_those_of_the_family_s_clients() -> None:
    family = Family(6, "two-point", "power 0.5", 2, "spread")
    of_family = supply(family.supply)
    assert of_family.true_round_cost == family.true_round_cost
    assert of_family.owners_cost > of_family.true_round_cost
    assert len(CURVES[family.curve]) == 20
