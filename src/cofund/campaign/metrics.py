"""A round's public metric as the contract carries it: parts of 10**9, signed; the least 256-bit integer for none."""

import math
from typing import Final

from cofund.units import ONE

NO_METRIC: Final = -(2**255)
"""Nobody validated, or the metric is no number."""


def metric_ppb(metric: float | None) -> int:
    """The contract's integer for a metric, rounded to nearest; ``NO_METRIC`` for one that it cannot carry."""
    if metric is None or not math.isfinite(metric):
        return NO_METRIC
    parts = round(metric * ONE) if math.isfinite(metric * ONE) else NO_METRIC
    return parts if abs(parts) < -NO_METRIC else NO_METRIC


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
    return "none" if metric is None else f"{metric:.4f}"
