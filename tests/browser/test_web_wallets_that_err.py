"""Symptom: a wrong hash of the wallet was "sealed", none was an error, a switch or a reload asked for a second bid.

Only what is on the chain counts, and what was sent for a step is waited for, never sent again.
"""

import pytest

from following import following
from operating import OWNER
from visiting import connected, opened, save_in_form, send_in_form, wallets_of

pytestmark = pytest.mark.node
BID = {"What the finished model is worth": "0.1", "Escrow to lock": "0.25"}
SEALED = "✓ Sealed."
CHANGED = """() => { const real = window.askWallet;
  window.askWallet = async (text) => (%s)(JSON.parse(text).method, JSON.parse(await real(text))); }"""


@pytest.fixture
def wallets(campaign):
    campaign.token.send(OWNER, "approve", "approve", campaign.address, 2**256 - 1)
    return wallets_of(campaign, fox=OWNER.address)


@pytest.fixture
def visit(chromium, campaign, wallets):
    """A page of the campaign, connected to a wallet that has allowed the campaign to take its money."""
    path = f"/campaign/{campaign.address}"
    with following(campaign.anvil.url, [campaign.address]) as port, opened(chromium, port, wallets, path) as page:
        connected(page)
        yield page
    campaign.anvil.ask("evm_setAutomine", True)


def changed(page, answer):
    """The wallet answers otherwise: ``(method, answer) => text``."""
    page.evaluate(CHANGED % answer)


def sent(wallets):
    return [method for _, method in wallets.asked].count("eth_sendTransaction")


def mined_bid(campaign):
    campaign.anvil.ask("evm_mine")
    return campaign.campaign.view("owner_count")


@pytest.mark.parametrize("answer", ["another transaction", "garbage", None])
def test_a_wrong_hash_proves_nothing_and_stops_nothing(visit, campaign, wallets, tmp_path, answer):
    (approved,) = campaign.anvil.ask("eth_getBlockByNumber", "latest", False)["transactions"]
    hash_ = approved if answer == "another transaction" else answer
    changed(
        visit,
        f"""(method, answer) => JSON.stringify(
      method === 'eth_sendTransaction' ? {{ result: {"null" if hash_ is None else repr(hash_)} }} : answer)""",
    )
    save_in_form(visit, "Seal a bid", BID, tmp_path)
    campaign.anvil.ask("evm_setAutomine", False)
    send_in_form(visit)
    visit.get_by_text("waiting for its block").wait_for()
    visit.wait_for_timeout(1500)  # two looks at the chain
    assert visit.get_by_text("waiting for its block").is_visible()
    assert mined_bid(campaign) == 1
    visit.get_by_text(SEALED).wait_for()
    assert sent(wallets) == 1


def test_an_account_whose_nonce_does_not_count_is_followed(visit, campaign, wallets, tmp_path):
    """As that of a wallet that is a contract."""
    save_in_form(visit, "Seal a bid", BID, tmp_path)
    wallets.replaced_by = "0x" + "ab" * 32
    changed(
        visit,
        "(method, answer) => JSON.stringify(method === 'eth_getTransactionCount' ? { result: '0x1' } : answer)",
    )
    send_in_form(visit)
    visit.get_by_text(SEALED).wait_for()
    assert campaign.campaign.view("owner_count") == 1


def test_a_chain_switched_while_it_waits_asks_for_no_second_bid(visit, campaign, wallets, tmp_path):
    save_in_form(visit, "Seal a bid", BID, tmp_path)
    campaign.anvil.ask("evm_setAutomine", False)
    wallets.after_sending = lambda: setattr(wallets, "chain_id", 1)
    send_in_form(visit)
    visit.get_by_text("It was sent, but the wallet is on another chain").wait_for()
    visit.get_by_role("button", name="2. Lock and send").click()
    visit.get_by_text("waiting for its block").wait_for()
    assert mined_bid(campaign) == 1
    visit.get_by_text(SEALED).wait_for()
    assert sent(wallets) == 1


def test_another_tab_sends_no_second_bid_and_calls_nothing_sealed(visit, campaign, wallets, tmp_path):
    tab = visit.context.new_page()
    tab.goto(visit.url)
    for page in (visit, tab):
        save_in_form(page, "Seal a bid", BID, tmp_path)
    campaign.anvil.ask("evm_setAutomine", False)
    send_in_form(visit)
    visit.get_by_text("waiting for its block").wait_for()
    visit.reload()  # which lets go of the lock
    visit.locator("[data-actions]").get_by_text("waiting for its block").wait_for()
    send_in_form(tab)
    tab.get_by_text("Another one was sent already").wait_for()
    assert (sent(wallets), mined_bid(campaign)) == (1, 1)


def test_what_nobody_waits_for_any_more_is_not_called_sealed(visit, campaign, wallets, tmp_path):
    save_in_form(visit, "Seal a bid", BID, tmp_path)
    campaign.anvil.ask("evm_setAutomine", False)
    send_in_form(visit)
    visit.get_by_text("waiting for its block").wait_for()
    visit.evaluate("localStorage.removeItem('cofund sent')")
    visit.get_by_text("It is not waited for any more").wait_for()
    assert visit.get_by_text(SEALED).count() == 0
    assert (sent(wallets), mined_bid(campaign)) == (1, 1)


WORDS = ("execution reverted: {}", "VM Exception: reverted with reason string '{}'", "transaction revert {}")


@pytest.mark.parametrize("words", WORDS)
def test_a_reason_that_stands_in_a_sentence_only_is_read(visit, campaign, wallets, tmp_path, words):
    """Some nodes give no data with a refusal; a bid that must fail had an allowance signed for it."""
    save_in_form(visit, "Seal a bid", BID, tmp_path)
    campaign.token.send(OWNER, "approve", "approve", campaign.address, 1050)
    nobody = (0, 0, bytes(32), bytes(32))
    campaign.campaign.send(OWNER, "bid", "commit_bid", bytes(31) + b"\1", 1000, bytes(32), *nobody)
    said = words.format("commit: one bid per owner")
    changed(
        visit,
        f"""(method, answer) => JSON.stringify(
      answer.error ? {{ error: {{ code: -32000, message: "{said}" }} }} : answer)""",
    )
    send_in_form(visit)
    visit.get_by_text("✗ The contract refuses: commit: one bid per owner").wait_for()
    assert sent(wallets) == 0


@pytest.mark.parametrize("thrown", ["null", "'no'", "{ message: { deep: 1 } }", "new Error('')"])
def test_whatever_a_wallet_throws_is_a_sentence(visit, tmp_path, thrown):
    save_in_form(visit, "Seal a bid", BID, tmp_path)
    throwing = f"if (JSON.parse(text).method === 'eth_sendTransaction') throw {thrown}; return real(text);"
    visit.evaluate(f"() => {{ const real = window.askWallet; window.askWallet = async (text) => {{ {throwing} }}; }}")
    send_in_form(visit)
    visit.get_by_text("✗ no" if "no" in thrown else "✗ The wallet gives no reason.").wait_for()
    assert visit.get_by_role("button", name="2. Lock and send").is_enabled()


def test_a_wallet_that_never_answers_hides_no_opening(visit, tmp_path):
    save_in_form(visit, "Seal a bid", BID, tmp_path)
    visit.context.add_init_script("Object.defineProperty(window, 'askWallet', { value: () => new Promise(() => {}) });")
    visit.goto(f"{visit.url}/account")
    visit.get_by_role("button", name="Save as a file").wait_for()
    visit.get_by_role("button", name="Connect a wallet").click()
    visit.get_by_text("Answer in the wallet").wait_for()
