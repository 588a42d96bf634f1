"""A bid with an ERC-2612 permit needs no approval before; a permit that somebody used up first does no harm."""

import pytest

from cofund.chain.accounts import permit_arguments, permit_message
from cofund.errors import Reverted
from evm import CHAIN_ID
from twin import KEYS, ROOT, SOME_TERMS, Twin, address

BIDDER, ESCROW = address("outsider"), 500
AMOUNT = ESCROW + SOME_TERMS.owner_bond
DEADLINE = SOME_TERMS.commit_end


def permit(twin: Twin, key: str = "outsider", amount: int = AMOUNT) -> tuple[int, int, bytes, bytes]:
    name = twin.chain.machine.call("TestToken", twin.chain.token, "name")
    parts = (CHAIN_ID, twin.chain.token, name, BIDDER, twin.chain.campaign, amount, 0, DEADLINE)
    return permit_arguments(KEYS[key], permit_message(*parts), DEADLINE)


@pytest.fixture
def twin() -> Twin:
    """The bidder has tokens and has approved nobody."""
    started = Twin(SOME_TERMS)
    started.chain.machine.call("TestToken", started.chain.token, "mint", [BIDDER], AMOUNT)
    return started


def commit(twin: Twin, *permit: object) -> None:
    twin.chain.call("commit_bid", b"\5" * 32, ESCROW, ROOT, *permit, sender=BIDDER)
    twin.ledger.commit_bid(twin.now, BIDDER, b"\5" * 32, ESCROW)
    twin.compare()
    assert twin.chain.balance(BIDDER) == 0


def test_a_permit_takes_the_place_of_an_approval(twin) -> None:
    with pytest.raises(Reverted):
        twin.chain.call("commit_bid", b"\5" * 32, ESCROW, ROOT, sender=BIDDER)
    commit(twin, *permit(twin))


def test_a_permit_that_somebody_used_first_does_no_harm(twin) -> None:
    deadline, v, r, s = permit(twin)
    arguments = (BIDDER, twin.chain.campaign, AMOUNT, deadline, v, r, s)
    twin.chain.machine.call("TestToken", twin.chain.token, "permit", *arguments, sender=address("owner9"))
    commit(twin, deadline, v, r, s)


@pytest.mark.parametrize("other", [{"key": "edge0"}, {"amount": AMOUNT - 1}], ids=["another key", "another amount"])
def test_a_wrong_permit_commits_nothing(twin, other) -> None:
    with pytest.raises(Reverted):
        twin.chain.call("commit_bid", b"\5" * 32, ESCROW, ROOT, *permit(twin, **other), sender=BIDDER)
    assert twin.chain.view("owner_count") == 0
