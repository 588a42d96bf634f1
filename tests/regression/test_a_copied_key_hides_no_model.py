"""A bid with a copied key, made before the owner's own, was taken for the owner's: its model was not found."""

import pytest

from cofund.campaign.own_model import OwnModel, _accounts_of, _first_that_opens
from cofund.chain.logs import Event
from cofund.errors import AccountError, CheckFailed

KEY, OTHER = b"\1" * 32, b"\2" * 32
BIDS = [("copier", KEY), ("stranger", OTHER), ("owner", KEY)]
EVENTS = [
    Event("BidCommitted", {"owner": owner, "encryption_key": key}, at, 0, "0x") for at, (owner, key) in enumerate(BIDS)
]


def opened(account: str) -> OwnModel:
    if account != "owner":
        raise CheckFailed(f"owner {account}: no model was released to it")
    return OwnModel({}, "", account, 1, bytes(32), (), "")


def test_every_bid_with_the_key_is_looked_at() -> None:
    assert _accounts_of(EVENTS, KEY) == ["copier", "owner"]
    assert _first_that_opens(["copier", "owner"], opened).account == "owner"
    assert _first_that_opens(["owner", "copier"], opened).account == "owner"


def test_where_none_has_a_model_the_reason_is_said() -> None:
    with pytest.raises(CheckFailed, match="owner copier: no model was released"):
        _first_that_opens(["stranger", "copier"], opened)
    with pytest.raises(AccountError, match="no bid of this campaign carries the public key"):
        _accounts_of(EVENTS, b"\3" * 32)
