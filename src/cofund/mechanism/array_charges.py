"""What the owners get and pay, on arrays: the rules of ``serial.py`` and ``vcg.py`` for many owners (mechanism.md, 3).

Under cost sharing the owners of one weight who can pay their share are those with the highest bids: for a block of
quality q, ``floor(bid q / ONE) >= share`` says the same as ``bid >= ceil(share ONE / q)``. With the bids of each weight
sorted once, a set of buyers is one cut per weight and dropping moves the cuts, whatever the number of owners.
Shares and cuts are Python integers, so no product can overflow.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from cofund.market.columns import INT64_MAX, Columns
from cofund.mechanism.array_cohort import Ints, narrow, stable_order
from cofund.mechanism.serial import largest_paying_set
from cofund.units import ONE, div_down, div_up

_MANY_WEIGHTS: Final = 64
"""With more different weights, moving a cut for each costs more than a heap of all owners."""

_CELLS: Final = 2**16
"""Values computed at once: half a MiB, which fits the caches of one core."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnerCharges:
    """Rounds sold, the level and charge of every owner, and the sponsor's match (0 under ``vcg``)."""

    rounds: int
    levels: Ints
    charges: Ints
    matched: int = 0


@dataclass(slots=True)
class _Weight:
    """The owners of one weight, at positions up to ``end`` of all in ascending order of (weight, bid).

    ``first`` is the first of them who still buys; ``sold`` is (first buyer, its level, its charge), at first a level of
    0 for nothing, then a line for every block that some of them bought.
    """

    weight: int
    first: int
    end: int
    sold: list[tuple[int, int, int]]

    def buy(self, level: int, cost: int, total: int) -> None:
        """All who still buy get ``level`` for a share more, when the buyers weigh ``total``."""
        if self.first < self.end:
            self.sold.append((self.first, level, self.sold[-1][2] + div_up(self.weight * cost, total)))


def sell_to_columns(columns: Columns, round_cost: int, goal: int) -> OwnerCharges:
    """Sell the first ``goal`` rounds together and every later round alone, until nobody buys (mechanism.md, 3a)."""
    matched = div_down(columns.terms.match * round_cost, ONE)
    order, ordered, groups = _by_weight(columns.weight, columns.bid)
    if len(groups) > _MANY_WEIGHTS:
        return _sell_one_by_one(columns, round_cost - matched, matched, goal)
    bids = array("q", ordered.tobytes())  # bisect reads single numbers faster from it than from numpy
    rounds = 0
    for block, quality in _blocks(columns.terms.quality, goal):
        cost = block * (round_cost - matched)
        total = _drop(groups, bids, cost, quality)
        if total == 0:
            break
        rounds += block
        for group in groups:
            group.buy(rounds, cost, total)
    return OwnerCharges(rounds, *_unsorted(groups, order), matched * rounds)


def _sell_one_by_one(columns: Columns, round_cost: int, matched: int, goal: int) -> OwnerCharges:
    """The same for owners of many weights, with a heap in place of cuts: O(buyers) for every block."""
    buyers = np.arange(len(columns.bid))
    levels, charges = np.zeros(len(buyers), np.int64), np.zeros(len(buyers), np.int64)
    for block, quality in _blocks(columns.terms.quality, goal):
        bids, cost = columns.bid[buyers], block * round_cost
        values = bids // ONE * quality + bids % ONE * quality // ONE
        buyers = buyers[largest_paying_set(values.tolist(), columns.weight[buyers].tolist(), cost)]
        if not len(buyers):
            break
        weights = columns.weight[buyers].tolist()
        total = sum(weights)
        levels[buyers] += block
        charges[buyers] += np.array([div_up(weight * cost, total) for weight in weights], np.int64)
    rounds = int(levels.max(initial=0))
    return OwnerCharges(rounds, levels, charges, matched * rounds)


def pivots_of_columns(columns: Columns, true_round_cost: int) -> tuple[list[int], Ints]:
    """Slacks ``V_r - C`` of the rounds worth their cost, and every owner's pivots over them (mechanism.md, 3b)."""
    charges = np.zeros(len(columns.bid), np.int64)
    slacks: list[int] = []
    for quality, value, parts in _round_values(columns.bid, columns.terms.quality):
        slack = value - true_round_cost
        if slack < 0:
            break
        slacks.append(slack)
        if div_down(columns.highest_bid * quality, ONE) > slack:
            values = columns.bid // ONE * quality + parts
            charges += np.maximum(values - slack, 0)
    return slacks, charges


def values_and_slacks(columns: Columns, levels: Ints, true_round_cost: int) -> tuple[int, list[int]]:
    """What the rounds that each owner gets are worth to it, summed; and the slacks of the rounds worth their cost."""
    order = np.argsort(levels.astype(np.int16), kind="stable")  # at most 256 rounds: sorted by radix
    bids, rounds = columns.bid.take(order), int(levels.max(initial=0))
    without = np.searchsorted(levels.take(order), np.arange(1, rounds + 1)).tolist()
    highs = np.append(0, np.cumsum(bids // ONE)).take(without).tolist()
    worth, slacks = 0, list[int]()
    for at, (quality, value, parts) in enumerate(_round_values(bids, columns.terms.quality)):
        if at == len(slacks) and value >= true_round_cost:
            slacks.append(value - true_round_cost)
        elif at >= rounds:
            break
        if at < rounds:
            worth += value
            if without[at]:
                worth -= int(parts[: without[at]].sum()) + highs[at] * quality
    return worth, slacks


def _round_values(bids: Ints, qualities: tuple[int, ...]) -> Iterator[tuple[int, int, Ints]]:
    """For every round its quality, ``sum_i floor(bid_i dq / ONE)``, and the part of each value that is rounded.

    With ``bid = high ONE + low`` the value is ``high dq + floor(low dq / ONE)``, and ``low dq < 2**60``. Without signs
    numpy divides faster. Few owners are computed for many rounds at once; what was yielded before is overwritten.
    No owners, no rounds.
    """
    highs = bids.view(np.uint64) // np.uint64(ONE)
    high, low = int(highs.sum()), bids.view(np.uint64) - highs * np.uint64(ONE)
    rows = min(len(qualities), max(1, _CELLS // max(1, len(bids))))
    buffer = np.empty((rows, len(bids)), np.uint64)
    for first in range(0, len(qualities) if len(bids) else 0, rows):
        block = qualities[first : first + rows]
        parts = buffer[: len(block)]
        np.multiply(low, np.array(block, np.uint64)[:, np.newaxis], out=parts)
        np.floor_divide(parts, np.uint64(ONE), out=parts)
        signed = parts.view(np.int64)
        for quality, part, total in zip(block, signed, np.add.reduce(signed, axis=1).tolist(), strict=True):
            yield quality, high * quality + total, part


def _by_weight(weight: Ints, bid: Ints) -> tuple[Ints, Ints, list[_Weight]]:
    """Positions and bids of the owners ordered by (weight, bid), and where each weight begins and ends."""
    if not len(weight):
        return bid[:0], bid[:0], []
    if int(weight.min()) == int(weight.max()):
        order = stable_order(bid)
        return order, bid.take(order), [_Weight(int(weight[0]), 0, len(weight), [(0, 0, 0)])]
    order = np.lexsort((bid, weight))
    ordered = weight[order]
    cuts = [0, *(np.flatnonzero(np.diff(ordered)) + 1).tolist(), len(weight)]
    groups = [_Weight(int(ordered[first]), first, end, [(first, 0, 0)]) for first, end in pairwise(cuts)]
    return order, bid.take(order), groups


def _blocks(quality: tuple[int, ...], goal: int) -> Iterator[tuple[int, int]]:
    """(rounds, quality) of the goal and of every later round."""
    yield goal, sum(quality[:goal])
    for step in quality[goal:]:
        yield 1, step


def _drop(groups: list[_Weight], bids: Sequence[int], cost: int, quality: int) -> int:
    """Drop all who cannot pay until nobody drops; the weight of those who stay, 0 if nobody does."""
    dropped = True
    total = sum(group.weight * (group.end - group.first) for group in groups)
    while dropped and total:
        dropped, left = False, 0
        for group in groups:
            first = group.first
            if first == group.end:
                continue
            least = _least_bid_up(div_up(group.weight * cost, total), quality)
            if bids[first] < least:
                group.first = first = bisect_left(bids, least, first, group.end)
                dropped = True
            left += group.weight * (group.end - first)
        total = left
    return total


def _least_bid_up(share: int, quality: int) -> int:
    """The least bid whose value for the block, rounded down, is at least ``share``."""
    if share == 0:
        return 0
    return div_up(share * ONE, quality) if quality else INT64_MAX


def _unsorted(groups: list[_Weight], order: Ints) -> tuple[Ints, Ints]:
    """Level and charge of every owner in input order: in each weight, of those from one first buyer up to the next."""
    sold = [line for group in groups for line in group.sold]
    first, level, charge = np.array(sold, np.int64).reshape(-1, 3).T
    lines = narrow(np.arange(len(sold)), len(sold))
    line_of = np.empty(len(order), lines.dtype)
    line_of[order] = lines.repeat(np.diff(first, append=len(order)))
    return level.take(line_of), charge.take(line_of)
