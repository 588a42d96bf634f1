"""Symptoms: no bid with a token of another permit; a stranger paid for an allowance before "not a listed owner"."""

from pathlib import Path

import pytest

from anvil import RICH, Anvil
from cofund.chain.contract import Contract
from hatch_build import compile_contract
from operating import CLIENTS, FLAGS
from parties import OWNERS, PLENTY, Parties

pytestmark = pytest.mark.node
ALLOWING = Path(__file__).parents[1] / "support" / "tokens" / "AllowingToken.vy"
SIX = (("decimals = 2", "decimals = 6"), ('unit = "EUR"', 'unit = "rEUR"'))


@pytest.fixture(scope="module")
def parties(tmp_path_factory):
    with Anvil(FLAGS) as anvil:
        yield Parties(anvil, tmp_path_factory.mktemp("parties"))


def other_terms(parties, *changes: tuple[str, str]):
    text = parties.toml()
    for before, after in changes:
        text = text.replace(before, after)
    parties.terms.write_text(text)
    parties.create()


def test_a_permit_of_another_kind_gives_way_to_an_allowance(parties):
    code = compile_contract(ALLOWING)["bytecode"]
    token = Contract(parties.node, "TestToken", parties.node.created(parties.node.send(RICH, None, code, "token")))
    token.send(RICH, "mint", "mint", [OWNERS[0].address], PLENTY)
    other_terms(parties, (parties.token.address, token.address), *SIX)
    made = parties.did(OWNERS[0], "owner", "bid", "--value", "0.001", "--escrow", "0.0012")
    assert [sent["call"] for sent in made["transactions"]] == ["approve", "commit bid"]
    assert token.view("allowance", OWNERS[0].address, parties.address) == 0
    assert token.view("balanceOf", parties.address) == 1200 + 50


@pytest.mark.parametrize("approved", [0, 2**256 - 1], ids=["nothing approved", "all approved"])
def test_a_stranger_to_a_campaign_by_invitation_signs_nothing(parties, approved):
    other_terms(parties)
    stranger = CLIENTS[0]
    parties.token.send(stranger, "approve", "approve", parties.address, approved)
    sent = parties.sent(stranger)
    code, printed = parties.does(stranger, "owner", "bid", "--value", "10", "--escrow", "12")
    assert (code, "not a listed owner" in printed) == (6, True), printed
    assert parties.sent(stranger) == sent
    assert parties.token.view("allowance", stranger.address, parties.address) == approved
