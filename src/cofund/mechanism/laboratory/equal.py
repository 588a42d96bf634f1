"""``equal``: every round is split equally, and runs only if all owners agree (mechanism.md, "Laboratory").

The share of a round is ``ceil(P' / m)`` whatever anybody bids. An owner agrees while the round is worth its share;
the one who stops first stops all. The unanimity of a consortium: public, simple, and held up by its poorest member.
"""

from typing import Final

from cofund.market.instance import Instance
from cofund.mechanism.charges import Charges, not_funded, sold
from cofund.mechanism.cohort import Cohort
from cofund.mechanism.registry import TRUTHFUL, charging
from cofund.mechanism.serial import cost_of_a_round
from cofund.units import div_up, value_down


def equal(instance: Instance, cohort: Cohort) -> Charges:
    """Equal shares under unanimity."""
    owners = len(instance.owners)
    if not owners:
        return not_funded(instance, cohort, "there are no owners")
    round_cost, matched = cost_of_a_round(instance, cohort)
    share = div_up(round_cost, owners)
    lowest = min(owner.bid for owner in instance.owners)
    rounds = sum(value_down(lowest, step) >= share for step in instance.quality)
    if rounds == 0:
        return not_funded(instance, cohort, "not every owner agrees to its equal share of the first round")
    return sold(instance, cohort, (rounds,) * owners, (share * rounds,) * owners, matched)


RULE: Final = charging("equal", equal, TRUTHFUL, "equal shares, only what all agree to")
