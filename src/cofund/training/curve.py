"""Fit the public learning curve on a rehearsal: ``metric(n) = full - gap * exp(-rate * n)`` after n rounds.

The rate goes into a campaign's terms (mechanism.md, section 1, ``quality``), where it is expanded to integers.
Least squares: for a fixed rate the curve is linear in ``full`` and ``gap``, which leaves a search over one number.
The metric need not rise in every round: noise is left to the least squares; the fitted curve itself always rises and
flattens (gap > 0, rate > 0), and a rehearsal whose best fit does not rise is refused.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cofund.errors import CheckFailed
from cofund.training.metric import number_or_none

SLOWEST_TIMES_ROUNDS: Final = 0.1
"""Slowest rate searched, times the number of rounds: slower curves are straight lines over the rehearsal."""

FASTEST: Final = 5.0
"""Fastest rate searched: all of the gap but a 150th is closed in the first round."""

SMALLEST_GAP: Final = 1e-6
"""A curve that rises by less does not rise: a constant metric gives a gap of rounding errors."""

GRID: Final = 200
REFINEMENTS: Final = 4
MIN_ROUNDS: Final = 4


@dataclass(frozen=True, slots=True)
class Curve:
    """A fitted curve.

    Attributes:
        rate: three significant digits as text, the form that terms carry.
        rounds: rounds of the rehearsal.
        full: metric that the curve tends to.
        gap: how far below ``full`` it starts, at n = 0.
        rmse: root of the mean squared distance between metric and curve, with the rate as written.
    """

    rate: str
    rounds: int
    full: float
    gap: float
    rmse: float

    def metric(self, rounds: float) -> float:
        """Fitted metric after a number of rounds."""
        return self.full - self.gap * math.exp(-float(self.rate) * rounds)


def fit(metrics: Sequence[float]) -> Curve:
    """Fit the metrics of rounds 1, 2, ... of a rehearsal.

    Raises:
        CheckFailed: fewer than four rounds, a metric that is no finite number, or the best curve does not rise.
    """
    found = [number_or_none(metric) for metric in metrics]
    if None in found:
        raise CheckFailed(f"curve: the metric of round {found.index(None) + 1} is no finite number")
    values = np.asarray(found, dtype=np.float64)
    if len(values) < MIN_ROUNDS:
        raise CheckFailed(f"curve: a rehearsal of at least {MIN_ROUNDS} rounds is needed, got {len(values)}")
    low, high = SLOWEST_TIMES_ROUNDS / len(values), FASTEST
    for _ in range(REFINEMENTS):
        rates = np.geomspace(low, high, GRID)
        best = int(np.argmin([_least_squares(values, rate)[2] for rate in rates]))
        low, high = rates[max(best - 1, 0)], rates[min(best + 1, GRID - 1)]
    rate = f"{rates[best]:.3g}"
    full, gap, rmse = _least_squares(values, float(rate))
    if gap < SMALLEST_GAP:
        raise CheckFailed("curve: the metric does not rise over the rehearsal")
    return Curve(rate, len(values), full, gap, rmse)


def _least_squares(values: np.ndarray, rate: float) -> tuple[float, float, float]:
    """Best ``full`` and ``gap`` for a rate, and the root mean squared error: a straight line in exp(-rate n)."""
    decay = np.exp(-rate * np.arange(1, len(values) + 1))
    centred = decay - decay.mean()
    gap = -float(centred @ values) / float(centred @ centred)
    full = float(values.mean() + gap * decay.mean())
    return full, gap, math.sqrt(float(np.mean(np.square(values - (full - gap * decay)))))
