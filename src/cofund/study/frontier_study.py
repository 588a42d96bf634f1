"""How close every rule comes to first-best, and to the ceiling that no truthful rule in balance exceeds.

For every rule and every family of markets (owners, distribution of values, learning curve, value over cost, clients'
costs): expected welfare over expected first-best; the same over the ceiling; the part of the cost
that the owners do not cover; the largest loss of an agent that tells the truth; the largest gain that a search over
misreports found. Only rules with the last three at 0 are bound by the ceiling.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

from cofund.mechanism.ceiling import Ceiling, ceiling
from cofund.mechanism.registry import rules
from cofund.mechanism.rules import clear as efficient
from cofund.study.families import COSTS, CURVES, ROUNDS, VALUES, Family
from cofund.study.figure import COLOURS, lines
from cofund.study.regret import Clear, largest_loss, largest_regret
from cofund.study.result import Result, ResultTable, Tick, ticking
from cofund.units import ONE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WITH_GOAL: Final = "serial, best goal"
"""``serial`` with the goal that does best on other draws of the family's values; the others see a goal of 1."""

GOALS: Final = (1, 4, 8, 12, 16, ROUNDS)
"""Goals that it chooses from."""

REDUCING: Final = "mcafee"
"""The rule that gives up a trade: it looks for one client more than the others, so that it can hire as many."""

FEWEST: Final = 6
"""Clients that it may go down to where the owners do not buy more; the others hire the whole cohort or nobody."""


@dataclass(frozen=True, slots=True)
class FrontierConfiguration:
    """Size of the study.

    Attributes:
        owners: numbers of owners.
        ratios: expected value over cost.
        markets: markets drawn from each family.
        rehearsed: other markets drawn to choose the goal.
        searched: of these, how many are searched for misreports.
        tried: owners, and clients, whose misreports are tried in each.
        profiles: value profiles drawn for each ceiling.
    """

    owners: tuple[int, ...] = (3, 6, 12, 30)
    ratios: tuple[float, ...] = (2, 6)
    markets: int = 30
    rehearsed: int = 15
    searched: int = 1
    tried: int = 1
    profiles: int = 10_000


DEFAULT: Final = FrontierConfiguration()
FULL: Final = FrontierConfiguration(markets=400, rehearsed=100, searched=10, tried=4, profiles=100_000)


@dataclass(frozen=True, slots=True)
class Score:
    """One rule on one family; shares of expected first-best, of the ceiling, of the cost and of agents' stakes."""

    first_best: float
    ceiling: float
    deficit: float
    loss: float
    regret: float

    @property
    def bound(self) -> bool:
        """Whether the ceiling speaks about it: no deficit, no loss, no lie that gained, up to rounding."""
        return max(self.deficit, self.loss, self.regret) < ROUNDING


ROUNDING: Final = 1e-6


def study(configuration: FrontierConfiguration, tick: Tick) -> Result:
    """Score every rule on every family."""
    chosen = list(families(configuration))
    bounds: dict[Family, Ceiling] = {}
    scores: dict[str, dict[Family, Score]] = {}
    for family in ticking(chosen, tick):
        bounds[family] = bound(family, configuration.profiles)
        for name, clear in contenders(family, configuration).items():
            scores.setdefault(name, {})[family] = score(clear, family, bounds[family], configuration)
    tables = (summary(scores, bounds), groups(scores, configuration), ceilings(bounds), details(scores))
    return Result(tables, lambda figure: draw(figure, scores, bounds), (7.2, 3.8))


def families(configuration: FrontierConfiguration) -> Iterator[Family]:
    """Every combination, each with its own clients."""
    grid = product(configuration.owners, VALUES, CURVES, configuration.ratios, COSTS)
    for seed, (owners, values, curve, ratio, costs) in enumerate(grid, 1):
        yield Family(owners, values, curve, ratio, costs, seed=seed)


def contenders(family: Family, configuration: FrontierConfiguration) -> dict[str, Clear]:
    """Every rule that has a name, and ``serial`` with the goal that a prior suggests."""
    named: dict[str, Clear] = {rule.name: rule.clear for rule in rules()}
    serial, reducing = named["serial"], named[REDUCING]
    named[REDUCING] = lambda market: reducing(replace(market, cohort=market.cohort + 1, min_cohort=FEWEST))
    first = configuration.markets  # the draws before are those that are scored
    rehearsal = [family.market(first + number) for number in range(configuration.rehearsed)]
    goal = max(GOALS, key=lambda each: sum(serial(replace(market, goal=each)).welfare for market in rehearsal))
    return {"serial": serial, WITH_GOAL: lambda market: serial(replace(market, goal=goal)), **named}


def bound(family: Family, profiles: int) -> Ceiling:
    """The ceiling of a family, given its clients' costs."""
    steps = [step / ONE for step in CURVES[family.curve]]
    owners = [family.distribution] * family.owners
    return ceiling(owners, steps, family.true_round_cost, seed=family.seed, profiles=profiles)


def score(clear: Clear, family: Family, best: Ceiling, configuration: FrontierConfiguration) -> Score:
    """Means over the family's markets."""
    markets = [family.market(number) for number in range(configuration.markets)]
    outcomes = [clear(market) for market in markets]
    first_best = sum(efficient(market).first_best for market in markets)
    share = sum(outcome.welfare for outcome in outcomes) / first_best if first_best else 1.0
    cost = sum(outcome.clients_paid + outcome.edges_paid + outcome.coordinator_paid for outcome in outcomes)
    missing = sum(outcome.sponsor_paid - min(0, outcome.surplus) for outcome in outcomes)
    loss = max(largest_loss(market, outcome) for market, outcome in zip(markets, outcomes, strict=True))
    regret = max(
        largest_regret(clear, market, configuration.tried, family.seed) for market in markets[: configuration.searched]
    )
    return Score(share, share / best.share, missing / cost if cost else 0.0, loss, regret)


def summary(scores: Mapping[str, Mapping[Family, Score]], bounds: Mapping[Family, Ceiling]) -> ResultTable:
    """A line per rule: means and the worst over the families."""
    rows = [(name, *_line(list(found.values()))) for name, found in scores.items()]
    shares = [each.share for each in bounds.values()]
    rows.append(("ceiling", float(np.mean(shares)), min(shares), 1.0, 1.0, 0.0, 0.0, 0.0))
    header = ("rule", "first-best", "worst", "ceiling", "worst ", "deficit", "loss", "regret")
    title = f"Expected welfare as a share of first-best and of the ceiling, over {len(bounds)} families of markets"
    return ResultTable("frontier", title, header, tuple(rows))


def groups(scores: Mapping[str, Mapping[Family, Score]], configuration: FrontierConfiguration) -> ResultTable:
    """A line per rule: its mean share of the ceiling by value over cost and clients' costs."""
    kinds = list(product(configuration.ratios, COSTS))
    rows: list[tuple[str | float, ...]] = [
        (name, *(_mean_share(found, ratio, costs) for ratio, costs in kinds)) for name, found in scores.items()
    ]
    header = ("rule", *(f"{ratio} x, {costs}" for ratio, costs in kinds))
    return ResultTable("groups", "Mean share of the ceiling by value over cost and clients' costs", header, tuple(rows))


def _mean_share(found: Mapping[Family, Score], ratio: float, costs: str) -> float:
    chosen = [each.ceiling for family, each in found.items() if (family.ratio, family.costs) == (ratio, costs)]
    return float(np.mean(chosen))


def _line(found: Sequence[Score]) -> tuple[float, float, float, float, float, float, float]:
    first, upper = [each.first_best for each in found], [each.ceiling for each in found]
    return (
        float(np.mean(first)),
        min(first),
        float(np.mean(upper)),
        min(upper),
        float(np.mean([each.deficit for each in found])),
        max(each.loss for each in found),
        max(each.regret for each in found),
    )


def _label(family: Family) -> tuple[int, str, str, float, str]:
    return family.owners, family.values, family.curve, family.ratio, family.costs


_LABELS: Final = ("owners", "values", "curve", "value/cost", "client costs")


def ceilings(bounds: Mapping[Family, Ceiling]) -> ResultTable:
    """A line per family."""
    rows = [
        (*_label(family), each.share, each.share_error, each.multiplier, each.profiles)
        for family, each in bounds.items()
    ]
    header = (*_LABELS, "ceiling/first-best", "standard error", "multiplier", "profiles")
    return ResultTable("ceilings", "The ceiling of every family", header, tuple(rows), shown=False)


def details(scores: Mapping[str, Mapping[Family, Score]]) -> ResultTable:
    """A line per rule and family."""
    rows = [
        (name, *_label(family), each.first_best, each.ceiling, each.deficit, each.loss, each.regret)
        for name, found in scores.items()
        for family, each in found.items()
    ]
    header = ("rule", *_LABELS, "of first-best", "of ceiling", "deficit", "loss", "regret")
    return ResultTable("families", "Every rule on every family", header, tuple(rows), shown=False)


FOLLOWED: Final = 5
"""Rules that the right panel follows: the best of those that the ceiling bounds."""


def draw(figure: "Figure", scores: Mapping[str, Mapping[Family, Score]], bounds: Mapping[Family, Ceiling]) -> None:
    """Left a row per rule that is ever funded, right a line per rule; the ceiling in black."""
    left, right = figure.subplots(1, 2, width_ratios=(1, 1))
    means = {name: float(np.mean([each.ceiling for each in found.values()])) for name, found in scores.items()}
    ranked = sorted((name for name in means if means[name] > 0), key=lambda name: means[name])
    _ranges(left, scores, ranked)
    best = [name for name in reversed(ranked) if _bound(scores[name])][:FOLLOWED]
    _by_owners(right, {name: scores[name] for name in best}, bounds)


def _bound(found: Mapping[Family, Score]) -> bool:
    return all(each.bound for each in found.values())


def _ranges(axes: "Axes", scores: Mapping[str, Mapping[Family, Score]], ranked: list[str]) -> None:
    """From the worst to the best family, the mean as a marker: filled if the ceiling bounds the rule."""
    for row, name in enumerate(ranked):
        shares = [max(0.0, each.ceiling) for each in scores[name].values()]
        filled = _bound(scores[name])
        colour = COLOURS[0] if filled else COLOURS[1]
        axes.plot([min(shares), max(shares)], [row, row], color=colour, linewidth=1, alpha=0.7)
        face = colour if filled else "white"
        axes.plot([np.mean(shares)], [row], "o" if filled else "s", color=colour, markerfacecolor=face)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_yticks(range(len(ranked)), ranked)
    axes.set_xlabel("Expected welfare / ceiling")
    axes.set_title("Worst, mean and best family", fontsize=9, loc="left")
    axes.plot([], [], "o", color=COLOURS[0], label="truthful, voluntary, no deficit")
    axes.plot(
        [], [], "s", color=COLOURS[1], markerfacecolor="white", label="a deficit, a loss or a gain by a lie was found"
    )
    axes.legend(loc="upper center", bbox_to_anchor=(0.25, -0.16))


def _by_owners(axes: "Axes", scores: Mapping[str, Mapping[Family, Score]], bounds: Mapping[Family, Ceiling]) -> None:
    owners = sorted({family.owners for family in bounds})
    tops = [np.mean([each.share for family, each in bounds.items() if family.owners == count]) for count in owners]
    axes.plot(owners, tops, color="black", linewidth=2, label="ceiling")
    means = {
        name: [
            float(np.mean([each.first_best for family, each in found.items() if family.owners == count]))
            for count in owners
        ]
        for name, found in scores.items()
    }
    lines(axes, owners, means, "Owners")
    axes.set_ylabel("Expected welfare / first-best")
    axes.set_title("Means by number of owners", fontsize=9, loc="left")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
