"""Intervals over seeds are Student's: the known quantiles, and 95 of 100 samples of a normal law are covered."""

import math

import numpy as np
import pytest

from cofund.study.interval import interval, quantile, within


@pytest.mark.parametrize(
    ("freedom", "known"), [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (9, 2.2622), (10, 2.2281), (29, 2.0452)]
)
def test_quantiles_are_those_of_the_printed_tables(freedom: int, known: float) -> None:
    assert quantile(freedom) == pytest.approx(known, abs=5e-5)


def test_the_closed_form_of_one_and_of_two_degrees_of_freedom() -> None:
    assert within(1, 1) == pytest.approx(1 / 2)
    assert within(math.sqrt(2), 2) == pytest.approx(1 / math.sqrt(2))


def test_an_interval_by_hand() -> None:
    found = interval([1.0, 2.0, 3.0])
    assert (found.mean, found.high - 2) == (2, pytest.approx(4.3027 / math.sqrt(3), abs=1e-4))
    assert found.low + found.high == pytest.approx(4)


def test_it_covers_the_true_mean_as_often_as_it_says() -> None:
    samples = np.random.default_rng(1).normal(5, 2, (2_000, 4))
    covered = [found.low <= 5 <= found.high for found in map(interval, samples.tolist())]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.015)


def test_one_seed_gives_no_interval() -> None:
    found = interval([0.5])
    assert found.mean == 0.5
    assert math.isnan(found.low)
    assert math.isnan(found.high)
