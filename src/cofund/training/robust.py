"""Averages at an edge that a few malicious clients cannot pull far; over whole numbers, so equal in any order.

All of them count every client once, whatever samples it claims: a claim must not buy influence. ``tolerated`` is the
number f of malicious clients at one edge; with fewer clients than the rule needs, f is as large as they allow.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

COARSE: Final = 10
"""Distances are of updates in units of 2**-14 (24 bits less these): squares of 2**19, and 2**24 values, fit 63 bits."""


def trimmed_mean(units: np.ndarray, tolerated: int) -> np.ndarray:
    """Mean of each value without its f largest and f smallest (Yin, Chen, Ramchandran and Bartlett 2018).

    Shapes: units (clients, values) int64, result (values,) int64, rounded down.
    """
    cut = min(tolerated, (len(units) - 1) // 2)
    kept = np.sort(units, axis=0)[cut : len(units) - cut]
    mean: np.ndarray = np.floor_divide(kept.sum(axis=0), len(kept))
    return mean


def median(units: np.ndarray, tolerated: int) -> np.ndarray:
    """Median of each value, of an even number the mean of the middle two, rounded down; any minority is tolerated."""
    del tolerated
    return trimmed_mean(units, len(units))


def krum(units: np.ndarray, tolerated: int) -> np.ndarray:
    """The update with the least sum of squared distances to its n - f - 2 nearest (Blanchard et al. 2017).

    Of equal sums the update that comes first by its values is taken, so that the order of clients does not matter.
    """
    clients = len(units)
    near = max(1, clients - min(tolerated, clients) - 2)
    coarse = units >> COARSE
    sums = []
    for own in coarse:
        distances = np.sort(np.square(coarse - own).sum(axis=1))
        sums.append(int(distances[1 : 1 + near].astype(object).sum()))
    best = [client for client in range(clients) if sums[client] == min(sums)]
    chosen: np.ndarray = units[min(best, key=lambda client: units[client].tolist())]
    return chosen


MEAN: Final = "mean"

RULES: Final[dict[str, Callable[[np.ndarray, int], np.ndarray]]] = {
    "trimmed-mean": trimmed_mean,
    "median": median,
    "krum": krum,
}
"""Rules other than the mean weighted by samples, by the name that a plan gives."""
