"""The clock is truthful, individually rational and never in deficit for every table; its own table is the optimum."""

from fractions import Fraction
from functools import partial
from math import comb
from random import Random

import pytest

from cofund.market.generate import generate
from cofund.mechanism.axioms.trial import examine
from cofund.mechanism.laboratory import clock as clock_module
from cofund.mechanism.laboratory.clock import clock
from cofund.mechanism.laboratory.stop_table import STEPS, StopTable, stop_table
from cofund.mechanism.registry import TRUTHFUL, Axiom, Rule
from cofund.units import ONE


def random_table(draw: Random) -> StopTable:
    """Prices around the bids of small markets, and any answers whatever."""
    prices = sorted(draw.sample(range(1, 40), draw.randint(1, 12)))
    often = draw.random()
    stops = tuple(tuple(draw.random() < often for _ in range(draw.randint(1, 6))) for _ in prices)
    return StopTable(tuple(prices), stops)


def ruled_by(table: StopTable) -> Rule:
    return Rule("clock", partial(clock, table=table), TRUTHFUL, "")


@pytest.mark.parametrize("seed", range(40))
def test_no_table_makes_a_lie_pay_or_leaves_a_deficit(seed: int) -> None:
    judged = ruled_by(random_table(Random(seed)))
    for verdict in examine(judged, sorted(TRUTHFUL), tries=80, seed=seed):
        assert verdict.finding is None, verdict.finding.what


def test_selling_levels_that_are_not_fair_would_pay_for_lies(monkeypatch) -> None:
    """The mutant that the rounding argument is about: the share is rounded down at every level."""

    def any_level(instance, price, round_cost, weight, heaviest) -> tuple[int, int]:
        del heaviest
        best = (0, 0)
        for level in range(1, len(instance.quality) + 1):
            share = price * sum(instance.quality[:level]) // ONE
            if weight * share >= level * round_cost:
                best = (level, share)
        return best

    monkeypatch.setattr(clock_module, "_largest_level", any_level)
    found = False
    for seed in range(40):
        judged = ruled_by(random_table(Random(seed)))
        (verdict,) = examine(judged, [Axiom.OWNERS_STRATEGYPROOF], tries=200, seed=seed)
        found = found or verdict.finding is not None
    assert found


def test_a_table_that_never_stops_sells_nothing() -> None:
    market = generate(4, 12, 3, seed=7, rounds=20)
    never = StopTable((1, 2, 3), ((False,), (False,), (False,)))
    outcome = clock(market, never)
    assert (outcome.rounds, outcome.owners_paid) == (0, 0)
    assert outcome.reason == "the clock ran out of owners before a level was paid for"


def test_the_default_table_is_the_optimum_of_its_prior() -> None:
    """Backward induction again, in fractions and from the definition; ties within the rounding may go either way."""
    market = generate(3, 12, 2, seed=1, rounds=6)
    weight, round_cost = sum(owner.weight for owner in market.owners), 10_000
    table = stop_table(market, round_cost)
    high, owners = table.prices[-1], len(market.owners)
    ahead = [Fraction(0)] * (owners + 1)
    decided = 0
    for step in range(STEPS, 0, -1):
        stay = Fraction(STEPS - step - 1, STEPS - step) if step < STEPS else Fraction(0)
        going_on = [
            sum((comb(s, k) * stay**k * (1 - stay) ** (s - k) * ahead[k] for k in range(s + 1)), Fraction(0))
            for s in range(owners + 1)
        ]
        stopped = [
            _welfare(market.quality, table.prices[step - 1], high, weight * s // owners, round_cost)
            for s in range(owners + 1)
        ]
        for s in range(owners + 1):
            if abs(stopped[s] - going_on[s]) > 2 * STEPS:
                decided += 1
                assert table.stops[step - 1][s] == (stopped[s] > going_on[s])
        ahead = [max(pair) for pair in zip(stopped, going_on, strict=True)]
    assert decided > STEPS


def _welfare(quality: tuple[int, ...], price: int, high: int, weight: int, round_cost: int) -> Fraction:
    welfare = Fraction(0)
    for level in range(1, len(quality) + 1):
        learned = sum(quality[:level])
        if weight * price * learned // ONE >= level * round_cost:
            welfare = Fraction(weight * (price + high) * learned, ONE) - 2 * level * round_cost
    return welfare
