"""A commitment opens for its own sender, role, campaign and chain only (I-3, I-8)."""

from dataclasses import replace

import pytest

from cofund.chain.contract import opening_arguments
from cofund.errors import Reverted
from cofund.market.sealing import BID, OFFER, Opening, seal
from evm import CHAIN_ID, Deployed
from scenario import Scenario
from twin import Twin, address

ANOTHER_CAMPAIGN = address("elsewhere")
OFFERED = Opening(address("client0"), 3, 0, b"\5" * 32)
BEST_BID = Opening(address("owner0"), 500, 0, b"\6" * 32)


def with_commitments(offer: bytes, bid: bytes) -> Deployed:
    """A campaign in its reveal phase, with these two commitments."""
    twin = Twin(Scenario().terms)
    chain = twin.chain
    for opening, function, arguments in ((OFFERED, "commit_offer", (offer,)), (BEST_BID, "commit_bid", (bid, 500))):
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
        with pytest.raises(Reverted, match="reveal: no such sealed"):
            chain.call(function, opening_arguments([opening]))


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
