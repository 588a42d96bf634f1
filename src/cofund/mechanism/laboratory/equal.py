"""``equal``: every round is split equally, and runs only if all owners agree (mechanism.md, "Laboratory").

The share of a round is ``ceil(P' / m)`` whatever anybody bids. An owner agrees while the round is worth its share;
the one who stops first stops all. The unanimity of a consortium: public, simple, and held up by its poorest member.
"""

from typing import Final

from cofund.market.instance import Instance
from cofund.mechanism.charges import Charges, not_funded, pay_per_round
from cofund.mechanism.cohort import Cohort
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.registry import TRUTHFUL, Rule
from cofund.mechanism.rules import clear_by
from cofund.units import ONE, div_down, div_up, value_down


def equal(instance: Instance) -> Outcome:
    """The outcome of equal shares under unanimity."""
    return clear_by(instance, "equal", _split)


def _split(instance: Instance, cohort: Cohort) -> Charges:
    owners = len(instance.owners)
    if not owners:
        return not_funded(instance, cohort, "there are no owners")
    matched = div_down(instance.match * cohort.round_cost, ONE)
    share = div_up(cohort.round_cost - matched, owners)
    lowest = min(owner.bid for owner in instance.owners)
    rounds = sum(value_down(lowest, step) >= share for step in instance.quality)
    if rounds == 0:
        return not_funded(instance, cohort, "not every owner agrees to its equal share of the first round")
    pay = tuple(each * rounds for each in pay_per_round(instance, cohort))
    return Charges(rounds, None, (rounds,) * owners, (share * rounds,) * owners, pay, matched * rounds)


RULE: Final = Rule("equal", equal, TRUTHFUL, "equal shares, only what all agree to")
