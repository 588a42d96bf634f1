"""A round's public metric as the contract carries it: parts of 10**9, signed; the least 256-bit integer for none."""

from typing import Final

from cofund.training.metric import number_or_none, shown
from cofund.units import ONE

NO_METRIC: Final = -(2**255)
"""Nobody validated, or the metric is no number."""

LONG: Final = 10**6
"""Metrics from here up are shown with four digits in all."""


def metric_ppb(metric: float | None) -> int:
    """The contract's integer for a metric, rounded to nearest; ``NO_METRIC`` for one that it cannot carry."""
    found = number_or_none(metric)
    return NO_METRIC if found is None else round(found * ONE)


def metric_of(parts: int) -> float | None:
    """The metric behind the contract's integer, None if there is none."""
    return None if parts == NO_METRIC else parts / ONE


def metric_entry(parts: int) -> dict[str, str | int | None]:
    """A metric in a record's row of a round: as decimal text with four digits, and exact; "none" and None for none."""
    metric = metric_of(parts)
    return {"metric": metric_text(parts), "metric_ppb": None if metric is None else parts}


def metric_text(parts: int) -> str:
    """A metric as people read it."""
    metric = metric_of(parts)
    if metric is None:
        return "none"
    return f"{metric:.4g}" if abs(metric) >= LONG else shown(metric)
