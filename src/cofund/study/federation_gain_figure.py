"""The figure of the gain of federation: the funded model by round, and what it adds at every owner's stations."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cofund.study.federation_histories import ALL
from cofund.study.figure import COLOURS, style
from cofund.study.interval import Interval
from cofund.study.result import ResultTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw(figure: "Figure", by_round: Mapping[int, Interval], levels: Mapping[str, float], owners: ResultTable) -> None:
    """Rounds on the left, owners on the right."""
    left, right = figure.subplots(1, 2, width_ratios=(3, 4))
    rounds(left, by_round, levels)
    gains(right, owners)


def rounds(axes: "Axes", by_round: Mapping[int, Interval], levels: Mapping[str, float]) -> None:
    """The owners' stations: the funded model by round, and what there is without it."""
    seen = list(by_round.values())
    axes.errorbar(list(by_round), [each.mean for each in seen], bars(seen), capsize=3, label="funded", **style(0))
    for at, (label, height) in enumerate(levels.items(), 1):
        axes.axhline(height, color=COLOURS[at], linestyle=("--", ":")[at - 1], linewidth=1.8, label=label)
    axes.set_xlabel("Rounds")
    axes.set_ylabel("Mean AUC at the owners' stations")
    axes.legend(loc="center right", bbox_to_anchor=(1, 0.3))  # where no line runs


def gains(axes: "Axes", owners: ResultTable) -> None:
    """What the funded model, from clients with all their history, adds to what each owner reaches alone."""
    rows = [row for row in owners.rows if row[2] == ALL]
    names = list(dict.fromkeys(str(row[0]) for row in rows))
    lengths = list(dict.fromkeys(str(row[1]) for row in rows))
    for at, length in enumerate(lengths):
        found = [Interval(*map(float, row[5:8])) for row in rows if row[1] == length]
        places = np.arange(len(names)) + 0.2 * (at - (len(lengths) - 1) / 2)
        look = style(at) | {"linestyle": "none"}
        label = "all its history" if length == ALL else length
        axes.errorbar([each.mean for each in found], places, xerr=bars(found), capsize=2, label=label, **look)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel("AUC gained by the funded model")
    axes.legend(loc="lower right", title="over alone with")


def bars(found: Sequence[Interval]) -> np.ndarray:
    """Lengths of error bars below and above the means, (2, n)."""
    return np.array([[each.mean - each.low, each.high - each.mean] for each in found]).T
