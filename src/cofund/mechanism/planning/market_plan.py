"""Cohort, goal and rounds for a draft, and what to expect of every goal (mechanism.md, "Choosing the goal").

The same draft, seed and number of draws give the same plan. Every scale sees the same draws, so that scales and goals
differ by what they are, not by chance.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Final

import numpy as np

from cofund.errors import InputError
from cofund.market.draft import CohortOption, Draft
from cofund.market.draft_codec import load_draft
from cofund.mechanism.ceiling import ceiling
from cofund.mechanism.planning.choice import WEIGHTS, Choice, choose, scales
from cofund.mechanism.planning.expectation import Draws, Expected, chance_of_more_rounds, expectations, first_best
from cofund.mechanism.planning.goal_table import TablePlan, goal_table
from cofund.mechanism.planning.prior import owner_values, profiles
from cofund.mechanism.planning.supply import Supply, supplies
from cofund.mechanism.value_distribution import Floats, ValueDistribution
from cofund.units import ONE

DRAWN: Final = 4_000
_PROFILES: Final = 16_000
"""Value profiles for a ceiling, over all supplies together."""

RARE: Final = 0.01
"""Rounds that run with a smaller chance than this, even at the largest scale, are not worth offering."""


@dataclass(frozen=True, slots=True)
class CohortPlan:
    """One cohort, whether it is suggested or not.

    Attributes:
        option: the cohort.
        choice: its goals.
        rounds: how many to offer with its goal.
        expected: for every scale, what to expect of the goals 1, 2, ....
        first_best: expected first-best at every scale.
        placeable: chance that there are enough clients.
    """

    option: CohortOption
    choice: Choice
    rounds: int
    expected: tuple[tuple[Expected, ...], ...]
    first_best: tuple[float, ...]
    placeable: float

    def welfare(self) -> Floats:
        """Expected welfare. Shape (scales, goals)."""
        return np.array([[each.welfare for each in goals] for goals in self.expected])


@dataclass(frozen=True, slots=True)
class MarketPlan:
    """What ``cofund plan`` says.

    Attributes:
        suggested: the cohort to take, with its goal.
        cohorts: all of them, in the order of the draft.
        scales: what all values are multiplied by; the prior's own scale is 1.
        ceiling: welfare ceiling of the suggested cohort as a share of first-best, at every scale; None with a match,
            since a sponsor's money can exceed it.
        draws: markets that were drawn.
        seed: of the draws.
        table: a goal table for the suggested cohort that is better than its goal, if one was found.
    """

    suggested: CohortPlan
    cohorts: tuple[CohortPlan, ...]
    scales: tuple[float, ...]
    ceiling: tuple[float, ...] | None
    draws: int
    seed: int
    table: TablePlan | None

    def share(self, goal: int, scale: int) -> float:
        """Expected welfare of a goal as a share of first-best, at the scale with this position."""
        best = self.suggested.first_best[scale]
        return self.suggested.expected[scale][goal - 1].welfare / best if best > 0 else 1.0


def plan(draft: Draft | str, *, seed: int = 1, draws: int = DRAWN) -> MarketPlan:
    """Compare all cohorts and goals of a draft.

    Args:
        draft: rough terms, or the file that has them.
        seed: the same seed draws the same markets.
        draws: markets to draw.

    Raises:
        InputError: if the file is no draft, or no cohort finds enough clients.
    """
    draft = load_draft(draft) if isinstance(draft, str) else draft
    values = owner_values(draft.prior)
    drawn = profiles(values, draft.prior.owners, draws, seed)
    looked_at = scales(draft.prior.off_by)
    supplied = [supplies(draft, option, seed) for option in draft.options]
    cohorts = tuple(
        _cohort_plan(option, of_option, drawn, looked_at)
        for option, of_option in zip(draft.options, supplied, strict=True)
    )
    if not any(each.placeable for each in cohorts):
        raise InputError(
            "", "clients", "expected enough at or below the ceiling for a cohort, got too few in every draw"
        )
    best = max(range(len(cohorts)), key=lambda at: _score(cohorts[at], cohorts))
    chosen = cohorts[best]
    shares = (
        None if draft.terms.match else _ceilings(values, draft.prior.owners, chosen, supplied[best], looked_at, seed)
    )
    at_scales = _at_scales(chosen.option, supplied[best], drawn, looked_at)
    table = goal_table(at_scales, chosen.option.quality, chosen.choice.goal, chosen.rounds)
    return MarketPlan(chosen, cohorts, looked_at, shares, draws, seed, table)


def _cohort_plan(
    option: CohortOption, of_option: tuple[Supply, ...], drawn: Floats, looked_at: tuple[float, ...]
) -> CohortPlan:
    at_scales = _at_scales(option, of_option, drawn, looked_at)
    expected = tuple(expectations(each, option.quality) for each in at_scales)
    best = tuple(first_best(each, option.quality) for each in at_scales)
    choice = choose(np.array([[each.welfare for each in goals] for goals in expected]), best)
    chances = chance_of_more_rounds(at_scales[-1], option.quality, choice.goal)
    rounds = max(choice.goal, next(more for more, chance in enumerate(chances) if chance < RARE))
    placed = [isfinite(each.true_round_cost) for each in of_option]
    return CohortPlan(option, choice, rounds, expected, best, sum(placed) / len(placed))


def _at_scales(
    option: CohortOption, of_option: tuple[Supply, ...], drawn: Floats, looked_at: tuple[float, ...]
) -> list[Draws]:
    return [Draws(np.floor(drawn * (scale * option.worth / ONE)), of_option) for scale in looked_at]


def _score(one: CohortPlan, cohorts: tuple[CohortPlan, ...]) -> float:
    """Welfare of its goal over the scales, each counted in the best first-best of any cohort."""
    units = [max(each.first_best[scale] for each in cohorts) or 1.0 for scale in range(len(one.first_best))]
    reached = one.welfare()[:, one.choice.goal - 1]
    return float(np.array(WEIGHTS[len(units)]) @ (reached / np.array(units)))


def _ceilings(
    values: ValueDistribution,
    owners: int,
    chosen: CohortPlan,
    supplied: tuple[Supply, ...],
    looked_at: tuple[float, ...],
    seed: int,
) -> tuple[float, ...]:
    """The ceiling as a share of first-best, over all possible costs of a round; it takes each as known."""
    steps = [step / ONE for step in chosen.option.quality]
    costs = [each.true_round_cost for each in supplied if isfinite(each.true_round_cost)]
    shares: list[float] = []
    for scale in looked_at:
        worth = values.scaled(scale * chosen.option.worth / ONE)
        bounds = [ceiling([worth] * owners, steps, cost, seed=seed, profiles=_PROFILES // len(costs)) for cost in costs]
        best = sum(each.first_best for each in bounds)
        shares.append(sum(each.welfare for each in bounds) / best if best > 0 else 1.0)
    return tuple(shares)
