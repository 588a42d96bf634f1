"""Amounts in a report: exact to the unit, or rounded where the text says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cofund.money import money, rounded


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        (0, 6, "0.00"),
        (1, 6, "0.000001"),
        (8_400_000, 6, "8.40"),
        (154_243_646, 6, "154.243646"),
        (22_834_000_000, 6, "22,834.00"),
        (-1_500_000, 6, "-1.50"),
        (-1, 6, "-0.000001"),
        (7, 0, "7.00"),
        (123, 1, "12.30"),
        (10**27 + 1, 18, "1,000,000,000.000000000000000001"),
    ],
)
def test_an_amount_is_written_exactly_with_at_least_two_decimals(amount, decimals, text):
    assert money(amount, decimals) == text


def test_the_unit_follows_and_all_decimals_can_be_asked_for():
    assert money(8_400_000, 6, "rEUR", least=6) == "8.400000 rEUR"


@given(st.integers(-(10**40), 10**40), st.integers(0, 18))
def test_no_unit_is_lost(amount, decimals):
    text = money(amount, decimals, least=decimals).replace(",", "")
    whole, _, fraction = text.partition(".")
    assert int(whole + fraction.ljust(decimals, "0")) == amount


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (154_243_646, "154.24"),
        (154_245_000, "154.25"),
        (-154_245_000, "-154.25"),
        (999_999_999, "1,000.00"),
        (0, "0.00"),
        (43, "0.000043"),
    ],
)
def test_rounding_to_hundredths_goes_half_away_from_zero_and_never_shows_something_as_nothing(amount, text):
    assert rounded(amount, 6) == text
