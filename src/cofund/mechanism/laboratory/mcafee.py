"""``mcafee``: trade reduction on the clients' side, serial sharing on the owners' (mechanism.md, "Laboratory").

Of the numbers of clients k from ``min_cohort`` to K - 1 the largest is taken at which the owners buy the goal; the next
client is the trade given up, and with the other losers it sets the price. For a fixed k that is mechanism.md, 2, so no
client can move the cost of a k at which it is hired, nor gain at another. But fewer clients cost less for the same
rounds, and k moves with the bids: an owner gains by bidding less.

Source: McAfee 1992; Moulin 1994 for the shares.
"""

from bisect import bisect_left
from dataclasses import replace
from typing import Final

from cofund.market.instance import Instance
from cofund.mechanism.charges import Charges, not_funded
from cofund.mechanism.cohort import Cohort
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.registry import TRUTHFUL, Axiom, Rule
from cofund.mechanism.rules import clear_by
from cofund.mechanism.serial import serial


def mcafee(instance: Instance) -> Outcome:
    """The outcome after the trade reduction; not funded where ``min_cohort`` is K."""
    sizes = range(instance.min_cohort, instance.cohort)
    # A round of more clients costs no less (the price rises too), so the funded sizes come first.
    last = bisect_left(sizes, True, key=lambda size: not _reduced(instance, size).funded) - 1
    return _reduced(instance, sizes[last]) if last >= 0 else clear_by(instance, "mcafee", _refuse)


def _reduced(instance: Instance, size: int) -> Outcome:
    return clear_by(replace(instance, cohort=size), "mcafee", serial)


def _refuse(instance: Instance, cohort: Cohort) -> Charges:
    return not_funded(instance, cohort, "the owners do not buy the goal from any number of clients below the cohort")


RULE: Final = Rule(
    "mcafee",
    mcafee,
    TRUTHFUL - {Axiom.OWNERS_STRATEGYPROOF},
    "trade reduction, serial sharing; owners gain by bidding less",
)
