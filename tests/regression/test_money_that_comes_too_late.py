"""A sponsor, a coordinator or an edge that does not pay in time: the campaign goes without, nobody's money is stuck."""

from types import SimpleNamespace

from leaving import leave
from scenario import Scenario, close_and_leave, train
from twin import SPONSOR, Twin, listed, with_terms

MATCHED = with_terms(sponsor=SPONSOR, match=250_000_000, **listed("owner0", "owner1", "owner2"))

NOTHING = SimpleNamespace(maps={})


def sealed_without(missing: str) -> Twin:
    """A campaign whose bids and books stay sealed: what cannot be settled shows nobody anything."""
    twin = Twin(MATCHED)
    if missing != "coordinator":
        assert twin.post_coordinator_bond() is None
    if missing != "sponsor":
        assert twin.lock_sponsorship() is None
    for i in range(3):
        assert twin.commit_bid(f"owner{i}", 3000, 3000) is None
    for edge in (0, 1):
        assert twin.commit_book(f"edge{edge}", {edge: [("client0", 3), ("client1", 4)]}) is None
    twin.at(MATCHED.commit_end)
    refusal = f"reveal: the {'coordinator posted no bond' if missing == 'coordinator' else 'sponsor locked nothing'}"
    assert twin.reveal_bids("owner0", "owner1", "owner2") == refusal
    assert twin.open_book("edge0") == refusal
    return twin


def test_late_sponsorship_is_refused_and_everybody_gets_everything_back() -> None:
    twin = sealed_without("sponsor")
    assert twin.lock_sponsorship() == "commit: the phase is over"
    twin.at(MATCHED.reveal_end)
    assert twin.settle() == "reveal: the sponsor locked nothing"
    leave(twin, NOTHING)
    assert twin.ledger.payments == twin.ledger.deposits


def test_a_sponsor_pays_once() -> None:
    twin = Twin(MATCHED)
    assert twin.lock_sponsorship("outsider") == "sponsor: not the sponsor"
    assert twin.lock_sponsorship() is None
    assert twin.lock_sponsorship() == "sponsor: locked already"
    assert twin.ledger.deposits[SPONSOR] == MATCHED.sponsorship > 0


def test_without_the_coordinators_bond_everybody_gets_everything_back() -> None:
    twin = sealed_without("coordinator")
    assert twin.post_coordinator_bond() == "commit: the phase is over"
    twin.at(MATCHED.reveal_end)
    assert twin.settle() == "reveal: the coordinator posted no bond"
    leave(twin, NOTHING)
    assert twin.ledger.payments == twin.ledger.deposits


def test_an_edge_without_its_bond_serves_nobody() -> None:
    twin = Scenario(with_terms(edge_bond=70), unbonded=frozenset({0})).settled()
    assert [edge.winners for edge in twin.ledger.edges] == [0, 2]
    trees = train(twin, 4)
    close_and_leave(twin, trees)
    assert twin.ledger.held() == 0
