"""The bond of a winner that did not deliver goes to the owners, who pay for rounds, and not to the initiator.

Before the close it waits and is shared with what the close shares; after the close it is shared at once.
"""

import pytest

from cofund.market.terms import EdgeTerms
from scenario import Scenario, close_and_leave, train
from twin import INITIATOR, Twin, address, with_terms

TERMS = with_terms(tolerance=0)
FREE_EDGE = EdgeTerms("edge0", address("edge0"), 2, 0)
CHARGES = Scenario(TERMS).settled().ledger.owners
BOND = TERMS.client_bond


def missed_once() -> tuple[Twin, dict, str]:
    """All rounds delivered but one of client 0's, which wins."""
    twin = Scenario(TERMS).settled()
    trees = train(twin, 4, gaps=0b0001)
    assert twin.ledger.offers[0].winner
    return twin, trees, twin.name_of(0)


def parts(amount: int) -> list[int]:
    """In proportion to charges, rounded down."""
    total = sum(owner.charge for owner in CHARGES)
    return [amount * owner.charge // total for owner in CHARGES]


def test_before_the_close_the_bond_waits_for_it() -> None:
    twin, trees, client = missed_once()
    kept = missed_once()[0]
    for each in (twin, kept):
        assert each.release_models() is None
    tree = trees[0]
    assert twin.claim(client, tree.bitmaps[0], tree.proof(0)) is None
    assert (twin.ledger.lost_bonds, twin.ledger.credit[INITIATOR]) == (BOND, 0)
    assert twin.close() is None
    assert kept.close() is None
    more = [owner.owed - other.owed for owner, other in zip(twin.ledger.owners, kept.ledger.owners, strict=True)]
    assert more == parts(BOND)
    assert twin.ledger.credit[INITIATOR] - kept.ledger.credit[INITIATOR] == BOND - sum(parts(BOND))


@pytest.mark.parametrize("claimed", [True, False], ids=["by a claim", "because nobody claims"])
def test_after_the_close_it_is_shared_at_once(claimed) -> None:
    twin, trees, client = missed_once()
    assert twin.release_models() is None
    assert twin.close() is None
    before, dust = [owner.owed for owner in twin.ledger.owners], twin.ledger.credit[INITIATOR]
    if claimed:
        assert twin.claim(client, trees[0].bitmaps[0], trees[0].proof(0)) is None
    else:
        twin.at(twin.ledger.accepted_end() + 3 * TERMS.delivery_window_s)
        assert twin.return_bonds(client) is None
    assert [owner.owed - then for owner, then in zip(twin.ledger.owners, before, strict=True)] == parts(BOND)
    assert 0 <= twin.ledger.credit[INITIATOR] - dust < len(CHARGES)
    close_and_leave(twin, trees)
    assert twin.ledger.held() == 0


def test_if_nobody_is_charged_anything_the_initiator_gets_it() -> None:
    """Rounds that cost nothing: nobody's charge tells how to share."""
    free = with_terms(coordinator_fee=0, ceiling=0, client_bond=50, edges=(FREE_EDGE,), cohort=2)
    twin = Scenario(free, offers=((0, 0), (0, 0))).settled()
    assert sum(owner.charge for owner in twin.ledger.owners) == 0 < twin.ledger.rounds
    trees = train(twin, 4, gaps=0b1111_1111)
    close_and_leave(twin, trees)
    assert twin.ledger.payments[INITIATOR] >= 2 * 50
    assert twin.ledger.held() == 0
