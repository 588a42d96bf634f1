"""Amounts as people read them: exact, from integers, never through a float."""

from dataclasses import dataclass

LEAST_DECIMALS = 2
MOST_DECIMALS = 77
"""Of a token whose whole unit fits into 256 bits."""


@dataclass(frozen=True, slots=True)
class Currency:
    """The token of a campaign: symbol and decimals."""

    unit: str
    decimals: int

    def __post_init__(self) -> None:
        """Refuse what no token has: a power of ten with more digits than memory would be computed for ever."""
        if type(self.decimals) is not int or not 0 <= self.decimals <= MOST_DECIMALS:
            raise ValueError(f"expected decimals of a token from 0 to {MOST_DECIMALS}")

    def exact(self, amount: int) -> str:
        """Every base unit, at least two decimals, without the symbol: ``154.243646``, ``8.40``."""
        return money(amount, self.decimals)

    def full(self, amount: int) -> str:
        """All decimals of the token, so that a column lines up: ``8.400000``."""
        return money(amount, self.decimals, least=self.decimals)

    def short(self, amount: int) -> str:
        """Rounded to hundredths, half away from zero, for summaries that say so: ``154.24``."""
        return rounded(amount, self.decimals)

    def named(self, amount: int) -> str:
        """As ``exact``, with the symbol."""
        return money(amount, self.decimals, self.unit)


def money(amount: int, decimals: int, unit: str = "", least: int = LEAST_DECIMALS) -> str:
    """The amount in whole tokens, exact: thousands grouped, at least ``least`` decimals, trailing zeros dropped.

    Args:
        amount: base units.
        decimals: of the token.
        unit: symbol to append; none if empty.
        least: decimals shown even if they are zeros.
    """
    whole, fraction = divmod(abs(amount), 10**decimals)
    digits = str(fraction).rjust(decimals, "0") if decimals else ""
    digits = digits.rstrip("0").ljust(least, "0")
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole:,}" + (f".{digits}" if digits else "") + (f" {unit}" if unit else "")


def rounded(amount: int, decimals: int) -> str:
    """The amount with two decimals, rounded half away from zero; an amount that is not zero never reads as zero."""
    if decimals <= LEAST_DECIMALS:
        return money(amount, decimals)
    scale: int = 10 ** (decimals - LEAST_DECIMALS)
    hundredths = (2 * abs(amount) + scale) // (2 * scale)
    if amount and not hundredths:
        return money(amount, decimals)
    return money(-hundredths if amount < 0 else hundredths, LEAST_DECIMALS)
