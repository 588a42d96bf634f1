"""A goal table for a cohort: how many rounds to sell together to how many owners (mechanism.md, "Choosing the goal").

Owners are alike, so a group weighs its size. The goal is sold to the k owners with the highest values, k being the
largest number with

    v_(k) Q(G(k)) / ONE >= ceil(G(k) P' / k),

and every later round among them. From the constant table of the chosen goal the best single change is made again and
again: another goal from some size on, or below one. Every table on the way is one that a campaign takes, and loses at
no scale more to goal 1 than a chosen goal may. Changes are chosen on half of the drawn markets, judged on the others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cofund.errors import InputError
from cofund.market.terms import MAX_GOALS
from cofund.market.validation import validate_goals
from cofund.mechanism.planning.choice import MARGIN, WEIGHTS
from cofund.mechanism.planning.expectation import Draws, can_pay, first_best
from cofund.mechanism.value_distribution import Floats
from cofund.units import ONE

GAIN: Final = 0.005
"""Part of first-best, over the scales, by which a table must be better than its goal to be proposed."""

_CELLS: Final = 2**16
"""Most values of owners that are looked at."""

_TRIED: Final = 12
"""Most goals, and most sizes of groups, at which a table is changed."""

Table = tuple[int, ...]
"""The goal of 1, 2, ... owners; 0 where nothing is sold to so few. Never decreasing."""


@dataclass(frozen=True, slots=True)
class TablePlan:
    """A goal table that is better than its cohort's goal.

    Attributes:
        entries: (least weight of the buyers, rounds sold together), as in the terms.
        shares: expected welfare as a share of first-best, at every scale.
        instead_of: the same of the constant goal, on the same markets.
    """

    entries: tuple[tuple[int, int], ...]
    shares: tuple[float, ...]
    instead_of: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SoldGoals:
    """Selling each goal to the k highest owners, k = 1, 2, ..., in every market. Shapes (goals, markets, owners)."""

    goals: tuple[int, ...]
    pays: NDArray[np.bool_]
    welfare: Floats
    best: float

    def share(self, table: Table) -> float:
        """Mean welfare of a table as a share of first-best."""
        at, sizes = np.searchsorted(self.goals, table), np.arange(len(table))
        pays = self.pays[at, :, sizes] & (np.array(table) > 0)[:, None]
        buyers = np.where(pays.any(axis=0), len(table) - pays[::-1].argmax(axis=0), 0)
        reached = self.welfare[at[buyers - 1], np.arange(pays.shape[1]), buyers - 1]
        return float(np.where(buyers > 0, reached, 0).mean()) / self.best


def goal_table(at_scales: Sequence[Draws], quality: tuple[int, ...], goal: int, rounds: int) -> TablePlan | None:
    """The best table that was found from a constant goal on; None if none is clearly better.

    Args:
        at_scales: the drawn markets of one cohort, at every scale.
        quality: of its rounds.
        goal: the one that was chosen for it.
        rounds: how many are offered; no goal is larger.
    """
    owners = at_scales[0].values.shape[1]
    half = min(len(at_scales[0].values), max(1, _CELLS // owners)) // 2
    goals = tuple(sorted({1, goal, *map(int, np.geomspace(1, rounds, _TRIED).round())}))
    learnt, judged = (
        [sold_goals(_part(draws, which, half), quality, goals) for draws in at_scales] for which in (0, 1)
    )
    if not all(each.best > 0 for each in (*learnt, *judged)):
        return None
    constant = (goal,) * owners
    found = _improved(learnt, constant, quality)
    shares, before = _shares(judged, found), _shares(judged, constant)
    if not _is_safe(judged, found) or _score(shares) < _score(before) + GAIN:
        return None
    return TablePlan(_entries(found), tuple(map(float, shares)), tuple(map(float, before)))


def _part(draws: Draws, which: int, half: int) -> Draws:
    return Draws(draws.values[which * half : (which + 1) * half], draws.supplies)


def sold_goals(draws: Draws, quality: tuple[int, ...], goals: tuple[int, ...]) -> SoldGoals:
    """Round by round from the last one: what a goal and the rounds after it bring among the k highest."""
    sizes = np.arange(1, draws.values.shape[1] + 1)
    # where clients are too few nobody pays
    costs = np.nan_to_num(draws.of_supply("true_round_cost"), posinf=0)[:, None]
    after, pays, welfare = np.zeros(draws.values.shape), [], []
    for number in range(len(quality), 0, -1):
        if number in goals:
            reached = sum(quality[:number])
            pays.append(can_pay(draws, number, reached))
            welfare.append(draws.highest[:, 1:] * reached / ONE - number * costs + after)
        step = quality[number - 1]
        buyers = np.maximum.accumulate(np.where(can_pay(draws, 1, step), sizes, 0), axis=1)
        worth = np.take_along_axis(draws.highest, buyers, axis=1) * step / ONE
        after = after + np.where(buyers > 0, worth - costs, 0)
    return SoldGoals(goals, np.array(pays[::-1]), np.array(welfare[::-1]), first_best(draws, quality))


def _improved(seen: Sequence[SoldGoals], table: Table, quality: tuple[int, ...]) -> Table:
    while True:
        options = [each for each in _changes(table, seen[0].goals) if _is_taken(each, quality) and _is_safe(seen, each)]
        best = max(options, key=lambda each: _score(_shares(seen, each)), default=table)
        if _score(_shares(seen, best)) <= _score(_shares(seen, table)):
            return table
        table = best


def _changes(table: Table, goals: Sequence[int]) -> Iterator[Table]:
    """Another goal from a size on, or below one."""
    for size in sorted(set(np.linspace(1, len(table) - 1, _TRIED).round().astype(int)) if len(table) > 1 else ()):
        below, above = table[:size], table[size:]
        yield from (below + (goal,) * len(above) for goal in goals if goal >= below[-1])
        yield from ((goal,) * size + above for goal in (0, *goals) if goal <= above[0])


def _entries(table: Table) -> tuple[tuple[int, int], ...]:
    before = (0, *table)
    return tuple((size, goal) for size, goal in enumerate(table, 1) if goal != before[size - 1])


def _is_taken(table: Table, quality: tuple[int, ...]) -> bool:
    """Whether terms may have it."""
    entries = _entries(table)
    try:
        validate_goals(entries, quality)
    except InputError:
        return False
    return 0 < len(entries) <= MAX_GOALS


def _shares(seen: Sequence[SoldGoals], table: Table) -> Floats:
    return np.array([each.share(table) for each in seen])


def _score(shares: Floats) -> float:
    return float(np.array(WEIGHTS[len(shares)]) @ shares)


def _is_safe(seen: Sequence[SoldGoals], table: Table) -> bool:
    plain = _shares(seen, (1,) * len(table))
    return bool(np.all(_shares(seen, table) >= plain - MARGIN))
