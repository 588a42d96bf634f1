"""Symptom: an allowance was signed, and an opening saved, for calls that had to fail. Such calls are never signed."""

import json
from pathlib import Path

import pytest

from anvil import RICH
from cofund.chain.contract import Contract
from following import following
from hatch_build import compile_contract
from operating import CLIENTS, COORDINATOR, OWNER, Operating
from visiting import connected, opened, save_in_form, seal_in_form, send_in_form, wallets_of
from web_server import get

pytestmark = pytest.mark.node
BID = {"What the finished model is worth": "0.1", "Escrow to lock": "0.25"}
ALLOWING = Path(__file__).parents[1] / "support" / "tokens" / "AllowingToken.vy"
SIGNING = {"eth_sendTransaction", "eth_signTypedData_v4"}


def signed(wallets):
    return [method for _, method in wallets.asked if method in SIGNING]


class Invited(Operating):
    def toml(self):
        listed = f'\n[[owners]]\nid = "A"\nname = "Clinic A"\naccount = "{COORDINATOR.address}"\nweight = 2\n'
        return super().toml().replace("goal = 2", "goal = 2\nlisted_owners = true") + listed


@pytest.fixture
def other_campaign(node, tmp_path):
    """A campaign of another kind on the same chain, which is put back afterwards."""
    before = node.anvil.ask("evm_snapshot")

    def created(kind: type[Operating]) -> Operating:
        made = kind(node.anvil, tmp_path)
        made.create("--store", (made.folder / "store").as_uri())
        rich = [account.address for account in (OWNER, COORDINATOR, *CLIENTS)]
        made.token.send(RICH, "mint", "mint", rich, 10**6)
        return made

    yield created
    assert node.anvil.ask("evm_revert", before)
    node.node.sender.nonces.clear()


@pytest.mark.parametrize(
    ("kind", "missing", "there", "why"),
    [(Invited, "Seal a bid", "Sign an offer", "Only owners that the terms name may bid")],
)
def test_no_button_for_what_must_fail(chromium, other_campaign, kind, missing, there, why):
    campaign, stranger = other_campaign(kind), CLIENTS[4].address
    wallets, path = wallets_of(campaign, fox=stranger), f"/campaign/{campaign.address}"
    with following(campaign.anvil.url, [campaign.address]) as port, opened(chromium, port, wallets, path) as page:
        connected(page)
        page.get_by_role("button", name=there).wait_for()
        page.get_by_text(why).wait_for()
        assert page.get_by_role("button", name=missing).count() == 0
        invited = get(port, f"/api/v1/campaigns/{campaign.address}/next/{COORDINATOR.address}").json()
        assert ("owner.bid" in [f"{step['role']}.{step['action']}" for step in invited["steps"]]) is True
    assert signed(wallets) == []


def test_a_bid_is_tried_before_its_allowance_is_signed(chromium, campaign, tmp_path):
    """The account bids from elsewhere while its form is open."""
    wallets, path = wallets_of(campaign, fox=OWNER.address), f"/campaign/{campaign.address}"
    wallets.keys = {OWNER.address: OWNER.key}
    with following(campaign.anvil.url, [campaign.address]) as port, opened(chromium, port, wallets, path) as page:
        connected(page)
        save_in_form(page, "Seal a bid", BID, tmp_path)
        campaign.token.send(OWNER, "approve", "approve", campaign.address, 1050)
        nobody = (0, 0, bytes(32), bytes(32))
        campaign.campaign.send(OWNER, "bid", "commit_bid", bytes(31) + b"\1", 1000, bytes(32), *nobody)
        send_in_form(page)
        page.get_by_text("The contract refuses: commit: one bid per owner").wait_for()
    assert signed(wallets) == []


def test_without_the_money_nothing_is_signed(chromium, campaign, tmp_path):
    wallets, path = wallets_of(campaign, fox=OWNER.address), f"/campaign/{campaign.address}"
    with following(campaign.anvil.url, [campaign.address]) as port, opened(chromium, port, wallets, path) as page:
        connected(page)
        save_in_form(page, "Seal a bid", {**BID, "Escrow to lock": "1"}, tmp_path)
        send_in_form(page)
        page.get_by_text("This account has less of the token than that.").wait_for()
    assert signed(wallets) == []


def test_a_token_with_permits_takes_one_transaction(chromium, campaign, tmp_path):
    wallets, path = wallets_of(campaign, fox=OWNER.address), f"/campaign/{campaign.address}"
    wallets.keys = {OWNER.address: OWNER.key}
    with following(campaign.anvil.url, [campaign.address]) as port, opened(chromium, port, wallets, path) as page:
        connected(page)
        wallets.refusing = True
        seal_in_form(page, "Seal a bid", BID, tmp_path)
        page.get_by_text("You refused it in the wallet: nothing was sent.").wait_for()
        wallets.refusing = False
        page.get_by_role("button", name="2. Lock and send").click()
        page.get_by_text("✓ Sealed.").wait_for()
    assert signed(wallets) == ["eth_signTypedData_v4", "eth_signTypedData_v4", "eth_sendTransaction"]
    assert campaign.campaign.view("owner_count") == 1
    assert campaign.token.view("allowance", OWNER.address, campaign.address) == 0


class WithAllowingToken(Operating):
    def __post_init__(self) -> None:
        super().__post_init__()
        code = compile_contract(ALLOWING)["bytecode"]
        self.token = Contract(self.node, "TestToken", self.node.created(self.node.send(RICH, None, code, "token")))
        self.terms.write_text(self.toml())


def test_a_permit_of_another_kind_is_not_asked_for(chromium, other_campaign, tmp_path):
    campaign = other_campaign(WithAllowingToken)
    wallets, path = wallets_of(campaign, fox=OWNER.address), f"/campaign/{campaign.address}"
    wallets.keys = {OWNER.address: OWNER.key}
    with following(campaign.anvil.url, [campaign.address]) as port, opened(chromium, port, wallets, path) as page:
        connected(page)
        seal_in_form(page, "Seal a bid", BID, tmp_path)
        page.get_by_text("✓ Sealed.").wait_for()
    assert signed(wallets) == ["eth_sendTransaction", "eth_sendTransaction"]
    assert campaign.token.view("allowance", OWNER.address, campaign.address) == 0


def test_the_amount_that_was_read_is_said_beside_its_field(chromium, campaign):
    wallets, path = wallets_of(campaign, fox=OWNER.address), f"/campaign/{campaign.address}"
    with following(campaign.anvil.url, [campaign.address]) as port, opened(chromium, port, wallets, path) as page:
        connected(page)
        unit = json.loads(page.locator("#facts").inner_text())["token"]["unit"]
        page.get_by_role("button", name="Seal a bid").click()
        value = page.get_by_label("What the finished model is worth")
        value.fill("0.1")
        page.get_by_text(f"= 0.10 {unit}, which is 100000 base units").wait_for()
        value.fill("0,1")
        page.get_by_text("✗ cannot be taken like this").wait_for()
        page.get_by_label("Escrow to lock").fill("0.25")
        page.get_by_role("button", name="1. Save the opening").click()
        page.get_by_text("and no comma").wait_for()
        assert page.get_by_label("I have the file").is_disabled()
    assert signed(wallets) == []


class Bonded(Operating):
    def toml(self):
        return super().toml().replace('owner = "50"', 'owner = "50"\nedge = "5"')


def test_an_offer_that_cannot_win_is_told_so_before_it_is_signed(chromium, other_campaign):
    """Above the ceiling, as in the terminal, or at an edge that has not accepted its role so far."""
    campaign = other_campaign(Bonded)
    wallets, path = wallets_of(campaign, fox=CLIENTS[0].address), f"/campaign/{campaign.address}"
    with following(campaign.anvil.url, [campaign.address]) as port, opened(chromium, port, wallets, path) as page:
        connected(page)
        page.get_by_role("button", name="Sign an offer").wait_for()
        page.get_by_role("button", name="Sign an offer").click()
        edges = page.get_by_role("combobox").locator("option").all_inner_texts()
        assert ["(its bond is not posted so far)" in edge for edge in edges] == [True, True]
        page.get_by_label("What you ask per round").fill("5")
        page.get_by_role("button", name="Sign and save the file").click()
        page.get_by_text("Expected at most 0.0009").wait_for()
    assert signed(wallets) == []


def test_no_money_is_locked_in_a_campaign_that_did_not_pass_its_check(chromium, campaign, tmp_path):
    wallets, path = wallets_of(campaign, fox=OWNER.address), f"/campaign/{campaign.address}"
    with following(campaign.anvil.url, [campaign.address]) as port, opened(chromium, port, wallets, path) as page:
        connected(page)
        save_in_form(page, "Seal a bid", BID, tmp_path)
        page.evaluate("""() => { const actions = document.querySelector('[data-actions]');
          (actions.closest('[data-checked]') ?? actions).dataset.checked = 'no'; }""")
        send_in_form(page)
        page.get_by_text("did not pass the check above").wait_for()
        page.get_by_role("button", name="Close").click()
        page.get_by_text("In a terminal: cofund owner bid").wait_for()
        assert page.get_by_role("button", name="Seal").count() == 0
    assert signed(wallets) == []


def test_a_wallet_that_lowers_the_allowance_is_told(chromium, campaign, tmp_path):
    wallets, path = wallets_of(campaign, fox=OWNER.address), f"/campaign/{campaign.address}"
    wallets.after_sending = lambda: campaign.token.send(OWNER, "approve", "approve", campaign.address, 5)
    with following(campaign.anvil.url, [campaign.address]) as port, opened(chromium, port, wallets, path) as page:
        connected(page)
        seal_in_form(page, "Seal a bid", BID, tmp_path)
        page.get_by_text("The allowance that was signed is less than this takes").wait_for()
    assert signed(wallets) == ["eth_signTypedData_v4", "eth_sendTransaction"]
