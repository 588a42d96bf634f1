"""Owners' values before they bid: a family of distributions, scaled to a total or fitted to earlier bids.

Truthful bids are values (mechanism.md, 3.4), so the bids of earlier campaigns are a sample of them. A lognormal
distribution is fitted: mean and standard deviation of the bids' logarithms, the latter with n - 1.
"""

from collections.abc import Callable, Mapping, Sequence
from math import exp, log
from statistics import fmean, stdev
from typing import Final

import numpy as np

from cofund.market.draft import Prior
from cofund.mechanism.value_distribution import (
    Floats,
    ValueDistribution,
    discrete,
    exponential,
    lognormal,
    pareto,
    uniform,
)

_WIDEST: Final = 3.0
_NARROWEST: Final = 0.01

_SHAPES: Final[dict[str, Callable[[Mapping[str, float]], ValueDistribution]]] = {
    "uniform": lambda _: uniform(0, 1),
    "exponential": lambda _: exponential(1),
    "lognormal": lambda by_name: lognormal(1, by_name["spread"]),
    "pareto": lambda by_name: pareto(by_name["exponent"], 1, by_name["largest"]),
    "two-point": lambda by_name: discrete({1.0: 1 - by_name["part"], by_name["times"]: by_name["part"]}),
}
"""Family -> its distribution, up to the unit."""


def owner_values(prior: Prior) -> ValueDistribution:
    """The distribution of one owner's value, in base units."""
    if prior.total is None:
        return fitted(prior.bids)
    shape = _SHAPES[prior.family](prior.parameters)
    return shape.scaled(prior.total / prior.owners / shape.mean)


def fitted(bids: Sequence[int]) -> ValueDistribution:
    """The lognormal distribution fitted to bids above 0; its spread is kept within what a draft may state."""
    logs = [log(bid) for bid in bids]
    spread = min(_WIDEST, max(_NARROWEST, stdev(logs)))
    return lognormal(exp(fmean(logs) + spread * spread / 2), spread)


def profiles(values: ValueDistribution, owners: int, count: int, seed: int) -> Floats:
    """Drawn values of all owners, each row descending. Shape (count, owners)."""
    at = values.draw(np.random.default_rng([seed, 0]), count * owners)
    return -np.sort(-values.values[at].reshape(count, owners), axis=1)
