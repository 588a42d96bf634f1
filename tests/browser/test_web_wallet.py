"""A campaign acted from the browser: headless Chromium, wallets that sign for anvil, the server as a user has it."""

import time

import pytest

from anvil import Anvil
from campaign_days import Days
from cofund.campaign.signed_offers import load_offer, sign_offer
from following import following
from operating import CLIENTS, EDGES, FLAGS, OWNER, Operating
from visiting import opened, seal_in_form, wallets_of
from web_server import get

pytestmark = pytest.mark.node


def test_bid_offer_and_reveal_from_the_browser(chromium, campaign, tmp_path):
    campaign.take_office()
    wallets = wallets_of(campaign, fox=OWNER.address)
    address = campaign.address
    with (
        following(campaign.anvil.url, [campaign.address]) as port,
        opened(chromium, port, wallets, f"/campaign/{address}") as page,
    ):
        page.get_by_role("button", name="Connect a wallet").click()
        fields = {"What the finished model is worth": "0.1", "Escrow to lock": "0.25"}
        kept = seal_in_form(page, "Seal a bid", fields, tmp_path)
        page.get_by_text("✓ Sealed.").wait_for()
        assert (kept["schema"], kept["amount"], kept["account"]) == ("cofund.opening/2", "100000", OWNER.address)
        assert len(bytes.fromhex(kept["encryption_secret"])) == 32
        state, _ = campaign.campaign.view("owner", 0)
        assert (state[0], state[3]) == (OWNER.address.lower(), 250_000)
        campaign.at(2)
        page.get_by_role("button", name="Open my bid").click()
        page.get_by_role("heading", name="Reveal").first.wait_for()
        page.locator(".log", has_text="opened its bid: 0.10").wait_for()
    state, _ = campaign.campaign.view("owner", 0)
    assert (state[2], state[4]) == (True, 100_000)


def test_an_offer_is_signed_as_python_signs_it(chromium, campaign, tmp_path):
    """A file for the edge, and nothing is sent."""
    client = CLIENTS[0]
    wallets = wallets_of(campaign, fox=client.address)
    wallets.keys = {client.address: client.key}
    with (
        following(campaign.anvil.url, [campaign.address]) as port,
        opened(chromium, port, wallets, f"/campaign/{campaign.address}/market") as page,
    ):
        page.get_by_role("button", name="Connect a wallet").click()
        page.get_by_role("button", name="Sign an offer").click()
        page.get_by_label("What you ask per round").fill("0.00091")
        page.get_by_role("button", name="Sign and save the file").click()
        page.get_by_text("Expected at most 0.0009").wait_for()
        page.get_by_label("What you ask per round").fill("0.0003")
        with page.expect_download() as download:
            page.get_by_role("button", name="Sign and save the file").click()
        download.value.save_as(tmp_path / "offer.json")
        page.get_by_text("✓ Signed and saved").wait_for()
    signed = load_offer(tmp_path / "offer.json")
    assert signed == sign_offer(client, campaign.node.chain_id, campaign.address, 0, 30)
    assert not [method for _, method in wallets.asked if method == "eth_sendTransaction"]


def test_refused_wrong_chain_and_two_wallets(chromium, campaign):
    wallets = wallets_of(campaign, fox=OWNER.address, rabbit=CLIENTS[0].address)
    wallets.chain_id = 1
    with (
        following(campaign.anvil.url, [campaign.address]) as port,
        opened(chromium, port, wallets, f"/campaign/{campaign.address}") as page,
    ):
        page.get_by_role("button", name="Connect a wallet").click()
        page.get_by_role("dialog").get_by_role("button", name="rabbit").click()
        wallets.refusing, wallets.known = True, set()
        page.get_by_role("button", name="Sign an offer").click()
        page.get_by_label("What you ask per round").fill("0.0000001")
        page.get_by_role("button", name="Sign and save the file").click()
        page.get_by_text(f"The wallet does not know chain {campaign.node.chain_id}").wait_for()
        wallets.known = {campaign.node.chain_id}
        page.get_by_role("button", name="Sign and save the file").click()
        page.get_by_text("Expected an amount such as 9500 or 1.40").wait_for()
        page.get_by_label("What you ask per round").fill("0.000305")
        page.get_by_role("button", name="Sign and save the file").click()
        page.get_by_text("Expected a multiple of 0.00001").wait_for()
        page.get_by_label("What you ask per round").fill("0.0003")
        page.get_by_role("button", name="Sign and save the file").click()
        page.get_by_text("You refused it in the wallet: nothing was sent.").wait_for()
    assert wallets.chain_id == campaign.node.chain_id
    assert {wallet for wallet, _ in wallets.asked} == {"rabbit"}


def test_rounds_arrive_and_what_an_edge_earned_is_taken(chromium, campaign):
    """Its clients were paid by somebody; the edge takes its fee and, once the campaign is closed, its bonds."""
    days, edge = Days(campaign), EDGES[0]
    for step in ("commit", "reveal", "settle", "training"):
        getattr(days, step)()
    wallets, address = wallets_of(campaign, fox=edge.address), campaign.address
    with (
        following(campaign.anvil.url, [campaign.address]) as port,
        opened(chromium, port, wallets, f"/campaign/{address}/training") as page,
    ):
        page.locator("[data-rounds] tbody tr").nth(days.rounds - 2).wait_for(state="attached")
        days.deliveries()
        page.locator("[data-rounds] tbody tr").nth(days.rounds - 1).wait_for(state="attached")
        page.locator(".curve canvas").wait_for()
        days.closed()
        page.goto(f"http://127.0.0.1:{port}/campaign/{address}/payments")
        page.get_by_role("button", name="Connect a wallet").click()
        wallets.refusing = True
        page.get_by_role("button", name="Get the bond of my book back").click()
        page.get_by_text("You refused it in the wallet: nothing was sent.").wait_for()
        assert campaign.books.view("book", edge.address)[2] is False
        wallets.refusing = False
        page.get_by_role("button", name="Get the bond of my book back").click()
        page.get_by_role("button", name="Get the bond of my book back").wait_for(state="detached")
    assert campaign.books.view("book", edge.address)[2] is True


def test_seven_tabs_share_one_stream(chromium, campaign):
    with following(campaign.anvil.url, [campaign.address]) as port:
        context = chromium.new_context()
        pages = [context.new_page() for _ in range(8)]
        for page in pages:
            page.goto(f"http://127.0.0.1:{port}/campaign/{campaign.address}")
        Days(campaign).commit()
        for page in pages:
            page.locator(".tile", has_text="sealed bids").get_by_text("1", exact=True).wait_for()
        context.close()


def test_a_dead_node_is_a_banner_until_it_is_back(chromium, tmp_path):
    kept = ("--state", str(tmp_path / "state.json"), "--state-interval", "1")
    with Anvil((*FLAGS, *kept)) as anvil:
        campaign = Operating(anvil, tmp_path)
        campaign.create()
        wallets, saved = wallets_of(campaign, fox=OWNER.address), tmp_path / "state.json"
        path = f"/campaign/{campaign.address}"
        with following(anvil.url, [campaign.address]) as port, opened(chromium, port, wallets, path) as page:
            until = time.time()
            while not saved.exists() or saved.stat().st_mtime <= until:  # the node writes its state every second
                time.sleep(0.1)
            anvil.kill()
            page.get_by_text("The node cannot be read").wait_for()
            page.get_by_role("link", name="Try again").wait_for()
            assert page.get_by_role("heading", name="Sealed bids and books").is_visible()
            assert "cofund_node_up 0" in get(port, "/metrics").text
            anvil.start()
            page.get_by_text("The node cannot be read").wait_for(state="detached")
            campaign.at(2)
            page.get_by_role("heading", name="Reveal", exact=True).wait_for()
            assert "cofund_node_up 1" in get(port, "/metrics").text
