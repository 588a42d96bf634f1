"""Serial cost sharing: a goal, then every further round is its own crowdfunding (mechanism.md, 3a).

The goal's rounds are one block, each round after it another. A block of b rounds is bought by the largest set S of the
buyers of the block before in which everyone's value covers its share ``ceil(weight * b * P' / weight(S))``, where
``P'`` is the round cost less the sponsor's match. Values are rounded down, shares up: never a deficit.

Source: Moulin 1994, serial cost sharing of excludable public goods; Moulin and Shenker 2001 for the largest set.
"""

from collections.abc import Sequence
from heapq import heapify, heappop

from cofund.market.instance import Instance, Owner, goal_for
from cofund.mechanism.charges import Charges, Purchase, not_funded, sold
from cofund.mechanism.cohort import Cohort
from cofund.units import ONE, div_down, div_up, value_down

GoalTable = Sequence[tuple[int, int]]
"""How many rounds are sold together from which weight on: (least weight, rounds), weights rising."""


def serial(instance: Instance, cohort: Cohort) -> Charges:
    """Sell the goal and then round by round."""
    return sell(instance, cohort, instance.goal_table())


def provision(instance: Instance, cohort: Cohort) -> Charges:
    """The provision point (mechanism.md, 3c): every round in the goal, whatever goal the instance states."""
    return sell(instance, cohort, ((1, len(instance.quality)),))


def sell(instance: Instance, cohort: Cohort, goals: GoalTable, last: int | None = None) -> Charges:
    """Sell the goal of those who stay together and every later round, up to ``last``, alone, until nobody buys."""
    round_cost, matched = cost_of_a_round(instance, cohort)
    purchases = _sell_blocks(instance, goals, round_cost, last or len(instance.quality))
    if not any(purchase.buyers for purchase in purchases):
        return not_funded(instance, cohort, why_not(len(instance.owners), goals[0][1]), purchases)
    levels, charges = [0] * len(instance.owners), [0] * len(instance.owners)
    for purchase in purchases:
        for owner, share in zip(purchase.buyers, purchase.shares, strict=True):
            levels[owner] += purchase.rounds
            charges[owner] += share
    return sold(instance, cohort, levels, charges, matched, purchases)


def cost_of_a_round(instance: Instance, cohort: Cohort) -> tuple[int, int]:
    """What the owners have to raise for a round, P', and the match, which is rounded down."""
    matched = div_down(instance.match * cohort.round_cost, ONE)
    return cohort.round_cost - matched, matched


def largest_paying_set(values: Sequence[int], weights: Sequence[int], cost: int) -> list[int]:
    """Positions of the largest set in which everyone can pay its share of ``cost``, ascending.

    Dropping all who cannot pay until nobody drops, in O(m + d log m) for d drops. The value v is whole, so
    ``v >= ceil(weight * cost / total)`` says the same as ``v / weight >= cost / total``. The right side is one number
    for everybody, so whoever has the smallest v / weight drops first, and if it can pay all can. The heap orders by
    ``floor(2**64 v / weight)``, which never confuses two ratios: with weights below 2**32 they differ by over 2**-64.
    """
    total = sum(weights)
    heap = [((value << 64) // weight, at) for at, (value, weight) in enumerate(zip(values, weights, strict=True))]
    heapify(heap)
    while heap:
        at = heap[0][1]
        if values[at] * total >= weights[at] * cost:
            break
        total -= weights[at]
        heappop(heap)
    return sorted(at for _, at in heap)


def goal_of(instance: Instance, goals: GoalTable, round_cost: int) -> tuple[int, Sequence[int]]:
    """The goal, and the owners among whom its buyers are.

    With a table these are those who can pay for the goal of their weight: who cannot drops, all at once, until nobody
    does (mechanism.md, 3d).
    """
    buyers = list(range(len(instance.owners)))
    while len(goals) > 1 or goals[0][0] > 1:
        total = sum(instance.owners[at].weight for at in buyers)
        goal = goal_for(goals, total)
        quality = sum(instance.quality[:goal])
        able = [at for at in buyers if goal and _can_pay(instance.owners[at], quality, goal * round_cost, total)]
        if len(able) == len(buyers) or not able:
            return goal, able
        buyers = able
    return goals[0][1], buyers


def _can_pay(owner: Owner, quality: int, cost: int, total: int) -> bool:
    return value_down(owner.bid, quality) >= div_up(owner.weight * cost, total)


def _sell_blocks(instance: Instance, goals: GoalTable, round_cost: int, last: int) -> tuple[Purchase, ...]:
    goal, buyers = goal_of(instance, goals, round_cost)
    purchases: list[Purchase] = []
    first_round = 1
    while buyers and first_round <= last:
        rounds = goal if first_round == 1 else 1
        quality = sum(instance.quality[first_round - 1 : first_round - 1 + rounds])
        values = [value_down(instance.owners[at].bid, quality) for at in buyers]
        weights = [instance.owners[at].weight for at in buyers]
        cost = rounds * round_cost
        buyers = tuple(buyers[at] for at in largest_paying_set(values, weights, cost))
        total = sum(instance.owners[at].weight for at in buyers)
        shares = tuple(div_up(instance.owners[at].weight * cost, total) for at in buyers)
        purchases.append(Purchase(first_round, rounds, quality, cost, buyers, shares))
        first_round += rounds
    return tuple(purchases)


def why_not(owners: int, goal: int) -> str:
    """Why nobody buys the goal."""
    if not owners:
        return "there are no owners"
    sold = "the first round" if goal == 1 else f"the goal of {goal} rounds"
    return f"no group of owners can pay its shares of {sold}"
