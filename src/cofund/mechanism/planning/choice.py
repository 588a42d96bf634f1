"""Which goal to choose if the prior's scale may be off (mechanism.md, "Choosing the goal").

With W_s(g) the expected welfare of goal g and F_s first-best when all values are s times what the prior says,

    maximise   W_1/d(g) / F_1/d + 2 W_1(g) / F_1 + W_d(g) / F_d        for a prior that may be off by d,
    among g with   W_s(g) >= W_s(1) - MARGIN F_s   for every s.

Goal 1 meets the condition, so there always is such a goal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cofund.mechanism.value_distribution import Floats

MARGIN: Final = 0.005
"""Part of first-best that the chosen goal may lose to goal 1 at any scale: half a point, the other half for chance."""

WEIGHTS: Final = {1: (1.0,), 3: (0.25, 0.5, 0.25)}
"""Number of scales -> how much each counts."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Goals of one cohort.

    Attributes:
        goal: the one that is suggested.
        trusting: the best one if the scale is right.
    """

    goal: int
    trusting: int


def scales(off_by: float) -> tuple[float, ...]:
    """Scales that are looked at; the prior's own is in the middle."""
    return (1 / off_by, 1.0, off_by) if off_by > 1 else (1.0,)


def choose(welfare: Floats, best: Sequence[float]) -> Choice:
    """Choose a goal.

    Args:
        welfare: expected welfare. Shape (scales, goals), from goal 1.
        best: expected first-best at each scale.
    """
    unit = np.array([each if each > 0 else 1.0 for each in best])
    shares = welfare / unit[:, None]
    scores = np.array(WEIGHTS[len(unit)]) @ shares
    safe = np.all(shares >= shares[:, :1] - MARGIN, axis=0)
    goal = int(np.where(safe, scores, -np.inf).argmax())
    return Choice(goal + 1, int(shares[len(unit) // 2].argmax()) + 1)
