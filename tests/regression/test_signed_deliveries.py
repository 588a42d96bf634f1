"""A delivery signature counts for one campaign, edge, round, root and total, in one form only (I-8)."""

import pytest

from cofund.chain.accounts import deliveries_message, sign
from cofund.errors import Reverted
from deliveries import Tree
from evm import CHAIN_ID
from scenario import Scenario, bitmaps
from twin import KEYS

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@pytest.fixture
def twin():
    started = Scenario().settled()
    started.record_round(1)
    started.record_round(2)
    return started


def signed(twin, *, chain_id=CHAIN_ID, campaign=None, edge=0, up_to_round=2, total=None, key="edge0") -> bytes:
    tree = Tree(bitmaps(twin, 0, 0))
    message = deliveries_message(
        chain_id, campaign or twin.chain.campaign, edge, up_to_round, tree.root, tree.total if total is None else total
    )
    return sign(KEYS[key], message)


def post(twin, signature: bytes) -> None:
    tree = Tree(bitmaps(twin, 0, 0))
    twin.chain.call("post_deliveries", 0, 2, tree.root, tree.total, signature)


def test_the_right_signature_is_accepted_once(twin) -> None:
    post(twin, signed(twin))
    with pytest.raises(Reverted, match="not a later recorded round"):
        post(twin, signed(twin))


@pytest.mark.parametrize(
    "other",
    [
        {"chain_id": 2},
        {"campaign": "0x" + "11" * 20},
        {"edge": 1},
        {"up_to_round": 1},
        {"total": 1},
        {"key": "edge1"},
        {"key": "coordinator"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_signature_for_anything_else_is_refused(twin, other) -> None:
    with pytest.raises(Reverted, match="deliveries: wrong signature"):
        post(twin, signed(twin, **other))


def test_the_mirrored_signature_is_refused(twin) -> None:
    signature = signed(twin)
    s = ORDER - int.from_bytes(signature[32:64])
    mirrored = signature[:32] + s.to_bytes(32) + bytes([55 - signature[64]])
    with pytest.raises(Reverted, match="deliveries: wrong signature"):
        post(twin, mirrored)


@pytest.mark.parametrize("length", [0, 64])
def test_a_short_signature_is_refused(twin, length) -> None:
    with pytest.raises(Reverted, match="deliveries: wrong signature"):
        post(twin, signed(twin)[:length])
