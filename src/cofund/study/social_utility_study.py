"""Social utility against the number of owners, of clients, and the owners' budget, for every rule and baseline.

Welfare is the owners' values of the rounds they get less the true cost of the rounds. Baselines are the laboratory's
rules: random clients, one posted price, one owner alone, and so on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from cofund.market.instance import Instance
from cofund.mechanism.registry import names, rule
from cofund.study.families import ROUNDS, Family
from cofund.study.figure import lines
from cofund.study.regret import Clear
from cofund.study.result import Result, ResultTable, Tick, ticking

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COMPARED: Final = ("serial", "provision", "vcg", "posted", "random", "equal", "single")
"""Those of these rules that have a name are compared, in this order."""

EFFICIENT: Final = "vcg"

BASE: Final = Family(owners=8, values="exponential", curve="exponential 0.2", ratio=3, costs="spread", clients=24)
"""What is not varied. An owner's mean value is this family's along the axes of owners and clients."""


@dataclass(frozen=True, slots=True)
class SocialUtilityConfiguration:
    """What is varied, and how many markets each mean is over."""

    owners: tuple[int, ...] = (2, 4, 8, 12, 16, 24, 32)
    clients: tuple[int, ...] = (9, 12, 16, 24, 36, 48)
    budgets: tuple[float, ...] = (0.25, 0.5, 0.75, 1, 1.5, 2, 3)
    markets: int = 100


DEFAULT: Final = SocialUtilityConfiguration()
FULL: Final = SocialUtilityConfiguration(markets=1000)

Curves = dict[str, list[float]]


def study(configuration: SocialUtilityConfiguration, tick: Tick) -> Result:
    """Mean welfare of every rule along three axes."""
    compared = [name for name in COMPARED if name in names()]
    worth = BASE.distribution.mean
    axes: dict[str, tuple[Sequence[float], list[Family]]] = {
        "owners": (configuration.owners, [_worth(replace(BASE, owners=n), worth) for n in configuration.owners]),
        "clients": (configuration.clients, [_worth(replace(BASE, clients=n), worth) for n in configuration.clients]),
        "budget": (configuration.budgets, [_worth(BASE, worth * scale) for scale in configuration.budgets]),
    }
    curves: dict[str, Curves] = {axis: {name: [] for name in compared} for axis in axes}
    for axis, family in ticking([(axis, each) for axis, (_, varied) in axes.items() for each in varied], tick):
        markets = [family.market(number) for number in range(configuration.markets)]
        for name in compared:
            curves[axis][name].append(mean_welfare(rule(name).clear, markets))
    tables = tuple(_table(axis, across, curves[axis]) for axis, (across, _) in axes.items())
    return Result(
        tables, lambda figure: draw(figure, {axis: (axes[axis][0], curves[axis]) for axis in axes}), (7.2, 4.6)
    )


def mean_welfare(clear: Clear, markets: Sequence[Instance]) -> float:
    """In thousands of base units."""
    return float(np.mean([clear(market).welfare for market in markets])) / 1000


def _worth(family: Family, mean_value: float) -> Family:
    """The family in which an owner's mean value is this, whatever its clients cost."""
    return replace(family, ratio=mean_value * family.owners / (family.true_round_cost * ROUNDS))


_TITLES: Final = {"owners": "Owners", "clients": "Clients that offer", "budget": "Owners' bids, times the base"}


def _table(axis: str, across: Sequence[float], means: Curves) -> ResultTable:
    rows = tuple((point, *(line[at] for line in means.values())) for at, point in enumerate(across))
    title = f"Social utility in thousands of base units, by {_TITLES[axis].lower()}"
    return ResultTable(f"social-utility-{axis}", title, (axis, *means), rows)


def draw(figure: "Figure", curves: Mapping[str, tuple[Sequence[float], Curves]]) -> None:
    """A column per axis: above social utility, below its share of the efficient rule's; one legend."""
    above, below = figure.subplots(2, len(curves), sharex="col")
    for column, (axis, (across, means)) in enumerate(curves.items()):
        lines(above[column], across, means, "")
        shares = {
            name: [welfare / best for welfare, best in zip(line, means[EFFICIENT], strict=True)]
            for name, line in means.items()
        }
        lines(below[column], across, shares, _TITLES[axis])
        above[column].set_ylim(bottom=0)
        below[column].set_ylim(0, 1.04)
    above[0].set_ylabel("Social utility\n(thousand base units)")
    below[0].set_ylabel(f"Share of the efficient\nsocial utility ({EFFICIENT})")
    handles, labels = above[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
