"""A signature counts for one chain, campaign, role and message, in one form only (I-8)."""

import pytest

from cofund.chain.accounts import deliveries_message, offer_message, sign
from cofund.errors import Reverted
from deliveries import Tree
from evm import CHAIN_ID
from malleable import signed_with_a_large_s
from scenario import Scenario, bitmaps
from twin import KEYS, SOME_TERMS, Twin, address

TOP_BIT = 1 << 255
COMMITMENT = b"\5" * 32
ELSEWHERE = "0x" + "11" * 20
Signature = tuple[bytes, bytes]


def other_parity(signature: Signature) -> Signature:
    return signature[0], (int.from_bytes(signature[1]) ^ TOP_BIT).to_bytes(32)


BROKEN = [other_parity, lambda _: (bytes(32), bytes(32)), lambda s: (s[1], s[0])]
BROKEN_IDS = ["the other v", "zero", "swapped"]


# ---------------------------------------------------------------- deliveries


@pytest.fixture(scope="module")
def trained() -> Twin:
    started = Scenario().settled()
    assert started.record_round(1) is None
    assert started.record_round(2) is None
    return started


def signed(twin, *, chain_id=CHAIN_ID, campaign=None, edge=0, up_to_round=2, total=None, key="edge0") -> Signature:
    tree = Tree(bitmaps(twin, 0, 0))
    message = deliveries_message(
        chain_id, campaign or twin.chain.campaign, edge, up_to_round, tree.root, tree.total if total is None else total
    )
    return sign(KEYS[key], message)


def post(twin, signature: Signature) -> None:
    tree = Tree(bitmaps(twin, 0, 0))
    twin.chain.call("post_deliveries", 0, 2, tree.root, tree.total, *signature)


def test_the_right_deliveries_are_accepted_once() -> None:
    twin = Scenario().settled()
    twin.record_round(1)
    twin.record_round(2)
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
        {"total": 1},
        {"key": "edge1"},
        {"key": "coordinator"},
    ],
    ids=lambda other: "-".join(map(str, *other.items())),
)
def test_deliveries_signed_for_anything_else_are_refused(trained, other) -> None:
    with pytest.raises(Reverted, match="deliveries: wrong signature"):
        post(trained, signed(trained, **other))


def test_a_signed_offer_does_not_pass_for_deliveries(trained) -> None:
    signature = sign(KEYS["edge0"], offer_message(CHAIN_ID, trained.chain.campaign, 0, COMMITMENT))
    with pytest.raises(Reverted, match="deliveries: wrong signature"):
        post(trained, signature)


@pytest.mark.parametrize("broken", BROKEN, ids=BROKEN_IDS)
def test_another_form_of_the_signature_of_deliveries_is_refused(trained, broken) -> None:
    with pytest.raises(Reverted, match="deliveries: wrong signature"):
        post(trained, broken(signed(trained)))


# ---------------------------------------------------------------- relayed offers


@pytest.fixture(scope="module")
def committing() -> Twin:
    return Twin(SOME_TERMS)


def offered(twin, *, chain_id=CHAIN_ID, campaign=None, edge=0, commitment=COMMITMENT, key="client0") -> Signature:
    return sign(KEYS[key], offer_message(chain_id, campaign or twin.chain.campaign, edge, commitment))


def relay(twin, signature: Signature) -> None:
    row = (address("client0"), COMMITMENT, *signature)
    twin.chain.call("relay_offers", 0, [row], sender=address("edge0"))


def test_the_right_offer_is_relayed_once() -> None:
    twin = Twin(SOME_TERMS)
    relay(twin, offered(twin))
    with pytest.raises(Reverted, match="relay: nothing new"):
        relay(twin, offered(twin))


def test_a_batch_goes_on_when_a_client_commits_first() -> None:
    twin = Twin(SOME_TERMS)
    assert twin.commit_offer("client1", 3, 0) is None
    assert twin.relay_offers(0, [("client0", 2), ("client1", 2), ("client2", 2)]) is None
    assert [offer.poster for offer in twin.ledger.offers] == [None, 0, 0]


@pytest.mark.parametrize(
    "other",
    [{"chain_id": 2}, {"campaign": ELSEWHERE}, {"edge": 1}, {"commitment": bytes(32)}, {"key": "client1"}],
    ids=lambda other: next(iter(other)),
)
def test_an_offer_signed_for_anything_else_is_refused(committing, other) -> None:
    with pytest.raises(Reverted, match="relay: wrong signature"):
        relay(committing, offered(committing, **other))


@pytest.mark.parametrize("broken", BROKEN, ids=BROKEN_IDS)
def test_another_form_of_the_signature_of_an_offer_is_refused(committing, broken) -> None:
    with pytest.raises(Reverted, match="relay: wrong signature"):
        relay(committing, broken(offered(committing)))


def test_a_signature_with_the_larger_s_is_refused(committing) -> None:
    """It recovers to a client, but so does its twin with the smaller s; only that one counts."""
    client, r, vs = signed_with_a_large_s(committing.chain.campaign, 0, COMMITMENT)
    with pytest.raises(Reverted, match="relay: wrong signature"):
        committing.chain.call("relay_offers", 0, [(client, COMMITMENT, r, vs)], sender=address("edge0"))


def test_nobody_is_no_client(committing) -> None:
    row = ("0x" + "00" * 20, COMMITMENT, bytes(32), bytes(32))
    with pytest.raises(Reverted, match="relay: wrong signature"):
        committing.chain.call("relay_offers", 0, [row], sender=address("edge0"))
