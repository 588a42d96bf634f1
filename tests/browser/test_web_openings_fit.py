"""Symptom: a lost, wrong or second opening was noticed when it was too late. Each is held against the seal on chain."""

import json

import pytest

from following import following
from operating import CLIENTS, OWNER
from visiting import connected, opened, save_in_form, seal_in_form, send_in_form, wallets_of

pytestmark = pytest.mark.node
BID = {"What the finished model is worth": "0.1", "Escrow to lock": "0.25"}


@pytest.fixture
def visit(chromium, campaign):
    """A page of the campaign with a wallet that has allowed the campaign to take its money."""
    campaign.token.send(OWNER, "approve", "approve", campaign.address, 2**256 - 1)
    wallets = wallets_of(campaign, fox=OWNER.address)
    path = f"/campaign/{campaign.address}/account"
    with (
        following(campaign.anvil.url, [campaign.address]) as port,
        opened(chromium, port, wallets, path) as page,
    ):
        connected(page)
        yield page


def brought(page, opening):
    text = opening if isinstance(opening, bytes) else json.dumps(opening).encode()
    file = {"name": "opening.json", "mimeType": "application/json", "buffer": text}
    page.get_by_label("Bring an opening from a file").set_input_files(file)


def forgotten(page):
    """As in another browser, or at another name of the same server."""
    page.evaluate("localStorage.removeItem('cofund openings')")
    page.reload()


def test_a_loss_is_said_while_there_is_time_and_the_file_mends_it(visit, campaign, tmp_path):
    kept = seal_in_form(visit, "Seal a bid", BID, tmp_path)
    visit.get_by_text("the opening that fits it is in this browser").wait_for()
    forgotten(visit)
    visit.get_by_text("the opening that fits it is not in this browser").wait_for()
    brought(visit, kept)
    visit.get_by_text("✓ Kept: it opens the bid of").wait_for()
    visit.get_by_text("the opening that fits it is in this browser").wait_for()
    campaign.take_office()
    campaign.at(2)
    visit.get_by_role("button", name="Open my bid").click()
    visit.get_by_text("✓ Done.").wait_for()
    assert campaign.campaign.view("owner", 0)[0][4] == 100_000


def test_of_two_openings_the_one_on_chain_is_opened_by_one_button(visit, campaign, tmp_path):
    save_in_form(visit, "Seal a bid", {**BID, "What the finished model is worth": "0.05"}, tmp_path)
    visit.get_by_role("button", name="Close").click()
    save_in_form(visit, "Seal a bid", BID, tmp_path)
    send_in_form(visit)
    visit.get_by_text("✓ Sealed.").wait_for()
    campaign.take_office()
    campaign.at(2)
    visit.get_by_role("button", name="Open my bid").wait_for()
    assert visit.get_by_role("button", name="Open my bid").count() == 1
    visit.get_by_role("button", name="Open my bid").click()
    visit.get_by_text("✓ Done.").wait_for()
    assert campaign.campaign.view("owner", 0)[0][4] == 100_000


def test_what_does_not_fit_or_is_no_opening_is_not_kept(visit, campaign, tmp_path):
    kept = seal_in_form(visit, "Seal a bid", BID, tmp_path)
    visit.get_by_text("✓ Sealed.").wait_for()
    forgotten(visit)
    for change in ({"salt": "11" * 32}, {"amount": "100001"}):
        brought(visit, kept | change)
        visit.get_by_text("This is not the opening of the bid").wait_for()
        brought(visit, b"")
        visit.get_by_text("This is no file of an opening").wait_for()
    brought(visit, kept | {"campaign": "0x" + "11" * 20})
    visit.get_by_text("not for this one: bring it in on that campaign's page").wait_for()
    brought(visit, kept | {"account": CLIENTS[0].address})
    visit.get_by_text("has no sealed bid here so far").wait_for()
    for broken in (b"[]", b"null", b"{", json.dumps(kept | {"account": 5}).encode(), b"\xff\xfe"):
        brought(visit, broken)
        visit.get_by_text("This is no file of an opening").wait_for()
        brought(visit, kept | {"chain_id": 5})
        visit.get_by_text("not for this one").wait_for()
    assert visit.get_by_text("the opening that fits it is not in this browser").is_visible()
    campaign.take_office()
    campaign.at(2)
    visit.get_by_text("This browser does not have its opening").wait_for()
    assert visit.get_by_role("button", name="Open my bid").count() == 0


def test_without_the_coordinators_bond_nothing_opens_and_the_page_says_so(visit, campaign, tmp_path):
    seal_in_form(visit, "Seal a bid", BID, tmp_path)
    visit.get_by_text("✓ Sealed.").wait_for()
    campaign.at(2)
    visit.get_by_text("It cannot be opened now.").wait_for()
    assert visit.get_by_role("button", name="Open my bid").is_disabled()
