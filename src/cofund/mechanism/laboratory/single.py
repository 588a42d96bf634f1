"""``single``: the richest owner alone buys the model (mechanism.md, "Laboratory").

With ``Q(l)`` the quality of l rounds, P' the round cost after the match and b' the second highest bid, the highest
bidder faces the menu ``t(l) = max(l P', ceil(b' Q(l) / ONE))`` and gets the level that is best for it by its bid. The
menu contains nothing of its own bid, and costs anyone else at least what it is worth to them: a Vickrey auction with a
reserve, for levels instead of one good.
"""

from itertools import accumulate
from typing import Final

from cofund.market.instance import Instance
from cofund.mechanism.charges import Charges, not_funded, sold
from cofund.mechanism.cohort import Cohort
from cofund.mechanism.registry import TRUTHFUL, charging
from cofund.mechanism.serial import cost_of_a_round
from cofund.units import ONE, div_up


def single(instance: Instance, cohort: Cohort) -> Charges:
    """Only the highest bidder buys; ties go to the earlier owner."""
    bids = [owner.bid for owner in instance.owners]
    if not bids:
        return not_funded(instance, cohort, "there are no owners")
    richest = bids.index(max(bids))
    second = max(bids[:richest] + bids[richest + 1 :], default=0)
    round_cost, matched = cost_of_a_round(instance, cohort)
    level, price = _best_level(instance, bids[richest], second, round_cost)
    if level == 0:
        return not_funded(instance, cohort, "no level is worth its price to the highest bidder")
    levels, charges = [0] * len(bids), [0] * len(bids)
    levels[richest], charges[richest] = level, price
    return sold(instance, cohort, levels, charges, matched)


def _best_level(instance: Instance, bid: int, second: int, round_cost: int) -> tuple[int, int]:
    """The level that leaves most of ``bid``, the higher of two that leave the same, and its price."""
    best = (0, 0, 0)
    for level, quality in enumerate(accumulate(instance.quality), start=1):
        price = max(level * round_cost, div_up(second * quality, ONE))
        best = max(best, (bid * quality - ONE * price, level, price))
    return best[1], best[2]


RULE: Final = charging("single", single, TRUTHFUL, "the highest bidder alone, at the second bid or the cost")
