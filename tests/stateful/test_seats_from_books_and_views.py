"""What an account has at stake is the same by the books and by the contract's views, whatever has happened so far."""

from dataclasses import replace

import pytest

import scenario
from cofund.campaign.seat import Seat, seat_of
from cofund.campaign.views import offers_at, seat_at
from cofund.market.terms import EdgeTerms
from cofund.settlement.ledger import Status
from evm_node import campaign_on
from leaving import leave
from scenario import Scenario, train
from twin import COORDINATOR, INITIATOR, SPONSOR, Twin, address, with_terms

SERIAL = with_terms(edge_bond=70, veto_window_s=10, tolerance=0)
MATCHED = replace(SERIAL, sponsor=SPONSOR, match=100_000_000, listed_owners=False)
UNDERWRITTEN = replace(SERIAL, sponsor=SPONSOR, underwritten=True)
ADMITTING = replace(SERIAL, edges=(EdgeTerms("edge0", address("edge0"), 2, 20, admits=True), SERIAL.edges[1]))
LIVES = {
    "serial": (Scenario(SERIAL), {"rounds": 4}),
    "matched": (Scenario(MATCHED, relayed=frozenset({"client0", "client2"})), {"rounds": 4, "midway": True}),
    "underwritten": (Scenario(UNDERWRITTEN, silent=frozenset({"owner2", "client4"})), {"rounds": 4, "gaps": 0x1111}),
    "halted": (Scenario(ADMITTING), {"rounds": 2, "signing": "stand-in"}),
    "vetoed": (Scenario(MATCHED), None),
    "unfunded": (Scenario(SERIAL, bids=(1,)), None),
    "cancelled": (Scenario(MATCHED, offers=((3, 0), (300, 1)), relayed=frozenset({"client1"})), None),
    "too dear": (Scenario(SERIAL, offers=((3, 0), (4, 1), (300, 0), (10**6, 1))), {"rounds": 4, "signing": "nobody"}),
}
PARTIES = [*(f"owner{i}" for i in range(3)), *(f"client{i}" for i in range(5)), "edge0", "edge1", "outsider"]
ACCOUNTS = [*map(address, PARTIES), COORDINATOR, SPONSOR, INITIATOR]


class Compared(Twin):
    """Before every call and when time has passed, every seat is read from both."""

    seats = 0

    def at(self, timestamp: int) -> None:
        super().at(timestamp)
        self.compare_seats()

    def both(self, sender, function, arguments, model):
        self.compare_seats()
        return super().both(sender, function, arguments, model)

    def compare_seats(self) -> None:
        for account in ACCOUNTS:
            Compared.seats += 1
            assert self.by_views(account) == self.by_books(account)

    def by_books(self, account: str) -> Seat:
        """As the contract calls edges, and of curve and weights what its views tell."""
        found, ledger = seat_of(self.ledger, self.now, account, block=1), self.ledger
        edges = tuple(replace(edge, id=str(at)) for at, edge in enumerate(ledger.terms.edges))
        weights = tuple((owner.account, owner.weight) for owner in ledger.owners)
        return replace(found, terms=replace(found.terms, edges=edges, weights=weights, quality=(0,) * 4))

    def by_views(self, account: str) -> Seat:
        """With the offers that the account's edges relayed, whose clients only events name."""
        campaign = campaign_on(self.chain)
        found, clients = seat_at(campaign, account), [offer.client for offer in self.ledger.offers]
        offers = offers_at(replace(campaign, block=1), found.terms, clients)
        assert list(offers) == list(range(len(clients)))
        return replace(found, relayed=tuple(offer for offer in offers.values() if offer.poster in found.operated))


@pytest.mark.parametrize("life", LIVES)
def test_every_seat_is_the_same_at_every_moment(life, monkeypatch) -> None:
    monkeypatch.setattr(scenario, "Twin", Compared)
    told, training = LIVES[life]
    twin, trees = told.committed() if life == "cancelled" else told.settled(), {}
    if life == "vetoed":
        assert [twin.record_round(number) for number in (1, 2)] == [None, None]
        assert [twin.veto(2, f"owner{i}") for i in range(2)] == [None, None]
        assert twin.ledger.rounds_done == 1
    elif training is not None:
        trees = train(twin, **training)
    if twin.ledger.status == Status.TRAINING and twin.ledger.rounds_done:
        twin.at(twin.ledger.accepted_end())
        twin.release_models()
    leave(twin, trees)
    twin.compare_seats()
    assert Compared.seats > 100
