"""The figure of the study of goals: shares of the ceiling at three scales of the values."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from cofund.mechanism.value_distribution import Floats
from cofund.study.figure import COLOURS, MARKERS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLES: Final = ("Values half as high", "Prior right", "Values twice as high")


def draw(figure: "Figure", shares: Mapping[str, Floats]) -> None:
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
