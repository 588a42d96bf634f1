"""What is known about an owner's value before it bids: values and their chances (mechanism.md, "The ceiling").

A continuous distribution is cut into ``CELLS`` equally likely parts, each replaced by its mean; studies draw from the
same parts, so a ceiling and the markets that are compared with it belong to one distribution. Values are in any unit,
in floating point: this is statistics about markets, not money.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp
from statistics import NormalDist
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

CELLS: Final = 1000
"""Equally likely parts of a continuous distribution."""

_POINTS: Final = 16
"""Quantiles averaged within a part."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ValueDistribution:
    """A distribution of one owner's value of the finished model.

    Attributes:
        values: the possible values, strictly descending, none negative. Shape (n,).
        chances: the chance of each, all positive, summing to 1. Shape (n,).
    """

    values: Floats
    chances: Floats

    def __post_init__(self) -> None:
        in_order = bool(np.all(np.diff(self.values) < 0)) and bool(self.values[-1] >= 0)
        if not in_order or not np.all(self.chances > 0) or abs(self.chances.sum() - 1) > 1e-9:
            raise ValueError("values must descend and not be negative, chances be positive and sum to 1")

    @property
    def mean(self) -> float:
        """The expected value."""
        return float(self.values @ self.chances)

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.intp]:
        """Positions in ``values`` of this many independent draws."""
        ends = np.cumsum(self.chances)
        return np.searchsorted(ends / ends[-1], generator.random(count), side="right")

    def scaled(self, factor: float) -> Self:
        """The same distribution in another unit; ``factor`` is positive."""
        return type(self)(self.values * factor, self.chances)


def discrete(chances: Mapping[float, float]) -> ValueDistribution:
    """Value -> chance."""
    values = sorted(chances, reverse=True)
    return ValueDistribution(np.array(values, float), np.array([chances[value] for value in values], float))


def uniform(low: float, high: float) -> ValueDistribution:
    """Uniform on [low, high]."""
    return _cut(lambda part: low + (high - low) * part)


def exponential(mean: float) -> ValueDistribution:
    """Exponential with this mean."""
    return _cut(lambda part: -mean * np.log1p(-part))


def lognormal(mean: float, sigma: float) -> ValueDistribution:
    """Lognormal with this mean; the logarithm has standard deviation ``sigma``."""
    normal = np.vectorize(NormalDist().inv_cdf, otypes=[float])
    return _cut(lambda part: mean * exp(-sigma * sigma / 2) * np.exp(sigma * normal(part)))


def pareto(exponent: float, low: float, high: float) -> ValueDistribution:
    """Pareto from ``low``, conditioned on at most ``high``: ``P(v > x)`` falls as ``x ** -exponent``."""
    kept = 1 - (low / high) ** exponent
    return _cut(lambda part: low * (1 - kept * part) ** (-1 / exponent))


def _cut(quantile: Callable[[Floats], Floats]) -> ValueDistribution:
    """Means of the equally likely parts of the distribution with this quantile function."""
    points = (np.arange(CELLS * _POINTS) + 0.5) / (CELLS * _POINTS)
    means = quantile(points).reshape(CELLS, _POINTS).mean(axis=1)
    return ValueDistribution(means[::-1].copy(), np.full(CELLS, 1 / CELLS))
