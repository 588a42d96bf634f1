"""Whole numbers from the discrete Gaussian distribution, drawn exactly, the same on every machine.

A number y is drawn with probability proportional to exp(-y^2 / (2 sigma^2)), by rejection from a discrete Laplace
distribution; no floating point is involved, so nothing leaks through rounding and every machine draws the same numbers.
All numbers of a vector are drawn together. Source: Canonne, Kamath and Steinke, The Discrete Gaussian for Differential
Privacy, 2020 (algorithms 1 to 3, with the Laplace scale equal to sigma).
"""

import hashlib
from typing import Final

import numpy as np

MAX_SIGMA: Final = 2**40
"""Above, a bound of the sampler could leave 64 bits."""


def discrete_gaussian(seed: bytes, sigma: int, count: int) -> np.ndarray:
    """Independent draws of mean 0 and parameter sigma, (count,) int64; the seed alone decides them.

    Raises:
        ValueError: sigma is not from 1 to ``MAX_SIGMA``.
    """
    if not 1 <= sigma <= MAX_SIGMA:
        raise ValueError(f"sigma from 1 to {MAX_SIGMA}, got {sigma}")
    bits, drawn = _Bits(seed), np.zeros(count, np.int64)
    pending = np.arange(count)
    while pending.size:
        size = pending.size
        fraction = bits.below(sigma, size)
        kept = _with_odds_exp(bits, fraction, sigma)
        size_drawn = fraction + sigma * _successes(bits, size)
        negative = bits.below(2, size) == 1
        kept &= ~(negative & (size_drawn == 0))  # zero once, not twice
        kept &= _accepted(bits, np.abs(size_drawn - sigma), sigma)
        drawn[pending[kept]] = np.where(negative, -size_drawn, size_drawn)[kept]
        pending = pending[~kept]
    return drawn


class _Bits:
    """Uniform whole numbers: SHAKE-256 of the seed and a counter of requests."""

    def __init__(self, seed: bytes) -> None:
        self._seed, self._requests = seed, 0

    def below(self, bound: int, count: int) -> np.ndarray:
        """Uniform from 0 to bound - 1, exactly: 64-bit words, those above the last multiple of the bound again."""
        words, last = self._words(count), 2**64 - 2**64 % bound - 1
        while (high := np.flatnonzero(words > last)).size:
            words[high] = self._words(high.size)
        return (words % np.uint64(bound)).astype(np.int64)

    def _words(self, count: int) -> np.ndarray:
        self._requests += 1
        data = hashlib.shake_256(self._seed + self._requests.to_bytes(8)).digest(8 * count)
        return np.frombuffer(data, "<u8").copy()


def _with_odds_exp(bits: _Bits, numerators: np.ndarray, denominator: int, square: bool = False) -> np.ndarray:
    """True with probability exp(-g), g = numerator / denominator at most 1; with ``square`` exp(-g^2 / 2).

    Draws true with odds g / 1, g / 2, g / 3, ... until the first false; the probability that it came at an odd place is
    the exponential series.
    """
    place, alive, odd = 1, np.arange(numerators.size), np.ones(numerators.size, bool)
    while alive.size:
        of = numerators[alive]
        true = bits.below(denominator * place * (2 if square else 1), alive.size) < of
        if square:
            true &= bits.below(denominator, alive.size) < of
        alive = alive[true]
        odd[alive] = ~odd[alive]
        place += 1
    return odd


def _successes(bits: _Bits, count: int) -> np.ndarray:
    """How often something with odds exp(-1) happens before it first does not."""
    found, alive = np.zeros(count, np.int64), np.arange(count)
    while alive.size:
        alive = alive[_with_odds_exp(bits, np.ones(alive.size, np.int64), 1)]
        found[alive] += 1
    return found


def _accepted(bits: _Bits, distance: np.ndarray, sigma: int) -> np.ndarray:
    """True with probability exp(-(d / sigma)^2 / 2).

    With d = q sigma + r that is exp(-1 / 2) q^2 times, exp(-r / sigma) q times, and exp(-(r / sigma)^2 / 2) once.
    """
    whole, rest = np.divmod(distance, sigma)
    accepted = _with_odds_exp(bits, rest, sigma, square=True)
    for times, numerators, denominator in ((whole**2, np.ones_like(rest), 2), (whole, rest, sigma)):
        done = 0
        while (alive := np.flatnonzero(accepted & (times > done))).size:
            accepted[alive] = _with_odds_exp(bits, numerators[alive], denominator)
            done += 1
    return accepted
