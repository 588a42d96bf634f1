"""The efficient outcome, underwritten by a sponsor (mechanism.md, 3b).

Round r runs if and only if ``V_r = sum_i w_ir >= C``. Its slack ``V_r - C`` bounds what anybody is left with:

    owner i pays     max(0, C - (V_r - w_ir))        = max(0, w_ir - slack)
    client j is paid min(pi_e, V_r - (C - a_j)) - w_e = c_j + min(pi_e - a_j, slack)

Slacks never grow from round to round, so the rounds that run come first, and the rounds in which a client gets its full
price come before those in which it does not. Time O(owners * rounds + clients * log rounds). The match plays no part:
the sponsor pays whatever the owners do not.

Source: Clarke 1971, Groves 1973.
"""

from bisect import bisect_right
from itertools import accumulate
from operator import neg

from cofund.market.instance import Instance
from cofund.mechanism.charges import Charges, not_funded, pay_per_round
from cofund.mechanism.cohort import Cohort
from cofund.units import value_down


def vcg(instance: Instance, cohort: Cohort) -> Charges:
    """Run every round that is worth its cost; charge and pay pivots."""
    slacks = efficient_slacks(instance, cohort)
    if not slacks:
        return not_funded(instance, cohort, why_not(len(instance.owners)))
    rounds = len(slacks)
    charges = tuple(_owner_charge(owner.bid, instance.quality, slacks) for owner in instance.owners)
    pay = _client_pay(instance, cohort, slacks)
    fees = sum(edge.fee * count for edge, count in zip(instance.edges, cohort.counts, strict=True))
    cost = sum(pay) + (fees + instance.coordinator_fee) * rounds
    return Charges(rounds, None, (rounds,) * len(charges), charges, pay, cost - sum(charges))


def efficient_slacks(instance: Instance, cohort: Cohort) -> list[int]:
    """``V_r - C`` of the rounds that are worth their cost, nonincreasing; none without owners."""
    slacks: list[int] = []
    for quality in instance.quality if instance.owners else ():
        slack = sum(value_down(owner.bid, quality) for owner in instance.owners) - cohort.true_round_cost
        if slack < 0:
            break
        slacks.append(slack)
    return slacks


def _owner_charge(bid: int, quality: tuple[int, ...], slacks: list[int]) -> int:
    return sum(max(0, value_down(bid, step) - slack) for step, slack in zip(quality, slacks, strict=False))


def _client_pay(instance: Instance, cohort: Cohort, slacks: list[int]) -> tuple[int, ...]:
    """Cost of every round plus, per round, the smaller of the margin ``pi_e - a_j`` and the slack."""
    before = [0, *accumulate(slacks)]
    pay = []
    for position, each in zip(cohort.winners, pay_per_round(instance, cohort), strict=True):
        cost = instance.clients[position].cost
        margin = each - cost
        full = bisect_right(slacks, -margin, key=neg)
        pay.append(cost * len(slacks) + margin * full + before[-1] - before[full])
    return tuple(pay)


def why_not(owners: int) -> str:
    """Why not even the first round runs."""
    if not owners:
        return "there are no owners"
    return "the owners' bids for the first round together do not reach its cost"
