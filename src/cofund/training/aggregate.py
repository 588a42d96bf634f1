"""Weighted averages of updates over integers: the same result in any order, under any grouping, on any processor.

An update is rounded once to multiples of 2**-24 (ties to even), and everything after that is 64-bit integers. No sum
can overflow: entries are at most 16 * 2**24 = 2**28, a client stands for at most 2**20 samples, and a round holds at
most 2**14 updates (clients times edge rounds), so |sum| <= 2**62. What exceeds a bound is refused, not wrapped.
"""

import math
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

import numpy as np

from cofund.training.model import DTYPE, Model

SCALE: Final = 2**24
"""Fixed-point units in 1; finer than float32 resolves values from 1 up."""

MAX_NORM: Final = 16.0
"""Largest Euclidean norm of an update, hence largest size of an entry, before scaling."""

MAX_SAMPLES: Final = 2**20
"""Largest weight of one client."""

MAX_UPDATES_PER_ROUND: Final = 2**14
"""Largest number of clients times edge rounds."""

Fixed: TypeAlias = tuple[np.ndarray, ...]
"""Arrays of int64 in units of 1 / SCALE."""


def fault(before: Model, answer: Any, norm_bound: float) -> str | None:
    """Why a client's answer cannot be aggregated, in one sentence, or None if it can.

    Args:
        before: the model that the client started from.
        answer: what it sent; fit is a model of the same shapes with its number of samples.
        norm_bound: largest Euclidean norm of the update.
    """
    if not isinstance(answer, tuple) or len(answer) != 2:
        return "The answer is not a model with a number of samples."
    after, samples = answer
    if not isinstance(after, tuple) or not all(isinstance(array, np.ndarray) for array in after):
        return "The model is not a tuple of arrays."
    expected, got = ([(array.dtype.str, array.shape) for array in model] for model in (before, after))
    if got != expected:
        return f"The arrays are {got}, expected {expected}."
    if isinstance(samples, bool) or not isinstance(samples, int | np.integer) or not 1 <= samples <= MAX_SAMPLES:
        return f"The number of samples is not an integer from 1 to {MAX_SAMPLES}."
    if not all(np.isfinite(array).all() for array in after):
        return "The model holds a value that is not finite."
    norm = math.sqrt(sum(float(np.square(a.astype(float) - b).sum()) for a, b in zip(after, before, strict=True)))
    return None if norm <= norm_bound else f"The norm of the update is {norm:.3g}, above the bound of {norm_bound:g}."


def difference(after: Model, before: Model) -> Model:
    """The update that leads from one model to the other, in float32; this is what a delivery's digest is over."""
    return tuple((a - b).astype(DTYPE) for a, b in zip(after, before, strict=True))


def to_fixed(update: Model) -> Fixed:
    """An update in fixed point, rounded to the nearest unit, ties to even."""
    return tuple(np.rint(array.astype(np.float64) * SCALE).astype(np.int64) for array in update)


def zeros_like(model: Model) -> Fixed:
    """The update that changes nothing."""
    return tuple(np.zeros(array.shape, np.int64) for array in model)


def weighted_sum(start: Fixed, updates: Iterable[tuple[Fixed, int]]) -> Fixed:
    """``start`` plus the sum of update times weight; exact, so the order does not matter."""
    total = start
    for update, weight in updates:
        total = tuple(old + new * weight for old, new in zip(total, update, strict=True))
    return total


def mean(total: Fixed, weight: int) -> Fixed:
    """Total over weight, rounded to the nearest unit, ties up."""
    halves = ((np.floor_divide(array, weight), np.remainder(array, weight)) for array in total)
    return tuple(quotient + (2 * remainder >= weight) for quotient, remainder in halves)


def moved(model: Model, update: Fixed) -> Model:
    """The model after an update: added in float64, rounded once to float32."""
    return tuple((array + change / SCALE).astype(DTYPE) for array, change in zip(model, update, strict=True))
