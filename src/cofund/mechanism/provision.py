"""The provision point: all rounds or nothing (mechanism.md, 3c)."""

from cofund.market.instance import Instance
from cofund.mechanism.charges import Charges
from cofund.mechanism.cohort import Cohort
from cofund.mechanism.serial import sell


def provision(instance: Instance, cohort: Cohort) -> Charges:
    """``serial`` with every round in the goal, whatever goal the instance states."""
    return sell(instance, cohort, len(instance.quality))
