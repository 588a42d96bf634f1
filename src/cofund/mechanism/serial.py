"""Serial cost sharing: a goal, then every further round is its own crowdfunding (mechanism.md, 3a).

The goal's rounds are one block, each round after it another. A block of b rounds is bought by the largest set S of the
buyers of the block before in which everyone's value covers its share ``ceil(weight * b * P' / weight(S))``, where
``P'`` is the round cost less the sponsor's match. Values are rounded down, shares up: never a deficit.

Source: Moulin 1994, serial cost sharing of excludable public goods; Moulin and Shenker 2001 for the largest set.
"""

from collections.abc import Sequence
from heapq import heapify, heappop

from cofund.market.instance import Instance
from cofund.mechanism.charges import Charges, Purchase, not_funded, pay_per_round
from cofund.mechanism.cohort import Cohort
from cofund.units import ONE, div_down, div_up, value_down


def serial(instance: Instance, cohort: Cohort) -> Charges:
    """Sell the goal and then round by round."""
    return sell(instance, cohort, instance.goal)


def sell(instance: Instance, cohort: Cohort, goal: int) -> Charges:
    """Sell the first ``goal`` rounds together and every later round alone, until nobody buys."""
    matched = div_down(instance.match * cohort.round_cost, ONE)
    purchases = _sell_blocks(instance, goal, cohort.round_cost - matched)
    sold = [purchase for purchase in purchases if purchase.buyers]
    if not sold:
        return not_funded(instance, cohort, _why_not(instance, goal), purchases)
    levels, charges = [0] * len(instance.owners), [0] * len(instance.owners)
    for purchase in sold:
        for owner, share in zip(purchase.buyers, purchase.shares, strict=True):
            levels[owner] += purchase.rounds
            charges[owner] += share
    rounds = max(levels)
    pay = tuple(each * rounds for each in pay_per_round(instance, cohort))
    return Charges(rounds, None, tuple(levels), tuple(charges), pay, matched * rounds, purchases)


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


def _sell_blocks(instance: Instance, goal: int, round_cost: int) -> tuple[Purchase, ...]:
    buyers: Sequence[int] = range(len(instance.owners))
    purchases: list[Purchase] = []
    first_round = 1
    while buyers and first_round <= len(instance.quality):
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


def _why_not(instance: Instance, goal: int) -> str:
    if not instance.owners:
        return "there are no owners"
    sold = "the first round" if goal == 1 else f"the goal of {goal} rounds"
    return f"no group of owners can pay its shares of {sold}"
