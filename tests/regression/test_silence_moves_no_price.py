"""Who does not open a sealed offer loses a bond of at least the ceiling, which no client-round's price exceeds."""

from dataclasses import replace

import pytest

from cofund.errors import Reverted
from evm import deploy_campaign
from leaving import leave
from scenario import Scenario, close_and_leave, train
from twin import INITIATOR, SOME_TERMS, address


def test_a_bond_below_the_ceiling_is_refused_at_creation() -> None:
    with pytest.raises(Reverted, match="create: client bond below the ceiling"):
        deploy_campaign(replace(SOME_TERMS, client_bond=SOME_TERMS.ceiling - 1), INITIATOR)


@pytest.mark.parametrize("relayed", [frozenset(), frozenset({"client2"})], ids=["own bond", "edge's bond"])
def test_a_sealed_offer_forfeits_its_bond_to_the_initiator(relayed) -> None:
    twin = Scenario(silent=frozenset({"client2"}), relayed=relayed).settled()
    assert twin.ledger.credit[INITIATOR] == SOME_TERMS.client_bond
    assert twin.return_bonds("client2") == "bond: forfeited"
    close_and_leave(twin, train(twin, 4))
    assert twin.ledger.payments[address("client2")] == 0
    assert twin.ledger.held() == 0


def test_silence_gains_less_than_the_bond_a_round() -> None:
    """One of five is silent: no price at its edge or elsewhere rises by more than the bond it loses."""
    everybody = Scenario().settled().ledger
    for i in range(5):
        others = Scenario(silent=frozenset({f"client{i}"})).settled().ledger
        for before, after in zip(everybody.edges, others.edges, strict=True):
            assert after.price - before.price <= SOME_TERMS.client_bond


def test_a_sealed_bid_forfeits_its_bond_and_gets_its_escrow_back() -> None:
    twin = Scenario(silent=frozenset({"owner0"})).settled()
    close_and_leave(twin, train(twin, 4))
    owner = twin.ledger.owners[0]
    assert twin.ledger.deposits[owner.account] - twin.ledger.payments[owner.account] == SOME_TERMS.owner_bond


def test_nothing_is_forfeited_when_nobody_settles() -> None:
    twin = Scenario(silent=frozenset({"owner0", "client2"})).revealed()
    leave(twin, {})
    assert twin.ledger.payments == twin.ledger.deposits
