"""``half-goal``: a provision point with the wrong goal, half of the rounds and no stretch (mechanism.md, "Laboratory").

What all-or-nothing crowdfunding loses when the initiator guesses the scale wrong by a factor of two.
"""

from typing import Final

from cofund.market.instance import Instance
from cofund.mechanism.charges import Charges
from cofund.mechanism.cohort import Cohort
from cofund.mechanism.registry import SHARING, charging
from cofund.mechanism.serial import sell
from cofund.units import div_up


def half_goal(instance: Instance, cohort: Cohort) -> Charges:
    """Sell the first ``ceil(R / 2)`` rounds together, all or nothing, and no round after them."""
    rounds = div_up(len(instance.quality), 2)
    return sell(instance, cohort, ((1, rounds),), last=rounds)


RULE: Final = charging("half-goal", half_goal, SHARING, "half of the rounds or nothing: the wrong scale")
