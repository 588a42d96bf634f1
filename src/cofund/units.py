"""Integer units: amounts are base units of the token, quality is counted in parts of ``ONE`` (mechanism.md, 1)."""

from typing import Final

ONE: Final = 10**9
"""Full quality, full match: 1, written in parts of 10**9."""


def div_down(numerator: int, denominator: int) -> int:
    """Quotient rounded towards zero for non-negative numbers: what an agent can afford is never overstated."""
    return numerator // denominator


def div_up(numerator: int, denominator: int) -> int:
    """Quotient rounded up for non-negative numbers: a share always covers its part of the cost."""
    return -(-numerator // denominator)


def value_down(bid: int, quality_ppb: int) -> int:
    """Value of a quality block to an owner who bids ``bid`` for quality ONE: ``floor(bid * quality / ONE)``."""
    return div_down(bid * quality_ppb, ONE)
