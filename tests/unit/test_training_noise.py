"""The noise is discrete Gaussian: its frequencies are those of the formula, and its seed alone decides it."""

import math

import numpy as np
import pytest

from cofund.training.noise import MAX_SIGMA, discrete_gaussian

DRAWS = 200_000


@pytest.mark.parametrize("sigma", [1, 2, 3, 7])
def test_frequencies_are_those_of_the_formula(sigma: int) -> None:
    """Chi-square over all numbers that 20 draws are expected of; its 1 - 1e-6 quantile by Wilson and Hilferty."""
    drawn = discrete_gaussian(b"frequencies", sigma, DRAWS)
    values = np.arange(-40 * sigma, 40 * sigma + 1)
    weights = np.exp(-(values**2) / (2 * sigma**2))
    expected = DRAWS * weights / weights.sum()
    found = np.array([np.count_nonzero(drawn == value) for value in values])
    assert found.sum() == DRAWS
    often = expected >= 20
    square = float((np.square(found - expected) / np.where(often, expected, 1))[often].sum())
    free = int(often.sum())
    assert square < free * (1 - 2 / (9 * free) + 4.75 * math.sqrt(2 / (9 * free))) ** 3


@pytest.mark.parametrize("sigma", [2**10 + 1, 2**24, MAX_SIGMA])
def test_large_noise_looks_like_the_normal_distribution(sigma: int) -> None:
    """Mean, standard deviation and tails within five standard errors."""
    drawn = discrete_gaussian(b"large", sigma, DRAWS) / sigma
    error = 1 / math.sqrt(DRAWS)
    assert abs(float(drawn.mean())) < 5 * error
    assert abs(float(drawn.std()) - 1) < 5 * error / math.sqrt(2)
    for limit in (0.5, 1, 2, 3):
        share = math.erfc(limit / math.sqrt(2))
        assert abs(float((np.abs(drawn) > limit).mean()) - share) < 5 * math.sqrt(share * (1 - share)) * error


def test_the_seed_decides_every_number() -> None:
    first = discrete_gaussian(b"seed", 2**24, 1000)
    assert np.array_equal(first, discrete_gaussian(b"seed", 2**24, 1000))
    other = discrete_gaussian(b"sees", 2**24, 1000)
    assert abs(float(np.corrcoef(first, other)[0, 1])) < 5 / math.sqrt(1000)
    assert tuple(first[:3].tolist()) == PINNED


def test_a_sigma_that_could_overflow_is_refused() -> None:
    for sigma in (0, MAX_SIGMA + 1):
        with pytest.raises(ValueError, match="sigma from 1"):
            discrete_gaussian(b"seed", sigma, 1)


PINNED = (366094, 12750736, 1936715)
"""The same on every machine and under every version of every library, so an auditor anywhere draws the same."""
