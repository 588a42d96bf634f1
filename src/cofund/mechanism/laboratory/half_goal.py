"""``half-goal``: a provision point with the wrong goal, half of the rounds and no stretch (mechanism.md, "Laboratory").

What all-or-nothing crowdfunding loses when the initiator guesses the scale wrong by a factor of two.
"""

from typing import Final

from cofund.market.instance import Instance
from cofund.mechanism.charges import Charges, not_funded, pay_per_round
from cofund.mechanism.cohort import Cohort
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.registry import TRUTHFUL, Axiom, Rule
from cofund.mechanism.rules import clear_by
from cofund.mechanism.serial import largest_paying_set
from cofund.units import ONE, div_down, div_up, value_down


def half_goal(instance: Instance) -> Outcome:
    """Sell the first ``ceil(R / 2)`` rounds together, all or nothing, and no round after them."""
    return clear_by(instance, "half-goal", _sell_half)


def _sell_half(instance: Instance, cohort: Cohort) -> Charges:
    rounds = div_up(len(instance.quality), 2)
    matched = div_down(instance.match * cohort.round_cost, ONE)
    cost = rounds * (cohort.round_cost - matched)
    quality = sum(instance.quality[:rounds])
    values = [value_down(owner.bid, quality) for owner in instance.owners]
    weights = [owner.weight for owner in instance.owners]
    buyers = largest_paying_set(values, weights, cost)
    if not buyers:
        return not_funded(instance, cohort, f"no group of owners can pay its shares of {rounds} rounds")
    total = sum(weights[at] for at in buyers)
    levels, charges = [0] * len(values), [0] * len(values)
    for at in buyers:
        levels[at], charges[at] = rounds, div_up(weights[at] * cost, total)
    pay = tuple(each * rounds for each in pay_per_round(instance, cohort))
    return Charges(rounds, None, tuple(levels), tuple(charges), pay, matched * rounds)


RULE: Final = Rule(
    "half-goal",
    half_goal,
    TRUTHFUL | {Axiom.CROSS_MONOTONIC, Axiom.GROUP_STRATEGYPROOF},
    "half of the rounds or nothing: the wrong scale",
)
