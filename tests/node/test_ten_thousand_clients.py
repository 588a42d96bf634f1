"""10,000 clients, 64 edges and 50 owners settle in one transaction and are all paid by others, to the unit."""

import os
from collections.abc import Iterator

import pytest

from benchmarks.gas_campaign import Campaign
from benchmarks.gas_market import market
from benchmarks.gas_node import ANVIL, TRANSACTION_GAS_LIMIT, anvil
from benchmarks.gas_scale import STEPS, balances, everything, promised, spent

pytestmark = pytest.mark.node
CLIENTS, OWNERS, EDGES, ROUNDS = 10_000, 50, 64, 16


@pytest.fixture(scope="module")
def campaign() -> Iterator[Campaign]:
    if not ANVIL.exists():
        assert not os.environ.get("CI"), "CI must have anvil: `make node`"
        pytest.skip("anvil is not installed: `make node` installs it where there is npm")
    with anvil() as chain:
        lived = Campaign(chain, market(CLIENTS, OWNERS, EDGES, ROUNDS))
        for step in STEPS:
            step(lived)
        yield lived


def test_settlement_fits_one_transaction_with_room(campaign: Campaign) -> None:
    (settled,) = campaign.spent["settle"]
    assert settled.gas < TRANSACTION_GAS_LIMIT * 2 // 3


def test_every_client_holds_what_the_mechanism_promised_for_its_rounds(campaign: Campaign) -> None:
    held = balances(campaign, campaign.who.addresses)
    assert held == promised(campaign)
    assert sum(map(bool, held)) == CLIENTS // 2


def test_owners_pay_their_charge_for_what_was_delivered(campaign: Campaign) -> None:
    charges = [owner.charge for owner in campaign.outcome.owners]
    assert all(0 <= paid <= charge for paid, charge in zip(spent(campaign), charges, strict=True))
    assert 0 < sum(spent(campaign)) < sum(charges)  # every tenth winner missed a round


def test_no_money_is_made_or_lost(campaign: Campaign) -> None:
    view = campaign.chain.view
    assert balances(campaign, [campaign.address]) == [0]
    deposited, paid_out = (view("Campaign", campaign.address, name) for name in ("deposited", "paid_out"))
    assert deposited == paid_out
    assert everything(campaign) == view("TestToken", campaign.token, "totalSupply")
