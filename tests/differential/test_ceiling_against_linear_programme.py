"""The ceiling is the best mechanism of a tiny market, found by an exact linear programme without virtual values."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from cofund.mechanism.ceiling import Ceiling, ceiling
from cofund.mechanism.value_distribution import discrete
from tests.oracles.linear_programme import best_welfare

Owners = list[dict[int, Fraction]]

SHAPES = [(1, 3, 1), (2, 3, 1), (2, 3, 2), (3, 2, 1), (2, 3, 1)]
"""Owners, values each, rounds."""


def tiny_market(seed: int) -> tuple[Owners, list[Fraction], Fraction]:
    """Every other market has owners that are alike; costs are where efficiency is doubtful."""
    draw = Random(seed)
    count, support, rounds = SHAPES[seed % len(SHAPES)]
    owners = [_owner(draw, support) for _ in range(count)]
    if seed % 2:
        owners = [owners[0]] * count
    highest = sum(max(owner) for owner in owners)
    steps = [Fraction(1)] if rounds == 1 else [Fraction(2, 3), Fraction(1, 3)]
    return owners, steps, Fraction(draw.randint(highest // count, highest), rounds)


def _owner(draw: Random, support: int) -> dict[int, Fraction]:
    parts = [draw.randint(1, 9) for _ in range(support)]
    return {
        value: Fraction(part, sum(parts)) for value, part in zip(draw.sample(range(12), support), parts, strict=True)
    }


def computed(owners: Owners, steps: list[Fraction], cost: Fraction) -> Ceiling:
    known = [discrete({float(value): float(chance) for value, chance in owner.items()}) for owner in owners]
    return ceiling(known, [float(step) for step in steps], float(cost))


@pytest.mark.parametrize("part", range(3))
def test_the_ceiling_is_the_optimum_of_the_programme(part: int) -> None:
    below_first_best = 0
    for seed in range(part * 15, part * 15 + 15):
        market = tiny_market(seed)
        found = computed(*market)
        assert found.welfare == pytest.approx(float(best_welfare(*market)), abs=1e-6), seed
        assert found.welfare_error == 0
        below_first_best += found.share < 1 - 1e-6
    assert below_first_best > 0, "some of these markets cannot be efficient"


def test_the_sum_has_to_be_ironed_not_the_virtual_value_alone() -> None:
    """Here values plus multiples of the ironed virtual value, 9 or -2.7, bound nothing: their minimum is first-best."""
    owner = {9: Fraction(3, 13), 1: Fraction(5, 13), 0: Fraction(5, 13)}
    market = [owner, owner], [Fraction(1)], Fraction(9)
    found = computed(*market)
    assert found.welfare == pytest.approx(float(best_welfare(*market)), abs=1e-6)
    assert found.share == pytest.approx(0.92176, abs=1e-5)
    multipliers = np.linspace(0, 5, 501)
    both, one = 9 * (1 + multipliers), np.maximum(1 - 2.7 * multipliers, 0)
    loose = (9 * both + 30 * one) / 169  # two owners with 9; one with 9, one with 1
    assert loose.min() == pytest.approx(found.first_best)


def test_values_that_have_to_be_ironed_are() -> None:
    """Without ironing the bound of this market is 0.97833 of first-best, more than any mechanism reaches."""
    owner = {13: Fraction(8, 18), 5: Fraction(1, 18), 4: Fraction(3, 18), 3: Fraction(6, 18)}
    market = [owner, owner], [Fraction(1)], Fraction(15)
    found = computed(*market)
    assert found.welfare == pytest.approx(float(best_welfare(*market)), abs=1e-6)
    assert found.share == pytest.approx(0.90557, abs=1e-5)
