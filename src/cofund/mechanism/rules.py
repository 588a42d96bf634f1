"""The three standard rules, ``clear`` (instance in, outcome out) and what every rule shares (mechanism.md, 3).

A rule decides levels and charges for a cohort. ``clear_by`` does the rest for any rule, also for one that is not listed
here: it refunds everyone when the cohort is too small, and adds up where the money goes.
"""

from typing import Final

from cofund.errors import InputError
from cofund.market.instance import Instance
from cofund.mechanism.certificate import Key
from cofund.mechanism.charges import Charges, ChargesOf, not_funded, pay_per_round
from cofund.mechanism.cohort import Cohort, choose_cohort
from cofund.mechanism.outcome import Outcome, OwnerResult, Winner
from cofund.mechanism.serial import provision, serial
from cofund.mechanism.vcg import efficient_slacks, vcg
from cofund.units import value_down

RULES: Final[dict[str, ChargesOf]] = {"serial": serial, "vcg": vcg, "provision": provision}
"""Rule name -> the function that charges the owners and pays the clients of a cohort."""


def clear(instance: Instance, rule: str = "serial") -> Outcome:
    """Choose the cohort, charge the owners and add everything up.

    Raises:
        InputError: if there is no rule of that name.
    """
    return clear_by(instance, rule, standard(rule))


def clear_by(instance: Instance, name: str, charges_of: ChargesOf, cohort: Cohort | None = None) -> Outcome:
    """The outcome of a rule that is given as a function.

    Args:
        instance: the market.
        name: what the outcome calls the rule.
        charges_of: decides rounds, levels and charges for a cohort that is large enough.
        cohort: clients and prices, if they are not those of mechanism.md, 2.
    """
    chosen = choose_cohort(instance) if cohort is None else cohort
    return add_up(instance, name, chosen, _charge_by(instance, chosen, charges_of))


def charge(instance: Instance, cohort: Cohort, rule: str) -> Charges:
    """Apply the rule to a cohort that is large enough; refund everyone if it is not."""
    return _charge_by(instance, cohort, standard(rule))


def standard(rule: str) -> ChargesOf:
    """The standard rule of this name.

    Raises:
        InputError: there is none.
    """
    if rule not in RULES:
        raise InputError("", "rule", f"expected one of {', '.join(RULES)}, got {rule}")
    return RULES[rule]


def _charge_by(instance: Instance, cohort: Cohort, charges_of: ChargesOf) -> Charges:
    if len(cohort.winners) < instance.min_cohort:
        return not_funded(instance, cohort, too_few(len(cohort.winners), instance.min_cohort))
    return charges_of(instance, cohort)


def too_few(placed: int, needed: int) -> str:
    """Why a cohort below the minimum does not train."""
    return f"only {placed} of the {needed} clients needed can be placed at or below the ceiling"


def add_up(instance: Instance, rule: str, cohort: Cohort, charges: Charges) -> Outcome:
    """Where the money of ``charges`` comes from and goes to."""
    names = [edge.id for edge in instance.edges]
    fees = sum(edge.fee * count for edge, count in zip(instance.edges, cohort.counts, strict=True))
    paid_out = sum(charges.client_pay) + (fees + instance.coordinator_fee) * charges.rounds
    return Outcome(
        rule=rule,
        funded=charges.rounds > 0,
        reason=charges.reason,
        rounds=charges.rounds,
        cohort=len(cohort.winners),
        cutoff=_amount(cohort.cutoff),
        edge_cutoffs={name: _amount(lost) for name, lost in zip(names, cohort.edge_cutoffs, strict=True)},
        prices=dict(zip(names, cohort.prices, strict=True)),
        round_cost=cohort.round_cost,
        winners=_winners(instance, rule, cohort, charges),
        owners=tuple(map(OwnerResult, (owner.id for owner in instance.owners), charges.levels, charges.charges)),
        clients_paid=sum(charges.client_pay),
        edges_paid=fees * charges.rounds,
        coordinator_paid=instance.coordinator_fee * charges.rounds,
        owners_paid=sum(charges.charges),
        sponsor_paid=charges.sponsor_paid,
        surplus=sum(charges.charges) + charges.sponsor_paid - paid_out,
        welfare=_welfare(instance, cohort, charges),
        first_best=sum(efficient_slacks(instance, cohort)) if len(cohort.winners) >= instance.min_cohort else 0,
    )


def _winners(instance: Instance, rule: str, cohort: Cohort, charges: Charges) -> tuple[Winner, ...]:
    """Only ``vcg`` states totals: under the other rules every round pays the same."""
    totals = charges.client_pay if rule == "vcg" else (None,) * len(cohort.winners)
    clients = (instance.clients[position] for position in cohort.winners)
    return tuple(
        Winner(client.id, client.edge, each, total)
        for client, each, total in zip(clients, pay_per_round(instance, cohort), totals, strict=True)
    )


def _welfare(instance: Instance, cohort: Cohort, charges: Charges) -> int:
    """Owners' values, rounded down once per round, of the rounds they get, less the true cost of the rounds."""
    values = sum(
        value_down(owner.bid, step)
        for owner, level in zip(instance.owners, charges.levels, strict=True)
        for step in instance.quality[:level]
    )
    return values - cohort.true_round_cost * charges.rounds


def _amount(lost: Key | None) -> int | None:
    return None if lost is None else lost.amount
