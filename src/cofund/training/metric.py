"""A metric is a finite number, with its sign, or there is none; whatever a function of the user's or a member says."""

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

LARGEST: Final = 1e60
"""Metrics beyond are none: as a whole number of parts of 10**9 they would leave the 256 bits that go on chain."""


NONE: Final = "–"  # noqa: RUF001 - a dash, as in tables of people
"""What is shown where there is none."""


def number(value: Any) -> float:
    """The metric that a function returned; a NumPy number or a tensor of one element will do.

    Raises:
        ValueError: it is none, in one sentence.
    """
    plain = _plain(value)
    if isinstance(plain, bool) or not isinstance(plain, int | float | Decimal | Fraction):
        raise ValueError(f"expected a metric that is a number, got {type(value).__name__}")  # noqa: TRY004 - one error
    try:
        metric = float(plain)
    except (OverflowError, ValueError):
        metric = math.inf
    if not abs(metric) <= LARGEST:  # also what is not a number
        raise ValueError(f"expected a metric that is a finite number, got {metric:.3g}")
    return metric + 0.0  # no metric is -0.0


def number_or_none(value: Any) -> float | None:
    """The metric, or None where there is none."""
    try:
        return number(value)
    except ValueError:
        return None


def shown(metric: float | None, digits: int = 4) -> str:
    """A metric for people."""
    return NONE if metric is None else f"{metric:z.{digits}f}"


def _plain(value: Any) -> Any:
    """What one element holds."""
    try:
        return value.item() if hasattr(value, "item") else value
    except Exception:  # noqa: BLE001 - several elements; every library has words of its own
        return value
