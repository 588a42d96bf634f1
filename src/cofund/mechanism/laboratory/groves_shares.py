"""``groves-shares``: equal shares fixed beforehand, the majority of value decides, the pivotal pay a tax.

With the share ``s = ceil(P' / m)``, owner i's stake in round r is ``w_ir - s``. The round runs if and only if the
stakes sum to at least 0. Let ``N`` be the sum of the others' stakes: when the round runs owner i pays
``s + max(0, -N)``, when it does not it pays ``max(0, N)``. The tax goes to the initiator. Truthful and never in
deficit, but whoever is outvoted pays for what it does not want.

Source: Clarke 1971, Groves 1973; Green and Laffont 1979.
"""

from typing import Final

from cofund.market.instance import Instance
from cofund.mechanism.charges import Charges, not_funded, sold
from cofund.mechanism.cohort import Cohort
from cofund.mechanism.registry import TRUTHFUL, Axiom, charging
from cofund.mechanism.serial import cost_of_a_round
from cofund.units import div_up, value_down


def groves_shares(instance: Instance, cohort: Cohort) -> Charges:
    """Equal shares with Clarke taxes; the taxes of rounds that do not run are paid too."""
    owners = len(instance.owners)
    if not owners:
        return not_funded(instance, cohort, "there are no owners")
    round_cost, matched = cost_of_a_round(instance, cohort)
    share = div_up(round_cost, owners)
    rounds, charges = 0, [0] * owners
    for step in instance.quality:  # stakes do not grow, so the rounds that run come first
        stakes = [value_down(owner.bid, step) - share for owner in instance.owners]
        total = sum(stakes)
        rounds += total >= 0
        for at, stake in enumerate(stakes):
            charges[at] += share + max(0, stake - total) if total >= 0 else max(0, total - stake)
    reason = None if rounds else "the owners' stakes in the first round sum to less than nothing"
    return sold(instance, cohort, (rounds,) * owners, charges, matched, reason=reason)


RULE: Final = charging(
    "groves-shares",
    groves_shares,
    TRUTHFUL - {Axiom.INDIVIDUALLY_RATIONAL},
    "equal shares, the sum of stakes decides, the pivotal pay a tax",
)
