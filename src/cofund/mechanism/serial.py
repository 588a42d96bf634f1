"""Serial cost sharing: a goal, then every further round is its own crowdfunding (mechanism.md, 3a).

The goal's rounds are one block, each round after it another. A block of b rounds is bought by the largest set S of the
buyers of the block before in which everyone's value covers its share ``ceil(weight * b * P' / weight(S))``, where
``P'`` is the round cost less the sponsor's match. Values are rounded down, shares up: never a deficit.

Source: Moulin 1994, serial cost sharing of excludable public goods; Moulin and Shenker 2001 for the largest set.
"""

from collections.abc import Sequence
from heapq import heapify, heappop

from cofund.market.instance import Instance
from cofund.mechanism.charges import Charges, Purchase, not_funded, sold
from cofund.mechanism.cohort import Cohort
from cofund.units import ONE, div_down, div_up, value_down


def serial(instance: Instance, cohort: Cohort) -> Charges:
    """Sell the goal and then round by round."""
    return sell(instance, cohort, instance.goal)


def provision(instance: Instance, cohort: Cohort) -> Charges:
    """The provision point (mechanism.md, 3c): every round in the goal, whatever goal the instance states."""
    return sell(instance, cohort, len(instance.quality))


def sell(instance: Instance, cohort: Cohort, goal: int, last: int | None = None) -> Charges:
    """Sell the first ``goal`` rounds together and every later one, up to ``last``, alone, until nobody buys."""
    round_cost, matched = cost_of_a_round(instance, cohort)
    purchases = _sell_blocks(instance, goal, round_cost, last or len(instance.quality))
    if not any(purchase.buyers for purchase in purchases):
        return not_funded(instance, cohort, why_not(len(instance.owners), goal), purchases)
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


def _sell_blocks(instance: Instance, goal: int, round_cost: int, last: int) -> tuple[Purchase, ...]:
    buyers: Sequence[int] = range(len(instance.owners))
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
