"""The fitted learning curve recovers a known one, rises always, and refuses what does not rise."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cofund.errors import CheckFailed
from cofund.training.curve import fit


@given(st.floats(0.01, 2), st.floats(0.05, 0.5), st.integers(5, 60))
def test_an_exact_curve_is_recovered(rate: float, gap: float, rounds: int) -> None:
    rate = max(rate, 0.15 / rounds)
    curve = fit([0.9 - gap * math.exp(-rate * n) for n in range(1, rounds + 1)])
    assert float(curve.rate) == pytest.approx(rate, rel=0.006)
    assert curve.full == pytest.approx(0.9, abs=0.06 * gap)
    assert curve.rmse < 0.01 * gap
    assert curve.rounds == rounds


def test_noise_is_left_to_least_squares() -> None:
    noise = np.random.default_rng(3).normal(0, 0.004, 40)
    curve = fit([0.92 - 0.2 * math.exp(-0.12 * n) + noise[n - 1] for n in range(1, 41)])
    assert float(curve.rate) == pytest.approx(0.12, rel=0.1)
    assert 0.002 < curve.rmse < 0.006
    values = [curve.metric(n) for n in range(41)]
    assert values == sorted(values)


def test_the_rate_is_a_short_plain_decimal() -> None:
    rate = fit([0.9 - 0.1 * math.exp(-0.1234567 * n) for n in range(1, 31)]).rate
    assert rate == "0.123"
    assert str(Decimal(rate)) == rate


@pytest.mark.parametrize("metrics", [[0.9, 0.8, 0.7, 0.65], [0.5] * 10, [0.5, 0.6, 0.7]])
def test_a_rehearsal_that_does_not_rise_or_is_too_short_is_refused(metrics: list[float]) -> None:
    with pytest.raises(CheckFailed, match=r"^curve: "):
        fit(metrics)
