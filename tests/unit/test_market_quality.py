"""Curves expand to integers that sum to ONE, never get steeper and follow the formula."""

from decimal import Decimal, localcontext
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cofund.market.document import Field, NumberText
from cofund.market.quality import exponential_quality, power_quality, read_quality
from cofund.units import ONE
from profiles import times

exponents = st.integers(1, ONE).map(lambda parts: Decimal(parts).scaleb(-9))
rates = st.integers(1, 100 * ONE).map(lambda parts: Decimal(parts).scaleb(-9))
rounds_ = st.integers(1, 256)


def assert_curve(quality: tuple[int, ...], rounds: int) -> None:
    assert len(quality) == rounds
    assert sum(quality) == ONE
    assert min(quality) >= 0
    assert list(quality) == sorted(quality, reverse=True)


@times(0.6)
@given(exponent=exponents, rounds=rounds_)
def test_a_power_curve_is_a_curve(exponent: Decimal, rounds: int) -> None:
    quality = power_quality(exponent, rounds)
    assert_curve(quality, rounds)
    for done in range(1, rounds + 1):
        assert abs(sum(quality[:done]) - ONE * (done / rounds) ** float(exponent)) < done + 1


@times(0.6)
@given(rate=rates, rounds=rounds_)
def test_an_exponential_curve_is_a_curve(rate: Decimal, rounds: int) -> None:
    quality = exponential_quality(rate, rounds)
    assert_curve(quality, rounds)
    if rate > Decimal("0.001"):
        whole = 1 - exp(-float(rate) * rounds)
        for done in range(1, rounds + 1):
            assert abs(sum(quality[:done]) - ONE * (1 - exp(-float(rate) * done)) / whole) < done + 1


@pytest.mark.parametrize("rounds", range(1, 257))
def test_exponent_one_gives_equal_rounds_and_the_first_take_what_is_left(rounds: int) -> None:
    each, left = divmod(ONE, rounds)
    assert power_quality(Decimal(1), rounds) == (each + 1,) * left + (each,) * (rounds - left)


def test_known_integers() -> None:
    """sqrt(1/2) = 0.70710678118..., the missing part goes to the first round; e**-1 of 1/(1 + 1/e) likewise."""
    assert power_quality(Decimal("0.5"), 2) == (707_106_782, 292_893_218)
    assert power_quality(Decimal("0.5"), 4) == (500_000_001, 207_106_781, 158_918_622, 133_974_596)
    assert exponential_quality(Decimal(1), 2) == (731_058_579, 268_941_421)


def test_the_precision_of_the_caller_does_not_matter() -> None:
    with localcontext() as context:
        context.prec = 3
        coarse = power_quality(Decimal("0.3"), 40)
    assert coarse == power_quality(Decimal("0.3"), 40)


@pytest.mark.parametrize("exponent", [NumberText("0.5"), NumberText("5e-1"), "0.5", "0.500"])
def test_a_parameter_is_a_number_or_a_string(exponent: NumberText | str) -> None:
    field = Field("market", "quality", {"curve": "power", "exponent": exponent, "rounds": 40})
    assert read_quality(field) == power_quality(Decimal("0.5"), 40)
