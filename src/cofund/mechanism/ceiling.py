"""The ceiling: welfare that no truthful, voluntary mechanism in balance exceeds (mechanism.md, "The ceiling").

    min over multiplier >= 0 of E[ max over rounds r of sum_i (psi_i)^+ Q(r) - (1 + multiplier) r C ]

``psi_i`` is owner i's ironed ``v + multiplier * virtual value``. Owners' values are independent, their distributions
and the cost C of a round known. Every multiplier gives a valid bound; the best one is searched for on one set of value
profiles and the bound is measured on another, so that the search does not flatter it. With few enough profiles both
are all of them and the ceiling is exact.

Source: Myerson and Satterthwaite 1983 for the multiplier on the expected deficit; Gueth and Hellwig 1986 for a public
good; Cornelli 1996 and Schmitz 1997 for exclusion.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cofund.mechanism.ironing import ironed
from cofund.mechanism.value_distribution import Floats, ValueDistribution

_ALL_PROFILES: Final = 20_000
"""Up to so many value profiles are enumerated; beyond, as many as asked for are drawn."""

_STEPS: Final = 40
_GOLDEN: Final = (sqrt(5) - 1) / 2
_LARGEST_PART: Final = 0.9999
"""The search runs over multiplier / (1 + multiplier), up to a multiplier of 9,999."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The bound, in the unit of the values.

    Attributes:
        welfare: the bound on expected welfare.
        welfare_error: its standard error; 0 if all profiles were enumerated.
        first_best: expected welfare of the efficient rounds, what multiplier 0 bounds.
        share: welfare / first_best; 1 if both are 0.
        share_error: standard error of the share, smaller than that of its parts since they use the same profiles.
        multiplier: shadow price of the deficit.
        profiles: value profiles that the bound was measured on.
    """

    welfare: float
    welfare_error: float
    first_best: float
    share: float
    share_error: float
    multiplier: float
    profiles: int


@dataclass(frozen=True, slots=True)
class _Profiles:
    """Value profiles: which value each owner has. ``at`` (n, owners), ``weights`` (n,), summing to 1."""

    at: NDArray[np.intp]
    weights: Floats


def ceiling(
    owners: Sequence[ValueDistribution],
    quality: Sequence[float],
    round_cost: float,
    *,
    seed: int = 1,
    profiles: int = 20_000,
) -> Ceiling:
    """Compute the ceiling of a crowdfunding with excludable owners.

    Args:
        owners: one distribution per owner, of its value of quality 1.
        quality: the part of quality that each round adds, nonincreasing.
        round_cost: what a round truly costs.
        seed: of the drawn profiles.
        profiles: how many to draw, for the search and again for the bound.

    Raises:
        ValueError: if there is no owner, the curve rises or the cost is negative.
    """
    steps = np.asarray(quality, float)
    if not owners or round_cost < 0 or not len(steps) or np.any(np.diff(steps) > 0) or steps[-1] < 0:
        raise ValueError("expected owners, a nonincreasing curve and a cost that is not negative")
    searched, measured = _profiles(owners, seed, profiles)
    multiplier = _minimiser(
        lambda each: float(searched.weights @ _weighted_surplus(owners, searched, steps, round_cost, each))
    )
    bound = _weighted_surplus(owners, measured, steps, round_cost, multiplier)
    best = _weighted_surplus(owners, measured, steps, round_cost, 0.0)
    return _summary(bound, best, measured.weights, multiplier, exact=measured is searched)


def _profiles(owners: Sequence[ValueDistribution], seed: int, wanted: int) -> tuple[_Profiles, _Profiles]:
    """Profiles to search on and to measure on: all of them, twice the same object, or two independent draws."""
    sizes = [len(owner.values) for owner in owners]
    if prod(sizes) <= _ALL_PROFILES:
        at = np.array(list(product(*map(range, sizes))), dtype=np.intp)
        chances = [owner.chances[column] for owner, column in zip(owners, at.T, strict=True)]
        everything = _Profiles(at, np.prod(chances, axis=0))
        return everything, everything
    draw = np.random.default_rng(seed)
    weights = np.full(wanted, 1 / wanted)
    first, second = (
        np.stack([owner.draw(draw, wanted) for owner in owners], axis=1) for _ in ("to search on", "to measure on")
    )
    return _Profiles(first, weights), _Profiles(second, weights)


def _weighted_surplus(
    owners: Sequence[ValueDistribution], profiles: _Profiles, steps: Floats, round_cost: float, multiplier: float
) -> Floats:
    """The maximum over rounds for every profile: each round is run if it adds anything. Shape (profiles,)."""
    total = np.zeros(len(profiles.weights))
    known: dict[int, Floats] = {}
    for owner, column in zip(owners, profiles.at.T, strict=True):
        if id(owner) not in known:
            known[id(owner)] = np.maximum(ironed(owner, multiplier), 0)
        total += known[id(owner)][column]
    cost = (1 + multiplier) * round_cost
    return np.asarray(sum(np.maximum(total * step - cost, 0) for step in steps))


def _minimiser(bound: Callable[[float], float]) -> float:
    """Multiplier that minimises a convex function, by golden section over multiplier / (1 + multiplier)."""

    def at(part: float) -> float:
        return bound(part / (1 - part))

    low, high = 0.0, _LARGEST_PART
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    bound_left, bound_right = at(left), at(right)
    for _ in range(_STEPS):
        if bound_left <= bound_right:
            high, right, bound_right = right, left, bound_left
            left = high - _GOLDEN * (high - low)
            bound_left = at(left)
        else:
            low, left, bound_left = left, right, bound_right
            right = low + _GOLDEN * (high - low)
            bound_right = at(right)
    part = min((0.0, left, right), key=at)
    return part / (1 - part)


def _summary(bound: Floats, best: Floats, weights: Floats, multiplier: float, *, exact: bool) -> Ceiling:
    welfare, first_best = float(weights @ bound), float(weights @ best)
    share = welfare / first_best if first_best > 0 else 1.0
    root = sqrt(len(weights))
    return Ceiling(
        welfare=welfare,
        welfare_error=0.0 if exact else float(bound.std()) / root,
        first_best=first_best,
        share=share,
        share_error=0.0 if exact or first_best == 0 else float((bound - share * best).std()) / first_best / root,
        multiplier=multiplier,
        profiles=len(weights),
    )
