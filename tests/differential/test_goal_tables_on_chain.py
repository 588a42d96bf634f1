"""Goal tables: the contract sells what the mechanism sells, and refuses exactly the tables that it refuses."""

import random

import pytest

from book_market import CURVE, BookMarket, Site, account
from cofund.errors import InputError, Reverted
from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.mechanism.rules import clear
from evm import Machine


def random_table(draw):
    weights = sorted(draw.sample(range(1, 8), draw.randrange(1, 4)))
    return tuple((weight, draw.randrange(1, 5)) for weight in weights)


def instance_with(goals, bids, cost):
    owners = tuple(Owner(account(20_000 + i), bid, 1) for i, bid in enumerate(bids))
    return Instance(1, 1, 10**6, 0, 1, 0, CURVE, (Edge("e", 1, 0),), owners, (Client("c", "e", cost),), goals)


@pytest.fixture(scope="module")
def sharing():
    machine = Machine()
    return machine, machine.deploy("SerialSharing")


@pytest.mark.parametrize("seed", range(400))
def test_the_contract_sells_what_the_mechanism_sells(sharing, seed):
    machine, contract = sharing
    draw = random.Random(seed)
    goals = random_table(draw)
    bids = [draw.choice([0, 300, 900, 1500, 2500, 5000]) + draw.randrange(99) for _ in range(draw.randrange(1, 7))]
    cost = draw.choice([50, 120, 300])
    try:
        market = instance_with(goals, bids, cost)
    except InputError:
        with pytest.raises(Reverted, match="create: "):
            BookMarket([Site(account(1), 3)], 1, goals=[weight << 16 | rounds for weight, rounds in goals])
        return
    BookMarket([Site(account(1), 3)], 1, goals=[weight << 16 | rounds for weight, rounds in goals])
    outcome = clear(market)
    sale = (4, [weight << 16 | rounds for weight, rounds in goals], outcome.round_cost, 0)
    bills = machine.call(
        "SerialSharing", contract, "bills", [(bid, 1) for bid in bids], [BookMarket.curve_word()], sale
    )
    assert list(bills) == [(owner.level, owner.charge) for owner in outcome.owners]


@pytest.mark.parametrize("seed", range(60))
def test_no_owner_gains_by_another_bid_under_an_accepted_table(seed):
    draw = random.Random(seed)
    while True:
        try:
            bids = [draw.randrange(0, 1200) for _ in range(3)]
            market = instance_with(random_table(draw), bids, draw.choice([20, 60]))
            break
        except InputError:
            continue
    truth = clear(market)

    def surplus(outcome, at, value) -> int:
        level = outcome.owners[at].level
        return sum(value * step for step in CURVE[:level]) - outcome.owners[at].charge * 10**9

    for at, value in enumerate(bids):
        best = surplus(truth, at, value)
        for lie in range(0, 1400, 7):
            other = instance_with(market.goals, [*bids[:at], lie, *bids[at + 1 :]], market.clients[0].cost)
            assert surplus(clear(other), at, value) <= best + 4 * 10**9  # values are rounded down once per round
