"""The figure of the frontier: every rule's shares of the ceiling, and shares of first-best against owners."""

from typing import TYPE_CHECKING, Final

import numpy as np

from cofund.study.figure import COLOURS, lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cofund.mechanism.ceiling import Ceiling
    from cofund.study.families import Family
    from cofund.study.frontier_study import Score

FOLLOWED: Final = 5
"""Rules that the right panel follows: the best of those that the ceiling bounds."""


def draw(figure: "Figure", scores: "Mapping[str, Mapping[Family, Score]]", bounds: "Mapping[Family, Ceiling]") -> None:
    """Left a row per rule that is ever funded, right a line per rule; the ceiling in black."""
    left, right = figure.subplots(1, 2, width_ratios=(1, 1))
    means = {name: float(np.mean([each.ceiling for each in found.values()])) for name, found in scores.items()}
    ranked = sorted((name for name in means if means[name] > 0), key=lambda name: means[name])
    _ranges(left, scores, ranked)
    best = [name for name in reversed(ranked) if _bound(scores[name])][:FOLLOWED]
    _by_owners(right, {name: scores[name] for name in best}, bounds)


def _bound(found: "Mapping[Family, Score]") -> bool:
    return all(each.bound for each in found.values())


def _ranges(axes: "Axes", scores: "Mapping[str, Mapping[Family, Score]]", ranked: list[str]) -> None:
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


def _by_owners(
    axes: "Axes", scores: "Mapping[str, Mapping[Family, Score]]", bounds: "Mapping[Family, Ceiling]"
) -> None:
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
