"""Exact utilities and where the money comes from, recomputed from an outcome's parts (mechanism.md, 1).

Owner: ``b_i Q(level) / ONE - charge``, a fraction. Client: pay less its cost for every round that it trains.
"""

from fractions import Fraction

from cofund.market.instance import Instance
from cofund.mechanism.axioms.deviation import Deviation
from cofund.mechanism.outcome import Outcome
from cofund.units import ONE, div_down


def owner_utility(truth: Instance, outcome: Outcome, owner: str, *identities: str) -> Fraction:
    """Utility of an owner of ``truth`` who takes part as ``owner`` and under further ``identities``."""
    bid = next(one.bid for one in truth.owners if one.id == owner)
    own = [result for result in outcome.owners if result.id in (owner, *identities)]
    level = max((result.level for result in own), default=0)
    return Fraction(bid * sum(truth.quality[:level]), ONE) - sum(result.charge for result in own)


def client_utility(truth: Instance, outcome: Outcome, client: str) -> Fraction:
    """Utility of a client of ``truth``."""
    if all(winner.id != client for winner in outcome.winners):
        return Fraction(0)
    cost = next(one.cost for one in truth.clients if one.id == client)
    return Fraction(outcome.pay_of(client) - cost * outcome.rounds)


def joint_utility(truth: Instance, outcome: Outcome, deviation: Deviation) -> Fraction:
    """What the agents of a deviation have together; they can share it among themselves."""
    second = [deviation.second_owner.id] if deviation.second_owner else []
    owners = sum((owner_utility(truth, outcome, owner, *second) for owner in deviation.owners), Fraction(0))
    return owners + sum((client_utility(truth, outcome, client) for client in deviation.clients), Fraction(0))


def deficit(instance: Instance, outcome: Outcome) -> Fraction:
    """What is paid out and neither the owners nor the stated match pay in; negative for a surplus."""
    fees = {edge.id: fee for edge, fee in zip(instance.edges, instance.path_fees(), strict=True)}
    round_fees = sum(fees[winner.edge] for winner in outcome.winners) + instance.coordinator_fee
    paid_out = sum(outcome.pay_of(winner.id) for winner in outcome.winners) + round_fees * outcome.rounds
    matched = div_down(instance.match * outcome.round_cost, ONE) * outcome.rounds
    return Fraction(paid_out - matched - sum(owner.charge for owner in outcome.owners))
