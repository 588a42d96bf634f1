"""A signature counts for one chain, campaign and message, in one form only (I-8)."""

import pytest

from cofund.chain.accounts import deliveries_message, sign
from cofund.errors import Reverted
from evm import CHAIN_ID
from harness import Harness
from malleable import LARGE_S, signed_with_a_large_s
from scenario import Scenario, bitmaps, tree_of
from twin import KEYS, Twin

TOP_BIT = 1 << 255
ELSEWHERE = "0x" + "11" * 20
HALF = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0  # of the order of the curve
OTHER_ROOT = b"\3" * 32
Signature = tuple[bytes, bytes]


def other_parity(signature: Signature) -> Signature:
    return signature[0], (int.from_bytes(signature[1]) ^ TOP_BIT).to_bytes(32)


BROKEN = [other_parity, lambda _: (bytes(32), bytes(32)), lambda s: (s[1], s[0]), lambda s: (s[0], s[1][:-1])]
BROKEN_IDS = ["the other v", "zero", "swapped", "a byte short"]


@pytest.fixture(scope="module")
def trained() -> Twin:
    return recorded()


def recorded() -> Twin:
    started = Scenario().settled()
    assert started.record_round(1) is None
    assert started.record_round(2) is None
    return started


def signed(
    twin, *, chain_id=CHAIN_ID, campaign=None, edge=0, up_to_round=2, root=None, missing=None, key="edge0"
) -> Signature:
    tree = tree_of(twin, 0, bitmaps(twin, 0, 0))
    said = tree.missing(2) if missing is None else missing
    message = deliveries_message(chain_id, campaign or twin.chain.campaign, edge, up_to_round, root or tree.root, said)
    return sign(KEYS[key], message)


def post(twin, signature: Signature) -> None:
    tree = tree_of(twin, 0, bitmaps(twin, 0, 0))
    twin.chain.call("post_deliveries", 0, 2, tree.root, tree.missing(2), b"".join(signature))


def test_the_right_deliveries_are_accepted_once() -> None:
    twin = recorded()
    post(twin, signed(twin))
    with pytest.raises(Reverted, match="not a later recorded round"):
        post(twin, signed(twin))


@pytest.mark.parametrize(
    "other",
    [
        {"chain_id": 2},
        {"campaign": ELSEWHERE},
        {"edge": 1},
        {"up_to_round": 1},
        {"root": OTHER_ROOT},
        {"missing": [1]},
        {"missing": []},
        {"missing": [0, 0]},
        {"key": "edge1"},
        {"key": "coordinator"},
    ],
    ids=lambda other: "-".join(map(str, *other.items())),
)
def test_deliveries_signed_for_anything_else_are_refused(trained, other) -> None:
    with pytest.raises(Reverted, match="deliveries: wrong signature"):
        post(trained, signed(trained, **other))


@pytest.mark.parametrize("broken", BROKEN, ids=BROKEN_IDS)
def test_another_form_of_the_signature_of_deliveries_is_refused(trained, broken) -> None:
    with pytest.raises(Reverted, match="deliveries: wrong signature"):
        post(trained, broken(signed(trained)))


def test_a_signature_with_the_larger_s_is_refused() -> None:
    """It recovers to an account, but so does its twin with the smaller s; only that one counts."""
    harness, digest = Harness(), b"\4" * 32
    for s, accepted in ((1, True), (HALF, True), (HALF + 1, False), (LARGE_S, False)):
        account, signature = signed_with_a_large_s(digest, s)
        assert harness.call("is_by", account, digest, signature) == accepted


def test_nobody_signs_nothing() -> None:
    """What cannot be recovered recovers to nobody; nobody is no signer."""
    for signature in (b"", bytes(64), bytes(65)):
        assert not Harness().call("is_by", "0x" + "00" * 20, b"\4" * 32, signature)
