"""Weighted virtual values, ironed (mechanism.md, "The ceiling").

Serve the owners whose value is among the top ``s`` of the distribution, at one price: with ``v(s)`` the lowest value
served, welfare is ``W(s)``, the sum of chance times value, and revenue ``R(s) = s v(s)``. The slope of R is the virtual
value; the slope of the least concave curve above ``W + multiplier R`` is the ironed weighted virtual value. It never
rises as the value falls, so that the allocation which serves whoever has a positive one is monotone.

Source: Myerson 1981 for ironing and for R in quantiles; the sum is ironed, not R alone, which gives the smaller bound.
"""

import numpy as np

from cofund.mechanism.value_distribution import Floats, ValueDistribution


def ironed(owner: ValueDistribution, multiplier: float) -> Floats:
    """Ironed ``v + multiplier * virtual value`` of every value of ``owner``, nonincreasing. Shape (n,)."""
    served = np.concatenate([[0.0], np.cumsum(owner.chances)])
    welfare = np.concatenate([[0.0], np.cumsum(owner.chances * owner.values)])
    revenue = np.concatenate([[0.0], served[1:] * owner.values])
    height = welfare + multiplier * revenue
    corners = _upper_hull(served, height)
    slopes = np.diff(height[corners]) / np.diff(served[corners])
    return np.repeat(slopes, np.diff(corners))


def _upper_hull(across: Floats, height: Floats) -> list[int]:
    """Corners of the least concave curve above the points, from the first point to the last (monotone chain)."""
    corners: list[int] = []
    for at in range(len(across)):
        while len(corners) >= 2 and not _turns_down(across, height, corners[-2], corners[-1], at):
            corners.pop()
        corners.append(at)
    return corners


def _turns_down(across: Floats, height: Floats, first: int, middle: int, last: int) -> bool:
    """Whether ``middle`` lies strictly above the line from ``first`` to ``last``."""
    rise_before = (height[middle] - height[first]) * (across[last] - across[middle])
    rise_after = (height[last] - height[middle]) * (across[middle] - across[first])
    return bool(rise_before > rise_after)
