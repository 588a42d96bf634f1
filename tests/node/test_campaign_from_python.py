"""A campaign played from Python: what the commands do, and whatever one of them began the other continues."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import cofund
from anvil import Anvil
from cofund.errors import AccountError, CheckFailed, InputError, NodeError, Reverted
from operating import CLIENTS, COORDINATOR, EDGES, FLAGS
from parties import OWNERS, SPONSOR, Parties

pytestmark = pytest.mark.node


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Parties]:
    with Anvil(FLAGS) as anvil:
        yield Parties(anvil, tmp_path, willing=False)


def look(hand: Parties) -> cofund.Campaign:
    return cofund.Campaign.at(cofund.connect(hand.anvil.url), hand.address, terms=hand.published)


def places(hand: Parties, account) -> dict[str, Path]:
    return {"home": hand.home(account), "terms": hand.published}


def test_from_the_first_bond_to_the_last_unit(hand: Parties) -> None:
    campaign, money = look(hand), sum(hand.balance(each) for each in OWNERS)
    assert campaign.phase == "commit"
    assert len(campaign.as_coordinator(COORDINATOR.key, **places(hand, COORDINATOR)).bond()) == 2
    assert len(campaign.as_sponsor(SPONSOR.key, **places(hand, SPONSOR)).lock()) == 2
    operators = [campaign.as_edge(each.key, **places(hand, each)) for each in EDGES]
    assert [len(operator.bond()) for operator in operators] == [2, 2]
    owner = campaign.as_owner(OWNERS[0].key, **places(hand, OWNERS[0]))
    assert [role for role, step in campaign.next_steps(OWNERS[0].address)] == ["owner", "client", "client"]
    assert len(owner.bid(90_000, 100_000)) == 1
    assert owner.bid(90_000, 100_000) == (), "the same bid again is no work"
    with pytest.raises(InputError, match="another"):
        owner.bid(80_000, 100_000)
    offers, unused = hand.folder / "offers", hand.folder / "unused.json"
    offers.mkdir()
    for at, client in enumerate(CLIENTS[:2]):
        acting = campaign.as_client(client.key, **places(hand, client))
        path = acting.offer("north", 300 + 10 * at, offers / f"{at}.json")
        assert path == acting.offer("north", 300 + 10 * at, path), "the same offer again"
    third = campaign.as_client(CLIENTS[2].key, **places(hand, CLIENTS[2]))
    with pytest.raises(InputError, match="one of north, south, got 'west'"):
        third.offer("west", 300, unused)
    with pytest.raises(InputError, match="multiple of the tick"):
        third.offer("north", 305, unused)
    assert len(operators[0].book(offers)) == 2
    for client in CLIENTS[:2]:
        place = hand.folder / "places" / f"{client.address}.json"
        assert campaign.as_client(client.key, **places(hand, client)).check(place).faults == ()
        (line,) = third.check(place).faults
        assert line == f"the place is that of {client.address}, not of {CLIENTS[2].address}"
    hand.at(2)
    assert [step.action for _, step in look(hand).next_steps(OWNERS[0].address)] == ["reveal"]
    assert len(owner.reveal()) == 1
    assert len(operators[0].open()) == 1
    hand.at(3)
    with pytest.raises(Reverted):
        owner.cancel()
    assert len(owner.settle()) == 1
    campaign = look(hand)
    assert (campaign.status, campaign.ledger.rounds) == ("training", 4)
    assert campaign.seat(OWNERS[0].address).owner.level == 4
    with pytest.raises(Reverted, match="no such round"):
        owner.veto()
    hand.at(5)  # nobody trained
    assert len(owner.halt()) == 1
    hand.at(9)
    assert len(owner.close()) == 1
    assert owner.refund()
    assert owner.refund() == ()
    assert sum(hand.balance(each) for each in OWNERS) >= money, "no round was delivered, so none is paid"
    assert hand.did(OWNERS[0], "owner", "refund")["transactions"] == [], "the command sees what Python did"


def test_who_only_looks_cannot_act_and_a_wrong_key_is_a_sentence(hand: Parties, demo_folder: Path) -> None:
    recorded = cofund.Campaign.from_record(demo_folder / "record.json")
    assert recorded.status == "closed"
    assert all(not step.public for _, step in recorded.next_steps(recorded.ledger.owners[0].account))
    with pytest.raises(NodeError, match=r"Campaign\.at"):
        recorded.as_owner(OWNERS[0].key).refund()
    with pytest.raises(AccountError, match="32 bytes"):
        look(hand).as_owner("0x12").refund()
    other = hand.folder / "other.json"
    other.write_text(hand.published.read_text().replace("Small campaign", "Another"))
    with pytest.raises(CheckFailed, match="not the terms"):
        cofund.Campaign.at(cofund.connect(hand.anvil.url), hand.address, terms=other)
    with pytest.raises(InputError, match="a factory created"):
        cofund.Campaign.at(cofund.connect(hand.anvil.url), hand.token.address)


def test_nothing_is_paid_into_what_was_not_published(hand: Parties) -> None:
    """As by the commands: the check is the desk's."""
    campaign = look(hand)
    hand.anvil.ask("anvil_setCode", hand.address, "0x" + hand.node.code(hand.token.address).hex())
    with pytest.raises(CheckFailed, match="nothing is paid into it"):
        campaign.as_owner(OWNERS[0].key, **places(hand, OWNERS[0])).bid(90_000, 100_000)
    assert hand.sent(OWNERS[0]) == 0
