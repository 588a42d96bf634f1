"""A commitment opens once and for its own sender, role, campaign and chain only (I-3, I-8).

Vyper's example of a blind auction can be drained: one bid opened eleven times took eleven deposits.
"""

from dataclasses import replace

import pytest

from cofund.chain.contract import opening_arguments
from cofund.errors import Reverted
from cofund.market.sealing import BID, OFFER, Opening, seal
from evm import CHAIN_ID, Deployed
from scenario import Scenario, close_and_leave, train
from twin import ROOT, Twin, address

ANOTHER_CAMPAIGN = address("elsewhere")
OFFERED = Opening(address("client0"), 3, 0, b"\5" * 32)
BEST_BID = Opening(address("owner0"), 500, 0, b"\6" * 32)


def with_commitments(offer: bytes, bid: bytes) -> Deployed:
    """A campaign in its reveal phase, with these two commitments."""
    twin = Twin(Scenario().terms)
    chain = twin.chain
    assert twin.post_coordinator_bond() is None
    calls = ((OFFERED, "commit_offer", (offer,)), (BEST_BID, "commit_bid", (bid, 500, ROOT)))
    for opening, function, arguments in calls:
        chain.fund(opening.sender, 10**6)
        chain.call(function, *arguments, sender=opening.sender)
    twin.at(twin.terms.commit_end)
    return chain


def sealed(role: bytes, opening: Opening, *, chain_id: int = CHAIN_ID, campaign: str | None = None) -> bytes:
    return seal(role, chain_id, campaign or Twin(Scenario().terms).chain.campaign, opening)


def test_the_right_opening_is_accepted_once() -> None:
    chain = with_commitments(sealed(OFFER, OFFERED), sealed(BID, BEST_BID))
    for function, opening in (("reveal_offers", OFFERED), ("reveal_bids", BEST_BID)):
        chain.call(function, opening_arguments([opening]))
        with pytest.raises(Reverted, match="reveal: nothing new"):
            chain.call(function, opening_arguments([opening]))


def test_an_opening_eleven_times_in_one_batch_counts_once() -> None:
    twin = Scenario().committed()
    twin.at(twin.terms.commit_end)
    assert twin.reveal_bids(*["owner0"] * 11, "owner1", "owner2") is None
    assert twin.reveal_offers(*["client0"] * 11, *(f"client{i}" for i in range(1, 5))) is None
    twin.at(twin.terms.reveal_end)
    assert twin.settle() is None
    close_and_leave(twin, train(twin, 4))
    assert twin.ledger.held() == 0


def test_a_batch_goes_on_when_somebody_opens_one_of_it_first() -> None:
    twin = Scenario().committed()
    twin.at(twin.terms.commit_end)
    assert twin.reveal_offers("client1") is None
    assert twin.reveal_offers("client0", "client1", "client2") is None
    assert twin.reveal_bids("owner2") is None
    assert twin.reveal_bids("owner2", "owner0") is None
    assert twin.ledger.offers[2].cost == 4


def test_a_batch_with_one_wrong_opening_changes_nothing() -> None:
    twin = Scenario().committed()
    twin.at(twin.terms.commit_end)
    assert twin.reveal_offers("client0", "client7", "client1") == "reveal: no such sealed offer"
    assert twin.reveal_bids("owner0", "owner9") == "reveal: no such sealed bid"
    assert twin.ledger.offers[0].cost is None


def test_who_copies_a_commitment_cannot_open_it() -> None:
    chain = with_commitments(sealed(OFFER, replace(OFFERED, sender=address("client1"))), sealed(BID, BEST_BID))
    for sender in (OFFERED.sender, address("client1")):
        with pytest.raises(Reverted, match="reveal: no such sealed offer"):
            chain.call("reveal_offers", opening_arguments([replace(OFFERED, sender=sender)]))


@pytest.mark.parametrize(
    ("offer", "bid"),
    [
        (sealed(OFFER, OFFERED, chain_id=CHAIN_ID + 1), sealed(BID, BEST_BID, chain_id=CHAIN_ID + 1)),
        (sealed(OFFER, OFFERED, campaign=ANOTHER_CAMPAIGN), sealed(BID, BEST_BID, campaign=ANOTHER_CAMPAIGN)),
        (sealed(BID, OFFERED), sealed(OFFER, BEST_BID)),
        (
            sealed(OFFER, replace(OFFERED, sender=address("somebody"))),
            sealed(BID, replace(BEST_BID, sender=address("somebody"))),
        ),
    ],
    ids=["another chain", "another campaign", "another role", "another sender"],
)
def test_a_commitment_made_for_anything_else_does_not_open(offer, bid) -> None:
    chain = with_commitments(offer, bid)
    for function, opening in (("reveal_offers", OFFERED), ("reveal_bids", BEST_BID)):
        with pytest.raises(Reverted, match="reveal: no such sealed"):
            chain.call(function, opening_arguments([opening]))


OTHERS = [{"amount": 4}, {"edge": 1}, {"salt": bytes(32)}]


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: next(iter(other)))
def test_another_opening_of_the_same_commitment_is_refused(other) -> None:
    chain = with_commitments(sealed(OFFER, OFFERED), sealed(BID, BEST_BID))
    with pytest.raises(Reverted, match="reveal: no such sealed offer"):
        chain.call("reveal_offers", opening_arguments([replace(OFFERED, **other)]))
    with pytest.raises(Reverted, match="reveal: no such sealed bid"):
        chain.call("reveal_bids", opening_arguments([replace(BEST_BID, **other)]))
