"""Nobody gains by another bid or offer, whatever the rule, the goal, the match, the weights or a shortage."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cofund.market.codec import decode_instance
from cofund.market.document import Field
from cofund.market.instance import Instance
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.rules import RULES, clear
from cofund.units import ONE
from tests.oracles.markets import MAX_BID, MAX_COST, Document, documents


def market_of(document: Document) -> Instance:
    return decode_instance(Field("market", "", document))


def owner_utility_ppb(market: Instance, outcome: Outcome, at: int, true_bid: int) -> int:
    """Exact, not floored: what the checkpoint is truly worth less the charge, in parts of ONE."""
    result = outcome.owners[at]
    return true_bid * sum(market.quality[: result.level]) - ONE * result.charge


def client_utility(market: Instance, outcome: Outcome, at: int, true_cost: int) -> int:
    trains = market.clients[at].id in {winner.id for winner in outcome.winners}
    return outcome.pay_of(market.clients[at].id) - true_cost * outcome.rounds * trains


def other_bids(market: Instance, at: int) -> Iterator[Instance]:
    for bid in range(MAX_BID + 20):
        owners = list(market.owners)
        owners[at] = replace(owners[at], bid=bid)
        yield replace(market, owners=tuple(owners))


def other_offers(market: Instance, at: int) -> Iterator[Instance]:
    for cost in range(MAX_COST + 6):
        clients = list(market.clients)
        clients[at] = replace(clients[at], cost=cost)
        yield replace(market, clients=tuple(clients))


@pytest.mark.parametrize("rule", RULES)
@given(document=documents())
def test_no_owner_gains_by_another_bid(rule: str, document: Document) -> None:
    market = market_of(document)
    honest = clear(market, rule)
    for at, owner in enumerate(market.owners):
        truthful = owner_utility_ppb(market, honest, at, owner.bid)
        for lie in other_bids(market, at):
            assert owner_utility_ppb(market, clear(lie, rule), at, owner.bid) <= truthful


@pytest.mark.parametrize("rule", ["serial", "provision"])
@given(document=documents(), seed=st.integers(0, 2**32))
def test_no_coalition_of_owners_gains_unless_one_of_them_loses(rule: str, document: Document, seed: int) -> None:
    """If none of those who lie loses, then nobody gains: neither they nor a partner who tells the truth."""
    market, draw = market_of(document), Random(seed)
    honest = clear(market, rule)
    for _ in range(60):
        bids = [owner.bid if draw.randint(0, 1) else draw.randint(0, MAX_BID + 20) for owner in market.owners]
        owners = tuple(replace(owner, bid=bid) for owner, bid in zip(market.owners, bids, strict=True))
        lied = clear(replace(market, owners=owners), rule)
        gains = [
            owner_utility_ppb(market, lied, at, owner.bid) - owner_utility_ppb(market, honest, at, owner.bid)
            for at, owner in enumerate(market.owners)
        ]
        liars = [at for at, owner in enumerate(market.owners) if owner.bid != bids[at]]
        assert max(gains, default=0) <= 0 or min((gains[at] for at in liars), default=0) < 0


@pytest.mark.parametrize("rule", RULES)
@given(document=documents())
def test_no_client_gains_by_another_offer(rule: str, document: Document) -> None:
    market = market_of(document)
    honest = clear(market, rule)
    for at, client in enumerate(market.clients):
        truthful = client_utility(market, honest, at, client.cost)
        for lie in other_offers(market, at):
            assert client_utility(market, clear(lie, rule), at, client.cost) <= truthful


@given(document=documents())
def test_no_winner_moves_a_price_while_it_wins(document: Document) -> None:
    market = market_of(document)
    cohort = choose_cohort(market)
    for at in cohort.winners:
        for lie in other_offers(market, at):
            lied = choose_cohort(lie)
            if at in lied.winners:
                assert (lied.winners, lied.prices, lied.round_cost) == (
                    cohort.winners,
                    cohort.prices,
                    cohort.round_cost,
                )
