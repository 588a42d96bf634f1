"""How sure a mean over seeds is: Student's t interval at 95 %.

It says how far the mean would move with other seeds (what a seed draws is the study's to say), not with other stations,
parties or years.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, TypeVar

import numpy as np

S = TypeVar("S", bound=Any)
LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the ends of its interval; not a number if there is one value only."""

    mean: float
    low: float
    high: float


def interval(values: Sequence[float]) -> Interval:
    """Mean of independent values plus and minus t times their standard error."""
    mean, count = float(np.mean(values)), len(values)
    if count < 2:
        return Interval(mean, math.nan, math.nan)
    half = quantile(count - 1) * float(np.std(values, ddof=1)) / math.sqrt(count)
    return Interval(mean, mean - half, mean + half)


def over_seeds(by_seed: Sequence[Mapping[str, float]], names: Iterable[str]) -> np.ndarray:
    """Mean value of these stations or parties, by seed."""
    chosen = list(names)
    return np.array([np.mean([each[name] for name in chosen]) for each in by_seed])


def joined(parts: Iterable[S]) -> S:
    """Samples of several stations or parties in one place."""
    kept = list(parts)
    columns = ([getattr(part, each.name) for part in kept] for each in fields(kept[0]))
    found: S = type(kept[0])(*map(np.concatenate, columns))
    return found


def quantile(freedom: int) -> float:
    """The t that Student's distribution stays within, on both sides, with probability ``LEVEL``; by bisection."""
    low, high = 0.0, 1000.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle, freedom) < LEVEL else (low, middle)
    return high


def within(t: float, freedom: int) -> float:
    """Probability that Student's t lies from -t to t (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(freedom))
    term = math.cos(angle) if freedom % 2 else 1.0
    total = 0.0
    for at in range(freedom % 2, freedom - 1, 2):
        total += term
        term *= math.cos(angle) ** 2 * (at + 1) / (at + 2)
    return 2 / math.pi * (angle + math.sin(angle) * total) if freedom % 2 else math.sin(angle) * total
