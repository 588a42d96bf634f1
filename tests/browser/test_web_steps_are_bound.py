"""Symptom: an account switched between two steps sent a seal that nobody could open. Every step is bound to the account
and the chain with which the first was taken, in one tab at a time, and waits for the wallet's answer."""

import pytest

from following import following
from operating import CLIENTS, OWNER
from visiting import connected, opened, save_in_form, send_in_form, wallets_of

pytestmark = pytest.mark.node
BID = {"What the finished model is worth": "0.1", "Escrow to lock": "0.25"}
OTHER = CLIENTS[1].address


@pytest.fixture
def port(campaign):
    with following(campaign.anvil.url, [campaign.address]) as port:
        yield port


def path(campaign):
    return f"/campaign/{campaign.address}"


def sent(wallets):
    return [method for _, method in wallets.asked].count("eth_sendTransaction")


@pytest.mark.parametrize("announced", [True, False])
def test_another_account_cannot_send_the_seal(chromium, campaign, port, tmp_path, announced):
    wallets = wallets_of(campaign, fox=OWNER.address)
    with opened(chromium, port, wallets, path(campaign)) as page:
        connected(page)
        save_in_form(page, "Seal a bid", BID, tmp_path)
        wallets.accounts["fox"] = OTHER
        if announced:
            page.evaluate("account => announceByWallet('accountsChanged', [account])", OTHER.lower())
            page.get_by_text("This is for another account, or done or over by now.").wait_for()
        send_in_form(page)
        page.get_by_text("nothing more was sent").wait_for()
        assert (sent(wallets), campaign.campaign.view("owner_count")) == (0, 0)
        wallets.accounts["fox"] = OWNER.address
        page.evaluate("account => announceByWallet('accountsChanged', [account])", OWNER.address.lower())
        page.get_by_role("button", name="2. Lock and send").click()
        page.get_by_text("✓ Sealed.").wait_for()
    assert campaign.campaign.view("owner", 0)[0][0] == OWNER.address.lower()


@pytest.mark.parametrize("switch", ["account", "chain", "no account"])
def test_a_switch_between_allowance_and_bid_stops_before_the_bid(chromium, campaign, port, tmp_path, switch):
    wallets = wallets_of(campaign, fox=OWNER.address)
    wallets.after_sending = {
        "account": lambda: wallets.accounts.update(fox=OTHER),
        "chain": lambda: setattr(wallets, "chain_id", 1),
        "no account": lambda: wallets.accounts.update(fox=""),
    }[switch]
    with opened(chromium, port, wallets, path(campaign)) as page:
        connected(page)
        save_in_form(page, "Seal a bid", BID, tmp_path)
        send_in_form(page)
        page.get_by_text("nothing more was sent").wait_for()
        assert (sent(wallets), campaign.campaign.view("owner_count")) == (1, 0)
        wallets.after_sending = None
        wallets.accounts["fox"] = OWNER.address
        page.get_by_role("button", name="2. Lock and send").click()
        page.get_by_text("✓ Sealed.").wait_for()
    assert campaign.campaign.view("owner", 0)[0][0] == OWNER.address.lower()
    assert wallets.chain_id == campaign.node.chain_id


LATE = """() => { const real = window.askWallet; window.asks = 0; window.askWallet = async (text) => {
  if (JSON.parse(text).method !== "eth_sendTransaction") return real(text);
  window.asks += 1;
  await new Promise((answered) => { window.answerNow = answered; });
  return real(text);
}; }"""


def test_a_block_arms_no_second_prompt_and_a_second_tab_has_none_either(chromium, campaign, port, tmp_path):
    wallets = wallets_of(campaign, fox=OWNER.address)
    campaign.token.send(OWNER, "approve", "approve", campaign.address, 2**256 - 1)
    with opened(chromium, port, wallets, path(campaign)) as page:
        connected(page)
        save_in_form(page, "Seal a bid", BID, tmp_path)
        tab = page.context.new_page()
        tab.goto(page.url)
        save_in_form(tab, "Seal a bid", BID, tmp_path)
        page.evaluate(LATE)
        send_in_form(page)
        page.get_by_text("Sign it in the wallet").wait_for()
        campaign.anvil.ask("evm_mine")
        page.get_by_text(f"block {int(campaign.anvil.ask('eth_blockNumber'), 16)}").wait_for()
        page.get_by_label("I have the file").uncheck()
        page.get_by_label("I have the file").check()
        assert page.get_by_role("button", name="2. Lock and send").is_disabled()
        send_in_form(tab)
        tab.get_by_text("under way already, here or in another tab").wait_for()
        assert page.evaluate("window.asks") == 1
        page.evaluate("window.answerNow()")
        page.get_by_text("✓ Sealed.").wait_for()
        tab.get_by_role("button", name="2. Lock and send").click()
        tab.get_by_text("The contract refuses: commit: one bid per owner").wait_for()
    assert sent(wallets) == 1
