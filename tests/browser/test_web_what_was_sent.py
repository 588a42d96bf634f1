"""Symptom: after a reload, or sped up in the wallet, a transaction was pending for ever. The chain decides instead."""

import pytest

from following import following
from operating import OWNER
from visiting import connected, opened, save_in_form, seal_in_form, send_in_form, wallets_of

pytestmark = pytest.mark.node
BID = {"What the finished model is worth": "0.1", "Escrow to lock": "0.25"}
UNKNOWN = "0x" + "ab" * 32


@pytest.fixture
def port(campaign):
    with following(campaign.anvil.url, [campaign.address]) as port:
        yield port
    campaign.anvil.ask("evm_setAutomine", True)


@pytest.fixture
def allowed(campaign):
    campaign.token.send(OWNER, "approve", "approve", campaign.address, 2**256 - 1)
    return wallets_of(campaign, fox=OWNER.address)


def account(campaign):
    return f"/campaign/{campaign.address}/account"


def told(page, sentence):
    page.locator("[data-transactions]").get_by_text(sentence).wait_for()


def test_a_transaction_is_followed_over_a_reload(chromium, campaign, port, allowed, tmp_path):
    with opened(chromium, port, allowed, account(campaign)) as page:
        connected(page)
        campaign.anvil.ask("evm_setAutomine", False)
        seal_in_form(page, "Seal a bid", BID, tmp_path)
        page.get_by_text("waiting for its block").wait_for()
        page.reload()
        page.locator("[data-actions]").get_by_text("waiting for its block").wait_for()
        assert page.get_by_role("button", name="Seal a bid").count() == 0, "no second prompt for the same"
        told(page, "◌ pending")
        campaign.anvil.ask("evm_mine")
        told(page, "✓ done")
        page.get_by_text("the opening that fits it is in this browser").wait_for()
    assert campaign.campaign.view("owner_count") == 1


def test_a_transaction_that_the_wallet_sped_up_is_done(chromium, campaign, port, allowed, tmp_path):
    with opened(chromium, port, allowed, account(campaign)) as page:
        connected(page)
        save_in_form(page, "Seal a bid", BID, tmp_path)
        allowed.replaced_by = UNKNOWN
        send_in_form(page)
        page.get_by_text("✓ Sealed.").wait_for()
        told(page, "✓ done, by a transaction that took its place")


def test_a_transaction_that_was_cancelled_in_the_wallet_has_not_happened(chromium, campaign, port, allowed, tmp_path):
    with opened(chromium, port, allowed, account(campaign)) as page:
        connected(page)
        campaign.anvil.ask("evm_setAutomine", False)
        seal_in_form(page, "Seal a bid", BID, tmp_path)
        page.get_by_text("waiting for its block").wait_for()
        (pending,) = campaign.anvil.ask("txpool_content")["pending"].values()
        (old,) = pending.values()
        campaign.anvil.ask("anvil_dropTransaction", old["hash"])
        itself = {"from": OWNER.address, "to": OWNER.address, "value": "0x0", "nonce": old["nonce"]}
        campaign.anvil.ask("eth_sendTransaction", itself)
        campaign.anvil.ask("evm_mine")
        page.get_by_text("✗ Another transaction took its place").wait_for()
        told(page, "✗ cancelled or replaced: it has not happened")
        campaign.anvil.ask("evm_setAutomine", True)
        page.get_by_role("button", name="2. Lock and send").click()
        page.get_by_text("✓ Sealed.").wait_for()
    assert campaign.campaign.view("owner_count") == 1


def test_a_reload_between_allowance_and_bid_costs_no_second_allowance(chromium, campaign, port, tmp_path):
    campaign.take_office()
    wallets = wallets_of(campaign, fox=OWNER.address)
    with opened(chromium, port, wallets, account(campaign)) as page:
        connected(page)
        campaign.anvil.ask("evm_setAutomine", False)
        seal_in_form(page, "Seal a bid", BID, tmp_path)
        page.get_by_text("waiting for its block").wait_for()
        page.reload()
        page.locator("[data-actions]").get_by_text("waiting for its block").wait_for()
        campaign.anvil.ask("evm_setAutomine", True)
        campaign.anvil.ask("evm_mine")
        kept = seal_in_form(page, "Seal a bid", BID, tmp_path)
        page.get_by_text("✓ Sealed.").wait_for()
        campaign.at(2)
        page.get_by_role("button", name="Open my bid").click()
        page.get_by_text("✓ Done.").wait_for()
    assert [method for _, method in wallets.asked].count("eth_sendTransaction") == 3
    assert campaign.campaign.view("owner", 0)[0][4] == int(kept["amount"])


def test_a_reload_while_the_wallet_asks_asks_no_second_time(chromium, campaign, port, allowed, tmp_path):
    """The wallet has the question still, and the page that put it is gone."""
    with opened(chromium, port, allowed, account(campaign)) as page:
        connected(page)
        save_in_form(page, "Seal a bid", BID, tmp_path)
        page.evaluate("""() => { const real = window.askWallet; window.askWallet = async (text) => {
          if (JSON.parse(text).method !== 'eth_sendTransaction') return real(text);
          window.question = text;
          return new Promise(() => {});
        }; }""")
        send_in_form(page)
        page.get_by_text("Sign it in the wallet").wait_for()
        question = page.evaluate("window.question")
        page.reload()
        page.get_by_text("The wallet was asked for this").wait_for()
        assert page.get_by_role("button", name="Seal a bid").count() == 0
        allowed.answer(question)
        told(page, "✓ done")
        page.get_by_text("the opening that fits it is in this browser").wait_for()
