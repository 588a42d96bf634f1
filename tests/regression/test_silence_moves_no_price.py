"""Who does not open what it sealed loses a bond: an operator, for every client in its book, at least the ceiling."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from cofund.errors import Reverted
from evm import deploy_campaign
from leaving import leave
from scenario import Scenario, close_and_leave, train
from twin import INITIATOR, SOME_TERMS, address

OFFERS = ((3, 0), (5, 0), (4, 0), (6, 1), (9, 1))


def test_a_bond_below_the_ceiling_is_refused_at_creation() -> None:
    with pytest.raises(Reverted, match="create: book bond below the ceiling"):
        deploy_campaign(replace(SOME_TERMS, book_bond=SOME_TERMS.ceiling - 1), INITIATOR)


def test_a_sealed_book_forfeits_its_bond_to_the_owners() -> None:
    twin = Scenario(offers=OFFERS, silent=frozenset({"edge1"})).settled()
    lost = 2 * SOME_TERMS.book_bond
    assert twin.ledger.lost_bonds == lost
    assert twin.return_book_bond("edge1") == "bond: nothing held"
    close_and_leave(twin, train(twin, 4))
    assert twin.ledger.payments[address("edge1")] == 0
    assert sum(owner.refunded for owner in twin.ledger.owners) >= lost
    assert twin.ledger.held() == 0


def test_silence_gains_less_than_the_bond_a_round() -> None:
    """No price anywhere rises by more than the bond for one client."""
    everybody = Scenario(offers=OFFERS).settled().ledger
    for silent in ("edge0", "edge1"):
        others = Scenario(offers=OFFERS, silent=frozenset({silent})).settled().ledger
        for before, after in zip(everybody.edges, others.edges, strict=True):
            assert after.price - before.price <= SOME_TERMS.book_bond


def test_a_sealed_bid_forfeits_its_bond_and_gets_its_escrow_back() -> None:
    twin = Scenario(silent=frozenset({"owner0"})).settled()
    close_and_leave(twin, train(twin, 4))
    owner = twin.ledger.owners[0]
    assert twin.ledger.deposits[owner.account] - twin.ledger.payments[owner.account] == SOME_TERMS.owner_bond


def test_nothing_is_forfeited_when_nobody_settles() -> None:
    twin = Scenario(silent=frozenset({"owner0", "edge1"})).revealed()
    leave(twin, SimpleNamespace(maps={}))
    assert twin.ledger.payments == twin.ledger.deposits
