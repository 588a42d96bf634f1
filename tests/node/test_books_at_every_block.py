"""At every block a campaign read from a node has the books that were kept beside it, followed or read anew."""

from dataclasses import replace
from typing import Any

import pytest

import scenario
from anvil import Anvil
from anvil_machine import FLAGS, on_anvil
from cofund.campaign.campaign import Campaign
from cofund.campaign.creations import creations
from cofund.campaign.from_chain import Following, follow, head
from cofund.campaign.publication import digest, document_of, terms_of
from cofund.campaign.seat import seat_of
from cofund.campaign.views import seat_at
from cofund.chain.contract import Contract
from cofund.chain.journal import Journal
from cofund.chain.node import Node
from cofund.chain.provider import Provider
from cofund.market.terms import Terms
from evm import CHAIN_ID, START
from scenario import Scenario, close_and_leave, train
from twin import INITIATOR, SPONSOR, Twin, address, with_terms

pytestmark = pytest.mark.node
LONG = {
    "commit_end": START + 1000,
    "reveal_end": START + 2000,
    "settle_end": START + 3000,
    "round_limit_s": 500,
    "delivery_window_s": 400,
    "veto_window_s": 20,
    "edge_bond": 70,
    "tolerance": 10**8,
}
WEIGHTS = tuple((address(f"owner{i}"), 1 + i) for i in range(3))
PROMISED = {"sponsor": SPONSOR, "listed_owners": True, "weights": WEIGHTS}
LIVES: dict[str, dict[str, Any]] = {
    "serial": {},
    "matched": PROMISED | {"match": 250_000_000},
    "underwritten": PROMISED | {"underwritten": True},
}


def published(**changes: Any) -> tuple[Terms, dict[str, Any]]:
    """Terms with the digest of their document."""
    plain = with_terms(**LONG | changes)
    document = document_of(
        plain,
        name="a life",
        token=("TEST", 6),
        initiator=INITIATOR,
        edge_names=("left", "right"),
        owners=((f"owner{i}", f"owner {i}", account) for i, (account, _) in enumerate(WEIGHTS)),
    )
    return terms_of(document), document


class Read(Twin):
    """After every call the campaign is read from the node."""

    provider: Provider
    documents: dict[bytes, dict[str, Any]]
    followed: Following | None = None
    read = 0

    def both(self, *arguments: Any, **named: Any) -> str | None:
        refusal = super().both(*arguments, **named)
        if refusal is None:
            self.check()
        return refusal

    def follow(self) -> Following:
        block = head(self.provider)
        (created,) = creations(self.provider, 0, block.number, self.chain.campaign)
        return follow(self.provider, CHAIN_ID, created, block, self.documents)

    def check(self) -> None:
        self.followed = self.followed or self.follow()
        block = head(self.provider)
        now, fresh = self.followed.at(block), self.follow().at(block)
        for one in (now, fresh):
            assert one.published
            assert (one.ledger, one.now) == (self.ledger, self.now)
        assert (now.seen, now.calls, now.place) == (fresh.seen, fresh.calls, fresh.place)
        self.check_seats(now)
        type(self).read += 1

    def check_seats(self, campaign: Campaign) -> None:
        """By the views edges are called by number, offers are not told, and of weights those of who has bid."""
        there = Contract(Node(self.provider, CHAIN_ID, Journal()), "Campaign", self.chain.campaign)
        for name in ("owner0", "client0", "edge0", "coordinator", "outsider"):
            by_books = seat_of(campaign.ledger, campaign.now + 1, address(name), block=campaign.place.block)
            edges = tuple(replace(edge, id=str(at)) for at, edge in enumerate(self.terms.edges))
            weights = tuple((owner.account, owner.weight) for owner in self.ledger.owners)
            told = replace(by_books, terms=replace(by_books.terms, edges=edges, weights=weights), offers=())
            assert replace(seat_at(there, address(name)), now=told.now) == told


def life_of(url: str, terms: Terms) -> None:
    twin = Scenario(terms).settled(on_anvil(url))
    trees = train(twin, 4, gaps=0b1, midway=True)
    twin.at(twin.ledger.accepted_end())
    assert twin.release_models() is None
    close_and_leave(twin, trees)


@pytest.mark.parametrize("life", LIVES)
def test_every_block(life: str, monkeypatch: pytest.MonkeyPatch) -> None:
    terms, document = published(**LIVES[life])
    with Anvil(FLAGS) as process:
        known = {"provider": Provider(process.url), "documents": {digest(document): document}, "read": 0}
        monkeypatch.setattr(scenario, "Twin", type("ReadHere", (Read,), known))
        life_of(process.url, terms)
        assert scenario.Twin.read >= 25
