"""Every rule against every axiom that it declares; and the search finds, by itself, what is known to be manipulable."""

from dataclasses import replace
from fractions import Fraction

import pytest

from cofund.market.instance import Instance
from cofund.mechanism.axioms.deviation import Case, Deviation
from cofund.mechanism.axioms.finding import encode_finding
from cofund.mechanism.axioms.trial import AxiomVerdict, audit, examine
from cofund.mechanism.axioms.violation import violation
from cofund.mechanism.charges import Charges, not_funded, pay_per_round
from cofund.mechanism.cohort import Cohort, choose_cohort
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.registry import Axiom, Rule, rule, rules
from cofund.mechanism.rules import clear, clear_by
from cofund.mechanism.serial import serial
from cofund.units import value_down

TRIES = 300


def first_price(instance: Instance) -> Outcome:
    """All rounds or nothing; every owner pays its bid, every client gets what it asks."""
    honest = choose_cohort(instance)
    fees = instance.path_fees()

    def pay_bids(market: Instance, cohort: Cohort) -> Charges:
        rounds, bids = len(market.quality), [owner.bid for owner in market.owners]
        if not bids or sum(bids) < honest.true_round_cost * rounds:
            return not_funded(market, cohort, "the bids do not reach the cost")
        levels = (rounds,) * len(bids)
        return Charges(rounds, None, levels, tuple(bids), tuple(n * rounds for n in pay_per_round(market, cohort)), 0)

    if len(set(instance.offers())) != len(instance.offers()) or len(honest.winners) > 1:
        return clear_by(instance, "first-price", lambda market, cohort: not_funded(market, cohort, "one client only"))
    edges = {edge.id: at for at, edge in enumerate(instance.edges)}
    prices = list(fees)
    for position in honest.winners:
        client = instance.clients[position]
        prices[edges[client.edge]] = client.cost + fees[edges[client.edge]]
    paid = replace(honest, prices=tuple(prices), round_cost=honest.true_round_cost)
    return clear_by(instance, "first-price", pay_bids, paid)


def generous(instance: Instance) -> Outcome:
    """Runs all rounds for nothing if anybody values the first one, and says that the sponsor pays."""

    def give_away(market: Instance, cohort: Cohort) -> Charges:
        if not any(value_down(owner.bid, market.quality[0]) for owner in market.owners):
            return not_funded(market, cohort, "nobody wants it")
        rounds, owners = len(market.quality), len(market.owners)
        pay = tuple(each * rounds for each in pay_per_round(market, cohort))
        return Charges(rounds, None, (rounds,) * owners, (0,) * owners, pay, cohort.round_cost * rounds)

    return clear_by(instance, "generous", give_away)


FIRST_PRICE = Rule("first-price", first_price, frozenset(Axiom), "pays and charges what is said")
GENEROUS = Rule("generous", generous, frozenset(Axiom), "everything for nothing")


def verdict_on(judged: Rule, axiom: Axiom, tries: int = 1000) -> AxiomVerdict:
    return examine(judged, [axiom], tries=tries)[0]


@pytest.mark.parametrize(("name", "axiom"), [(each.name, axiom) for each in rules() for axiom in sorted(each.axioms)])
def test_a_declared_axiom_holds(name: str, axiom: Axiom) -> None:
    verdict = verdict_on(rule(name), axiom, TRIES)
    assert verdict.finding is None, verdict.finding.what
    assert verdict.declared
    assert verdict.tries == TRIES


@pytest.mark.parametrize(
    ("judged", "axiom"),
    [
        (FIRST_PRICE, Axiom.OWNERS_STRATEGYPROOF),
        (FIRST_PRICE, Axiom.CLIENTS_STRATEGYPROOF),
        (GENEROUS, Axiom.NO_DEFICIT),
        (GENEROUS, Axiom.EFFICIENT),
        (rule("mcafee"), Axiom.OWNERS_STRATEGYPROOF),
        (rule("groves-shares"), Axiom.INDIVIDUALLY_RATIONAL),
        (rule("vcg"), Axiom.NO_DEFICIT),
        (rule("single"), Axiom.CROSS_MONOTONIC),
        (rule("equal"), Axiom.CROSS_MONOTONIC),
        (rule("clock"), Axiom.CROSS_MONOTONIC),
        (rule("serial"), Axiom.EFFICIENT),
        (rule("serial"), Axiom.OWNERS_FALSE_NAME_PROOF),
        (rule("serial"), Axiom.CLIENTS_FALSE_NAME_PROOF),
        (rule("serial"), Axiom.LOTS_PROOF),
        (rule("serial"), Axiom.COLLUSION_PROOF),
        (rule("vcg"), Axiom.GROUP_STRATEGYPROOF),
        (rule("single"), Axiom.GROUP_STRATEGYPROOF),
        (rule("vcg"), Axiom.LOTS_PROOF),
        (rule("vcg"), Axiom.COLLUSION_PROOF),
    ],
    ids=lambda value: value.name if isinstance(value, Rule) else value.value,
)
def test_the_search_finds_what_is_known_to_be_manipulable(judged: Rule, axiom: Axiom) -> None:
    finding = verdict_on(judged, axiom).finding
    assert finding is not None
    assert finding.worst_gain >= finding.gain > 0
    assert violation(judged, axiom, finding.case) == finding.gain
    assert len(finding.case.instance.owners) <= 3
    assert len(finding.case.instance.clients) <= 3


def test_the_gain_is_the_difference_of_two_clearings() -> None:
    """Replayed by hand: what the one owner's model is worth to it less its charge, lying and not."""
    finding = verdict_on(rule("mcafee"), Axiom.OWNERS_STRATEGYPROOF).finding
    (name,) = finding.case.deviation.owners
    truth = finding.case.instance
    at = [owner.id for owner in truth.owners].index(name)
    worth = []
    for market in (truth, finding.case.deviated()):
        result = rule("mcafee").clear(market).owners[at]
        worth.append(Fraction(truth.owners[at].bid * sum(truth.quality[: result.level]), 10**9) - result.charge)
    assert worth[1] - worth[0] == finding.gain
    assert encode_finding(finding)["gain"] == str(finding.gain)


def test_a_bribed_client_is_found_when_only_owners_and_clients_collude() -> None:
    """One owner, so no two owners: the winner's price is set by a loser whom the owner pays for asking less."""
    market = finding_market()
    found = [each for each in audit(rule("serial"), market, tries=400) if each.axiom is Axiom.COLLUSION_PROOF]
    assert found
    assert (len(found[0].case.deviation.owners), len(found[0].case.deviation.clients)) == (1, 1)


def finding_market() -> Instance:
    """One owner, two clients, one place: the loser sets the price of 9."""
    from cofund.market.instance import Client, Edge, Owner

    edges, clients = (Edge("e", 9, 0),), (Client("winner", "e", 1), Client("loser", "e", 9))
    return Instance(1, 1, 10, 0, 1, 0, (10**9,), edges, (Owner("owner", 20),), clients)


def test_the_search_starts_at_the_market_that_is_given() -> None:
    """The worst bribe on this market: the loser asks 1 or less instead of 9, and the owner keeps the difference."""
    (verdict,) = examine(rule("serial"), [Axiom.COLLUSION_PROOF], finding_market(), tries=200)
    assert verdict.finding.worst_gain >= 8


def test_a_hired_fake_offer_is_no_gain() -> None:
    from cofund.market.instance import Client

    market = finding_market()
    case = Case(market, Deviation(clients=("winner",), fake_offer=Client("fake", "e", 0)))
    assert "fake" in {winner.id for winner in clear(case.deviated()).winners}
    assert violation(rule("serial"), Axiom.CLIENTS_FALSE_NAME_PROOF, case) == 0


def test_the_same_seed_gives_the_same_findings() -> None:
    once, again, other = (audit(rule("serial"), tries=60, seed=seed) for seed in (3, 3, 4))
    assert once == again != other


def test_a_rule_that_lets_winners_set_the_price_is_caught() -> None:
    """A mutant of serial: prices are the winners' own dearest cost instead of the cheapest loser's."""

    def winners_price(instance: Instance) -> Outcome:
        cohort = choose_cohort(instance)
        offers = instance.offers()
        dearest = max((offers[position][1] for position in cohort.winners), default=0)
        round_cost = dearest * len(cohort.winners) + instance.coordinator_fee
        priced = replace(cohort, prices=(dearest,) * len(cohort.prices), round_cost=round_cost)
        return clear_by(instance, "mutant", serial, priced)

    mutant = Rule("mutant", winners_price, rule("serial").axioms, "")
    assert verdict_on(mutant, Axiom.CLIENTS_STRATEGYPROOF).finding is not None


def test_a_share_rounded_the_wrong_way_is_caught() -> None:
    """A mutant of serial: one unit of somebody's share is forgotten."""

    def forgetful(instance: Instance) -> Outcome:
        def less(market: Instance, cohort: Cohort) -> Charges:
            right = serial(market, cohort)
            charges = list(right.charges)
            if max(charges, default=0):
                charges[charges.index(max(charges))] -= 1
            return replace(right, charges=tuple(charges))

        return clear_by(instance, "mutant", less)

    assert verdict_on(Rule("mutant", forgetful, frozenset(), ""), Axiom.NO_DEFICIT).finding is not None
