"""By how much a case breaks an axiom; the definition of every axiom (mechanism.md, "Auditing a rule")."""

from fractions import Fraction

from cofund.mechanism.axioms.deviation import Case
from cofund.mechanism.axioms.utility import client_utility, deficit, joint_utility, owner_utility
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.registry import Axiom, Rule
from cofund.mechanism.vcg import efficient_slacks


def violation(rule: Rule, axiom: Axiom, case: Case, honest: Outcome | None = None) -> Fraction:
    """How much agents gain, or what is missing; the axiom is broken if and only if this is positive.

    Args:
        rule: the rule on trial.
        axiom: the axiom.
        case: the market and the deviation.
        honest: the rule's outcome of ``case.instance``, if it is known already.
    """
    outcome = rule.clear(case.instance) if honest is None else honest
    if axiom is Axiom.INDIVIDUALLY_RATIONAL:
        return worst_loss(case, outcome)[0]
    if axiom is Axiom.NO_DEFICIT:
        return deficit(case.instance, outcome)
    if axiom is Axiom.EFFICIENT:
        return _welfare_missed(case, outcome)
    deviated = rule.clear(case.deviated())
    fake = case.deviation.fake_offer
    if fake is not None and any(winner.id == fake.id for winner in deviated.winners):
        return Fraction(0)  # a fake offer that is hired cannot deliver: no gain is counted
    if axiom is Axiom.GROUP_STRATEGYPROOF:
        return _most_gained_if_nobody_loses(case, outcome, deviated)
    before = joint_utility(case.instance, outcome, case.deviation)
    return joint_utility(case.instance, deviated, case.deviation) - before


def _most_gained_if_nobody_loses(case: Case, honest: Outcome, deviated: Outcome) -> Fraction:
    """The largest gain of an owner in the coalition; 0 if another one has less than before, as nothing is shared."""
    market = case.instance
    gains = [
        owner_utility(market, deviated, owner) - owner_utility(market, honest, owner) for owner in case.deviation.owners
    ]
    return max(gains) if min(gains) >= 0 else Fraction(0)


def worst_loss(case: Case, outcome: Outcome) -> tuple[Fraction, str]:
    """The largest loss that somebody makes by taking part, and who; 0 if nobody loses."""
    market = case.instance
    losses = [(-owner_utility(market, outcome, owner.id), f"owner {owner.id}") for owner in market.owners]
    losses += [(-client_utility(market, outcome, winner.id), f"client {winner.id}") for winner in outcome.winners]
    return max(losses, default=(Fraction(0), "nobody"))


def _welfare_missed(case: Case, outcome: Outcome) -> Fraction:
    """First-best welfare of the cheapest cohort less the welfare that the outcome reports."""
    cohort = choose_cohort(case.instance)
    enough = len(cohort.winners) >= case.instance.min_cohort
    best = sum(efficient_slacks(case.instance, cohort)) if enough else 0
    return Fraction(best - outcome.welfare)
