"""How much of the ceiling the goal of ``cofund plan`` reaches, with the right prior and with a scale wrong by two.

For every family of markets of the frontier, goals are chosen on drawn markets and scored on others. The values that
are scored are what the prior says, half of it or twice as much. Goals are chosen as if the scale may be off by 2, as
``cofund plan`` does, by less, or not at all. Beside them stand the best blocks of any sizes, which bound what a goal
can reach, and two rivals: a rule of thumb for the goal, and the clock with the table that is best for the prior.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from cofund.mechanism.ceiling import ceiling
from cofund.mechanism.planning.choice import WEIGHTS, choose, scales
from cofund.mechanism.planning.expectation import Draws, expectations, first_best
from cofund.mechanism.planning.prior import profiles
from cofund.mechanism.planning.supply import supply
from cofund.mechanism.value_distribution import Floats
from cofund.study import frontier_study
from cofund.study.families import CURVES, VALUES, Family
from cofund.study.figure import COLOURS, MARKERS
from cofund.study.goal_blocks import best_blocks, block_welfare, blocks_welfare
from cofund.study.goal_clock import best_table, clock_welfare
from cofund.study.result import Cell, Result, ResultTable, Tick, ticking
from cofund.units import ONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

SCALES: Final = scales(2)
RIGHT: Final = 1
"""Position of the prior's own scale."""

Rows = tuple[tuple[Cell, ...], ...]

OFF_BY: Final = (2.0, 1.4, 1.2)
"""By how much a prior's scale may be off, for those who choose by ``cofund plan``."""

PLAIN: Final = "goal 1"


@dataclass(frozen=True, slots=True)
class GoalConfiguration:
    """Size of the study.

    Attributes:
        owners: numbers of owners.
        values: keys of ``VALUES``.
        ratios: expected value over cost, by the prior.
        draws: markets drawn to choose, and again to score.
        profiles: value profiles drawn for each ceiling.
    """

    owners: tuple[int, ...] = (3, 6, 12, 30)
    values: tuple[str, ...] = tuple(VALUES)
    ratios: tuple[float, ...] = (2, 6)
    draws: int = 4_000
    profiles: int = 5_000


DEFAULT: Final = GoalConfiguration()
FULL: Final = GoalConfiguration(draws=20_000, profiles=40_000)


@dataclass(frozen=True, slots=True)
class Scores:
    """One family: how each way to choose does.

    Attributes:
        blocks: name -> sizes of the blocks that were chosen.
        shares: name -> share of the ceiling at every scale.
    """

    blocks: dict[str, tuple[int, ...]]
    shares: dict[str, tuple[float, ...]]


def study(configuration: GoalConfiguration, tick: Tick) -> Result:
    """Choose and score for every family."""
    known = frontier_study.families(frontier_study.FrontierConfiguration(configuration.owners, configuration.ratios))
    chosen = [family for family in known if family.values in configuration.values]
    scores = {family: score(family, configuration) for family in ticking(chosen, tick)}
    tables = (summary(scores), groups(scores, configuration), details(scores))
    return Result(tables, lambda figure: draw(figure, shares_by_name(scores)), (7.2, 2.8))


def score(family: Family, configuration: GoalConfiguration) -> Scores:
    """Choose on one set of drawn markets, score on another."""
    quality = CURVES[family.curve]
    scored = [_draws(family, scale, configuration.draws, 2 * family.seed + 1) for scale in SCALES]
    blocks = contenders(family, configuration.draws)
    tops = [_ceiling(family, scale, each, configuration.profiles) for scale, each in zip(SCALES, scored, strict=True)]
    welfare = [block_welfare(each, quality) for each in scored]
    shares = {
        name: tuple(blocks_welfare(of_scale, sizes) / top for of_scale, top in zip(welfare, tops, strict=True))
        for name, sizes in blocks.items()
    }
    table = best_table(family.distribution, family.owners, quality, supply(family.supply))
    clock = tuple(clock_welfare(each, quality, table) / top for each, top in zip(scored, tops, strict=True))
    return Scores(blocks, shares | {"best clock": clock})


def contenders(family: Family, draws: int) -> dict[str, tuple[int, ...]]:
    """Name -> sizes of the blocks, chosen on drawn markets; a goal is a block, followed by blocks of one round."""
    quality, seed = CURVES[family.curve], 2 * family.seed
    chosen = {off_by: choose(*_expected(family, off_by, draws, seed)) for off_by in OFF_BY}
    seen = [_draws(family, scale, draws, seed) for scale in SCALES]
    welfare = [block_welfare(each, quality) for each in seen]
    best = [first_best(each, quality) for each in seen]
    unsure = sum(part * each / unit for part, each, unit in zip(WEIGHTS[3], welfare, best, strict=True))
    total = family.distribution.mean * family.owners
    efficient = sum(step * total >= family.true_round_cost * ONE for step in quality)
    goals = {f"plan {off_by:g}": choice.goal for off_by, choice in chosen.items()}
    goals = {PLAIN: 1, **goals, "best goal": chosen[2.0].trusting, "3/4 of efficient": max(1, round(0.75 * efficient))}
    return {
        **{name: (goal, *[1] * (len(quality) - goal)) for name, goal in goals.items()},
        "best blocks": best_blocks(welfare[RIGHT]),
        "blocks 2": best_blocks(np.asarray(unsure)),
    }


def _expected(family: Family, off_by: float, count: int, seed: int) -> tuple[Floats, list[float]]:
    """Expected welfare of every goal and first-best at the scales of a prior that may be off by so much."""
    quality = CURVES[family.curve]
    seen = [_draws(family, scale, count, seed) for scale in scales(off_by)]
    welfare = [[each.welfare for each in expectations(draws, quality)] for draws in seen]
    return np.array(welfare), [first_best(draws, quality) for draws in seen]


def _draws(family: Family, scale: float, count: int, seed: int) -> Draws:
    values = profiles(family.distribution, family.owners, count, seed)
    return Draws(np.floor(values * scale), (supply(family.supply),))


def _ceiling(family: Family, scale: float, draws: Draws, count: int) -> float:
    """First-best of the drawn markets times the ceiling's share of first-best, which varies less than the ceiling."""
    quality = CURVES[family.curve]
    values = [family.distribution.scaled(scale)] * family.owners
    steps = [step / ONE for step in quality]
    share = ceiling(values, steps, family.true_round_cost, seed=family.seed, profiles=count).share
    return first_best(draws, quality) * share


def shares_by_name(scores: dict[Family, Scores]) -> dict[str, Floats]:
    """Name -> shares of the ceiling. Shape (families, scales)."""
    names = next(iter(scores.values())).shares
    return {name: np.array([each.shares[name] for each in scores.values()]) for name in names}


def summary(scores: dict[Family, Scores]) -> ResultTable:
    """A line per way to choose."""
    shares = shares_by_name(scores)
    rows: Rows = tuple(
        (name, *map(float, of.mean(axis=0)), *map(float, of.min(axis=0)), *map(float, (of - shares[PLAIN]).min(axis=0)))
        for name, of in shares.items()
    )
    kinds = ("mean", "worst", "-goal 1")
    header = ("chosen", *(f"{kind} x{scale:g}" for kind in kinds for scale in SCALES))
    title = (
        f"Share of the ceiling over {len(scores)} families, values times 0.5, 1, 2: mean, worst, least over goal 1; "
        "plan 1.4: as if the scale may be off by 1.4"
    )
    return ResultTable("goal", title, header, rows)


def groups(scores: dict[Family, Scores], configuration: GoalConfiguration) -> ResultTable:
    """A line per way to choose: its mean by value over cost and number of owners, with the right prior."""
    kinds = [(ratio, owners) for ratio in configuration.ratios for owners in configuration.owners]
    shares = shares_by_name(scores)
    members = [[(each.ratio, each.owners) == kind for each in scores] for kind in kinds]
    rows: Rows = tuple((name, *(float(of[here, RIGHT].mean()) for here in members)) for name, of in shares.items())
    header = ("chosen", *(f"{ratio:g} x, {owners}" for ratio, owners in kinds))
    return ResultTable(
        "goal-groups", "Mean share of the ceiling by value over cost and owners, right prior", header, rows
    )


def details(scores: dict[Family, Scores]) -> ResultTable:
    """A line per family and way to choose."""
    rows: Rows = tuple(
        (
            *(family.owners, family.values, family.curve, family.ratio, family.costs, name),
            " ".join(map(str, each.blocks.get(name, ()))),
            *shares,
        )
        for family, each in scores.items()
        for name, shares in each.shares.items()
    )
    labels = ("owners", "values", "curve", "value/cost", "client costs", "chosen", "sizes")
    header = (*labels, *(f"of ceiling x {scale:g}" for scale in SCALES))
    return ResultTable("goal-families", "Every family", header, rows, shown=False)


TITLES: Final = ("Values half as high", "Prior right", "Values twice as high")


def draw(figure: "Figure", shares: "Mapping[str, Floats]") -> None:
    """A panel per scale, a row per way to choose: from the worst to the best family, with the mean."""
    panels = figure.subplots(1, len(TITLES), sharey=True)
    names = list(shares)[::-1]
    for at, (axes, title) in enumerate(zip(panels, TITLES, strict=True)):
        for row, name in enumerate(names):
            found = shares[name][:, at]
            axes.plot([found.min(), found.max()], [row, row], color=COLOURS[at], linewidth=1, alpha=0.7)
            axes.plot([np.mean(found)], [row], MARKERS[at], color=COLOURS[at])
        axes.axvline(1, color="black", linewidth=1)
        axes.set_title(title, fontsize=9, loc="left")
        axes.set_xlabel("Welfare / ceiling")
    panels[0].set_yticks(range(len(names)), names)
