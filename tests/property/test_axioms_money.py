"""Nobody loses by taking part, no deficit, and every unit paid in is paid out."""

import pytest
from hypothesis import given

from cofund.market.codec import decode_instance
from cofund.market.document import Field
from cofund.market.instance import Instance
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.rules import RULES, charge, clear
from cofund.units import ONE
from profiles import times
from tests.oracles.markets import Document, documents

every_rule = pytest.mark.parametrize("rule", RULES)
shared_rule = pytest.mark.parametrize("rule", ["serial", "provision"])
any_market = times(2)


def market_of(document: Document) -> Instance:
    return decode_instance(Field("market", "", document))


@every_rule
@any_market
@given(document=documents())
def test_no_owner_pays_more_than_its_bid_for_what_it_gets(rule: str, document: Document) -> None:
    market = market_of(document)
    for owner, result in zip(market.owners, clear(market, rule).owners, strict=True):
        assert ONE * result.charge <= owner.bid * sum(market.quality[: result.level])


@every_rule
@any_market
@given(document=documents())
def test_no_client_is_paid_less_than_it_asks(rule: str, document: Document) -> None:
    market = market_of(document)
    outcome = clear(market, rule)
    asked = {client.id: client.cost for client in market.clients}
    for winner in outcome.winners:
        assert winner.pay_per_round >= asked[winner.id]
        assert outcome.pay_of(winner.id) >= asked[winner.id] * outcome.rounds


@every_rule
@any_market
@given(document=documents())
def test_money_in_equals_money_out(rule: str, document: Document) -> None:
    outcome = clear(market_of(document), rule)
    paid_out = outcome.clients_paid + outcome.edges_paid + outcome.coordinator_paid
    assert outcome.owners_paid + outcome.sponsor_paid == paid_out + outcome.surplus
    assert outcome.owners_paid == sum(owner.charge for owner in outcome.owners)
    assert outcome.clients_paid == sum(outcome.pay_of(winner.id) for winner in outcome.winners)


@shared_rule
@any_market
@given(document=documents())
def test_cost_sharing_has_no_deficit_and_less_dust_than_a_unit_per_share(rule: str, document: Document) -> None:
    market = market_of(document)
    cohort = choose_cohort(market)
    charges = charge(market, cohort, rule)
    shares = sum(len(purchase.shares) for purchase in charges.purchases)
    assert 0 <= clear(market, rule).surplus < max(1, shares)


@any_market
@given(document=documents())
def test_vcg_leaves_exactly_the_difference_to_the_sponsor(document: Document) -> None:
    outcome = clear(market_of(document), "vcg")
    assert outcome.sponsor_paid >= 0
    assert outcome.surplus == 0


@any_market
@given(document=documents())
def test_only_vcg_reaches_first_best_and_no_rule_exceeds_it(document: Document) -> None:
    market = market_of(document)
    best = clear(market, "vcg")
    assert best.welfare == best.first_best
    assert all(clear(market, rule).welfare <= best.first_best for rule in RULES)


@any_market
@given(document=documents())
def test_provision_is_serial_with_every_round_in_the_goal(document: Document) -> None:
    whole = market_of({**document, "goal": len(document["quality"])})
    serial, provision = clear(whole, "serial"), clear(market_of(document), "provision")
    assert (serial.owners, serial.winners, serial.surplus) == (provision.owners, provision.winners, provision.surplus)


@every_rule
@any_market
@given(document=documents())
def test_an_outcome_that_is_not_funded_moves_no_money_and_says_why(rule: str, document: Document) -> None:
    outcome = clear(market_of(document), rule)
    assert outcome.funded == (outcome.rounds > 0) == (outcome.reason is None)
    if not outcome.funded:
        paid = (outcome.owners_paid, outcome.sponsor_paid, outcome.clients_paid, outcome.edges_paid)
        assert (*paid, outcome.coordinator_paid, outcome.surplus, outcome.welfare) == (0,) * 7
        assert all(owner.level == 0 for owner in outcome.owners)
