"""The best way to cut the rounds into blocks, exactly: no goal can do better.

Whoever buys a later block buys every earlier one, rounding aside, so a block sells the same whatever blocks come before
it, and the expected welfare of a cut is the sum over its blocks. The best of all 2**(R - 1) cuts is then a longest path
over the R (R + 1) / 2 blocks (mechanism.md, "Choosing the goal").
"""

import numpy as np

from cofund.mechanism.planning.expectation import Draws, block
from cofund.mechanism.value_distribution import Floats


def block_welfare(draws: Draws, quality: tuple[int, ...]) -> Floats:
    """Expected welfare of the block of the rounds first + 1 to last, at [first, last]. Shape (R + 1, R + 1)."""
    rounds = len(quality)
    welfare = np.zeros((rounds + 1, rounds + 1))
    for first in range(rounds):
        for last in range(first + 1, rounds + 1):
            welfare[first, last] = block(draws, last - first, sum(quality[first:last])).welfare.mean()
    return welfare


def best_blocks(welfare: Floats) -> tuple[int, ...]:
    """Sizes of the blocks with the greatest sum of ``welfare``."""
    rounds = len(welfare) - 1
    ahead = np.zeros(rounds + 1)
    size = [0] * rounds
    for first in range(rounds - 1, -1, -1):
        sums = welfare[first, first + 1 :] + ahead[first + 1 :]
        size[first] = int(sums.argmax()) + 1
        ahead[first] = sums.max()
    sizes: list[int] = []
    while sum(sizes) < rounds:
        sizes.append(size[sum(sizes)])
    return tuple(sizes)


def blocks_welfare(welfare: Floats, sizes: tuple[int, ...]) -> float:
    """Expected welfare of the blocks of these sizes."""
    ends = np.cumsum(sizes)
    return float(sum(welfare[end - size, end] for end, size in zip(ends, sizes, strict=True)))
