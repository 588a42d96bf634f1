"""A broken axiom that anyone can replay: market, deviation and gain, in words and as ``cofund.finding/1``."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from cofund.market.codec import encode_instance
from cofund.mechanism.axioms.deviation import Case
from cofund.mechanism.axioms.violation import worst_loss
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.registry import Axiom

SCHEMA: Final = "cofund.finding/1"


@dataclass(frozen=True, slots=True)
class Finding:
    """A case that breaks an axiom, as small as it was made.

    Attributes:
        rule: name of the rule.
        axiom: what is broken.
        case: the smallest market found, and what its agents do.
        gain: by how much, exact, in base units.
        what: the case in one sentence.
        worst_gain: the largest gain seen, before the case was made smaller.
        worst: that case in one sentence.
    """

    rule: str
    axiom: Axiom
    case: Case
    gain: Fraction
    what: str
    worst_gain: Fraction
    worst: str


def encode_finding(finding: Finding) -> dict[str, Any]:
    """The document of ``finding``: clear both instances with the rule and compare."""
    return {
        "schema": SCHEMA,
        "rule": finding.rule,
        "axiom": finding.axiom.value,
        "what": finding.what,
        "gain": str(finding.gain),
        "worst": finding.worst,
        "worst_gain": str(finding.worst_gain),
        "owners": list(finding.case.deviation.owners),
        "clients": list(finding.case.deviation.clients),
        "truth": encode_instance(finding.case.instance),
        "deviated": encode_instance(finding.case.deviated()),
    }


def shown(amount: Fraction) -> str:
    """A fraction grouped by thousands, or with three decimals and a ~ if it is not whole."""
    return f"{amount.numerator:,}" if amount.denominator == 1 else f"~{float(amount):,.3f}"


def in_words(axiom: Axiom, case: Case, outcome: Outcome, gain: Fraction) -> str:
    """Who does what and how much that breaks the axiom."""
    if axiom is Axiom.INDIVIDUALLY_RATIONAL:
        return f"{worst_loss(case, outcome)[1]} tells the truth and loses {shown(gain)}"
    if axiom is Axiom.NO_DEFICIT:
        return f"{shown(gain)} is paid out that neither the owners nor the match pay"
    if axiom is Axiom.EFFICIENT:
        return f"welfare is {shown(gain)} below the best"
    deviation = case.deviation
    if deviation.absent is not None:
        return f"owner {deviation.owners[0]} has {shown(gain)} more when owner {deviation.absent} stays away"
    gained = "nobody of them loses, the largest gain is" if axiom is Axiom.GROUP_STRATEGYPROOF else "gain"
    return f"{_acts(case)}; {gained} {shown(gain)}"


def _acts(case: Case) -> str:
    bids = {owner.id: owner.bid for owner in case.instance.owners}
    costs = {client.id: client.cost for client in case.instance.clients}
    deviation = case.deviation
    acts = [f"owner {name} bids {bid:,} instead of {bids[name]:,}" for name, bid in deviation.bids]
    acts += [f"client {name} asks {cost:,} instead of {costs[name]:,}" for name, cost in deviation.costs]
    if deviation.second_owner is not None:
        acts.append(f"owner {deviation.owners[0]} bids {deviation.second_owner.bid:,} under a second name")
    if deviation.fake_offer is not None:
        acts.append(f"client {deviation.clients[0]} adds a fake offer of {deviation.fake_offer.cost:,}")
    together = [*(f"owner {name}" for name in deviation.owners), *(f"client {name}" for name in deviation.clients)]
    return ", ".join(acts) + (f" ({' and '.join(together)} together)" if len(together) > 1 else "")
