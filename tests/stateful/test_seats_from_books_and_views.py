"""What an account has at stake is the same by the books and by the contracts' views, whatever has happened so far."""

from dataclasses import replace
from typing import Any

import pytest

import scenario
import sealed_scenario
from cofund.campaign.seat import Seat, seat_of
from cofund.campaign.views import seat_at
from cofund.market.terms import EdgeTerms
from cofund.settlement.ledger import Status
from evm_node import campaign_on
from scenario import Scenario, close_and_leave, train
from sealed_scenario import SEALED, SealedScenario
from sealed_twin import SealedTwin
from twin import COORDINATOR, INITIATOR, SPONSOR, Twin, address, with_terms

SERIAL = with_terms(edge_bond=70, veto_window_s=10, tolerance=0)
SEALED_TERMS = replace(SERIAL, min_cohort=1, **SEALED)
LISTED = {"listed_owners": True, "weights": tuple((address(f"owner{i}"), 1 + i) for i in range(3))}
MATCHED = replace(SERIAL, sponsor=SPONSOR, match=100_000_000, **LISTED)
UNDERWRITTEN = replace(SERIAL, sponsor=SPONSOR, underwritten=True, **LISTED)
REGION = replace(
    SERIAL,
    goal=1,
    goals=((1, 1), (3, 2)),
    edges=(
        EdgeTerms("edge0", address("edge0"), 3, 20, 200),
        EdgeTerms("edge1", address("edge1"), 2, 0, 200, "edge0"),
        EdgeTerms("edge2", address("edge0"), 2, 10, 150),
    ),
)
LIVES = {
    "serial": (Scenario(SERIAL), {"rounds": 4}),
    "matched": (Scenario(MATCHED), {"rounds": 4, "midway": True}),
    "underwritten": (Scenario(UNDERWRITTEN, silent=frozenset({"owner2", "edge1"})), {"rounds": 4, "gaps": 0x1111}),
    "halted": (Scenario(SERIAL), {"rounds": 2, "signing": "stand-in"}),
    "region": (Scenario(REGION, offers=((3, 0), (5, 1), (4, 2), (6, 1))), {"rounds": 4, "gaps": 0x11}),
    "vetoed": (Scenario(MATCHED), None),
    "unfunded": (Scenario(SERIAL, bids=(1,)), None),
    "cancelled": (Scenario(MATCHED, offers=((3, 0), (300, 1))), None),
    "sealed": (SealedScenario(SEALED_TERMS), {"rounds": 4, "gaps": 0x11}),
    "sealed, one absent": (SealedScenario(SEALED_TERMS, silent=frozenset({"edge1"})), {"rounds": 4}),
    "too dear": (Scenario(SERIAL, offers=((3, 0), (4, 1), (300, 0), (10**6, 1))), {"rounds": 4, "signing": "nobody"}),
}
PARTIES = [*(f"owner{i}" for i in range(3)), "client0", "client3", "edge0", "edge1", "outsider"]
ACCOUNTS = [*map(address, PARTIES), COORDINATOR, SPONSOR, INITIATOR]


class Comparing:
    """Before every call and when time has passed, every seat is read from both."""

    seats = 0

    def at(self, timestamp: int) -> None:
        super().at(timestamp)
        self.compare_seats()

    def both(self, *arguments: Any, **named: Any) -> Any:
        self.compare_seats()
        return super().both(*arguments, **named)

    def compare_seats(self) -> None:
        for account in ACCOUNTS:
            Comparing.seats += 1
            assert seat_at(campaign_on(self.chain), account) == self.by_books(account)

    def by_books(self, account: str) -> Seat:
        """As the contract calls edges, of weights what its views tell, and without offers, which only logs tell."""
        found, ledger = seat_of(self.ledger, self.now, account, block=1), self.ledger
        ids = {edge.id: str(at) for at, edge in enumerate(ledger.terms.edges)}
        edges = tuple(replace(edge, id=ids[edge.id], parent=ids.get(edge.parent or "")) for edge in ledger.terms.edges)
        weights = tuple((owner.account, owner.weight) for owner in ledger.owners)
        return replace(found, terms=replace(found.terms, edges=edges, weights=weights), offers=())


class Compared(Comparing, Twin):
    """With open books."""


class ComparedSealed(Comparing, SealedTwin):
    """With sealed ones."""


@pytest.mark.parametrize("life", LIVES)
def test_every_seat_is_the_same_at_every_moment(life, monkeypatch) -> None:
    monkeypatch.setattr(scenario, "Twin", Compared)
    monkeypatch.setattr(sealed_scenario, "SealedTwin", ComparedSealed)
    told, training = LIVES[life]
    twin, trees = told.committed() if life == "cancelled" else told.settled(), {}
    if life == "vetoed":
        for number in (1, 2):
            twin.at(twin.ledger.may_build(number))
            assert twin.record_round(number) is None
        assert [twin.veto(2, f"owner{i}") for i in range(2)] == [None, None]
        assert twin.ledger.rounds_done == 1
    elif training is not None:
        trees = train(twin, **training)
    if twin.ledger.status == Status.TRAINING and twin.ledger.rounds_done:
        twin.at(twin.ledger.accepted_end())
        twin.release_models()
    if life == "cancelled":
        twin.at(twin.terms.settle_end)
        assert twin.cancel() is None
    close_and_leave(twin, trees)
    twin.compare_seats()
    assert Comparing.seats > 100
