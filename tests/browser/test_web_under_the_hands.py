"""Symptom: a block rebuilt the page under the hands: focus, answers, folds were lost. Only what differs is touched."""

import pytest

from campaign_days import Days
from following import following
from operating import CLIENTS, OWNER
from visiting import connected, opened, save_in_form, wallets_of

pytestmark = pytest.mark.node
ACTIVE = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"


@pytest.fixture
def visit(chromium, campaign):
    wallets = wallets_of(campaign, fox=OWNER.address)
    path = f"/campaign/{campaign.address}"
    with following(campaign.anvil.url, [campaign.address]) as port, opened(chromium, port, wallets, path) as page:
        yield page


def mined(campaign, page):
    """A block, and the page that shows it."""
    campaign.anvil.ask("evm_mine")
    number = int(campaign.anvil.ask("eth_blockNumber"), 16)
    page.get_by_text(f"block {number}").wait_for()


def test_focus_and_fields_stay_while_the_page_follows(visit, campaign):
    visit.get_by_role("button", name="Connect a wallet").focus()
    mined(campaign, visit)
    assert visit.evaluate(ACTIVE) == "Connect a wallet"
    connected(visit)
    visit.get_by_role("button", name="Sign an offer").click()
    cost = visit.get_by_label("What you ask per round")
    cost.press_sequentially("0.000")
    visit.get_by_role("combobox").select_option(index=1)
    cost.focus()
    mined(campaign, visit)
    cost.press("End")
    visit.keyboard.type("3")
    assert cost.input_value() == "0.0003"
    assert visit.get_by_role("combobox").input_value() == "1"
    Days(campaign).commit()
    visit.locator(".tile", has_text="sealed bids").get_by_text("1", exact=True).wait_for()
    visit.locator(".tile", has_text="offers in 2 books").get_by_text("5", exact=True).wait_for()
    assert cost.input_value() == "0.0003"
    campaign.at(2)
    visit.get_by_role("heading", name="Reveal", exact=True).wait_for()
    visit.get_by_text("This is for another account, or done or over by now.").wait_for()
    assert cost.input_value() == "0.0003"
    visit.get_by_role("button", name="Close").click()
    visit.get_by_role("button", name="Sign an offer").wait_for(state="detached")


def test_an_answer_of_the_wallet_is_read_after_a_block(visit, campaign):
    days = Days(campaign)
    for step in ("commit", "reveal", "settle"):
        getattr(days, step)()
    connected(visit)
    visit.evaluate("""() => { const real = window.askWallet; window.askWallet = async (text) => {
      if (JSON.parse(text).method !== 'eth_sendTransaction') return real(text);
      await new Promise((answered) => { window.answerNow = answered; });
      return JSON.stringify({ error: { code: 4001, message: 'no' } });
    }; }""")
    campaign.at(5)
    button = visit.get_by_role("button", name="Cancel the campaign")
    button.click()
    visit.get_by_text("Sign it in the wallet").wait_for()
    mined(campaign, visit)
    assert button.is_disabled()
    visit.evaluate("window.answerNow()")
    visit.get_by_text("You refused it in the wallet: nothing was sent.").wait_for()
    mined(campaign, visit)
    assert visit.get_by_text("You refused it in the wallet: nothing was sent.").is_visible()
    assert button.is_enabled()


def test_links_and_folds_keep_their_place(visit, campaign):
    days = Days(campaign)
    for step in ("commit", "reveal", "settle", "training"):
        getattr(days, step)()
    visit.goto(visit.url + "/training")
    fold = visit.locator("details").first
    fold.locator("summary").click()
    mined(campaign, visit)
    assert fold.evaluate("one => one.open && one.querySelector('summary') === document.activeElement")
    days.deliveries()
    visit.locator("[data-rounds] tbody tr").nth(days.rounds - 1).wait_for()
    assert fold.evaluate("one => one.open && one.querySelector('summary') === document.activeElement")
    assert CLIENTS[0].address[:6] in visit.locator("main").inner_text()


def test_what_is_selected_stays_selected(visit, campaign):
    visit.goto(visit.url + "/account")
    connected(visit)
    visit.locator("[data-account] code").wait_for()
    visit.evaluate("getSelection().selectAllChildren(document.querySelector('[data-account] code'))")
    mined(campaign, visit)
    visit.wait_for_timeout(500)  # the wallet's part is drawn after the page's
    assert visit.evaluate("String(getSelection())") == OWNER.address.lower()


def test_the_keyboard_is_where_it_was_when_the_wallet_has_refused(visit, tmp_path):
    connected(visit)
    save_in_form(visit, "Seal a bid", {"What the finished": "0.1", "Escrow to lock": "0.25"}, tmp_path)
    visit.evaluate("""() => { const real = window.askWallet; window.askWallet = async (text) => (
      /eth_s(end|ign)/.test(text) ? JSON.stringify({ error: { code: 4001, message: 'no' } }) : real(text)); }""")
    visit.get_by_label("I have the file").check()
    visit.get_by_role("button", name="2. Lock and send").press("Enter")
    visit.get_by_text("You refused it in the wallet: nothing was sent.").wait_for()
    assert visit.evaluate(ACTIVE) == "2. Lock and send"


def test_another_wallet_can_be_chosen(visit):
    visit.goto(visit.url + "/account")
    connected(visit)
    visit.get_by_role("button", name="Use another wallet").click()
    visit.get_by_role("button", name="Connect a wallet").wait_for()
    visit.reload()
    visit.get_by_text("No wallet connected.").wait_for()
    assert visit.get_by_role("button", name="Connect a wallet").is_visible()
