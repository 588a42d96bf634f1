"""A campaign acted from the browser: headless Chromium, wallets that sign for anvil, the server as a user has it."""

import json
import time

import pytest

from anvil import Anvil
from campaign_days import Days
from cofund.market.sealing import OFFER, Opening, seal
from following import following
from operating import CLIENTS, FLAGS, OWNER, Operating
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
        assert (kept["amount"], kept["account"], kept["role"]) == ("100000", OWNER.address, "owner")
        assert len(bytes.fromhex(kept["encryption_secret"])) == 32
        state, _ = campaign.campaign.view("owner", 0)
        assert (state[0], state[3]) == (OWNER.address.lower(), 250_000)
        campaign.at(2)
        page.get_by_role("button", name="Open my bid").click()
        page.get_by_role("heading", name="Reveal").first.wait_for()
        page.locator(".log", has_text="opened its bid: 0.10").wait_for()
    state, _ = campaign.campaign.view("owner", 0)
    assert (state[2], state[4]) == (True, 100_000)


def test_an_offer_is_sealed_in_ticks_as_python_seals_it(chromium, campaign, tmp_path):
    client, address = CLIENTS[0], campaign.address
    with (
        following(campaign.anvil.url, [campaign.address]) as port,
        opened(chromium, port, wallets_of(campaign, fox=client.address), f"/campaign/{address}/market") as page,
    ):
        page.get_by_role("button", name="Connect a wallet").click()
        kept = seal_in_form(page, "Seal an offer", {"What you ask per round": "0.0003"}, tmp_path)
        page.get_by_text("✓ Sealed.").wait_for()
    assert (kept["amount"], kept["edge"], kept["role"]) == ("30", 0, "client")
    opening = Opening(client.address, 30, 0, bytes.fromhex(kept["salt"]))
    commitment = seal(OFFER, campaign.node.chain_id, address, opening)
    (_, _, _, _, kept_seal, _, _), _, _ = campaign.campaign.view("offer", client.address)
    assert kept_seal.to_bytes(28) == commitment[:28]


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
        page.get_by_role("button", name="Seal an offer").click()
        page.get_by_label("What you ask per round").fill("0.0000001")
        page.get_by_role("button", name="1. Save the opening").click()
        page.get_by_text("Expected an amount such as 9500 or 1.40").wait_for()
        page.get_by_label("What you ask per round").fill("0.000305")
        page.get_by_role("button", name="1. Save the opening").click()
        page.get_by_text("Expected a multiple of 0.00001").wait_for()
        page.get_by_label("What you ask per round").fill("0.0003")
        with page.expect_download():
            page.get_by_role("button", name="1. Save the opening").click()
        page.get_by_label("I have the file").check()
        page.get_by_role("button", name="2. Lock and send").click()
        page.get_by_text(f"The wallet does not know chain {campaign.node.chain_id}").wait_for()
        wallets.known = {campaign.node.chain_id}
        page.get_by_role("button", name="2. Lock and send").click()
        page.get_by_text("You refused it in the wallet: nothing was sent.").wait_for()
    assert wallets.chain_id == campaign.node.chain_id
    assert {wallet for wallet, _ in wallets.asked} == {"rabbit"}
    assert campaign.campaign.view("offer_count") == 0


def test_rounds_arrive_and_money_is_claimed(chromium, campaign):
    days, client = Days(campaign), CLIENTS[0]
    for step in ("commit", "reveal", "settle", "training"):
        getattr(days, step)()
    wallets = wallets_of(campaign, fox=client.address)
    address = campaign.address
    with (
        following(campaign.anvil.url, [campaign.address]) as port,
        opened(chromium, port, wallets, f"/campaign/{address}/training") as page,
    ):
        page.locator("[data-rounds] tbody tr").nth(days.rounds - 2).wait_for(state="attached")
        days.deliveries()
        page.locator("[data-rounds] tbody tr").nth(days.rounds - 1).wait_for(state="attached")
        page.locator(".curve canvas").wait_for()
        rows = [
            {"position": position, "client": client.address, "bitmap": hex(bits)} for position, bits in days.trees[0]
        ]
        file = {"schema": "cofund.deliveries/1", "chain_id": campaign.node.chain_id, "campaign": address, "edge": 0}
        file |= {"up_to_round": days.rounds, "rows": rows}
        page.goto(f"http://127.0.0.1:{port}/campaign/{address}/payments")
        page.get_by_role("button", name="Connect a wallet").click()
        page.get_by_role("button", name="Claim my pay").click()
        upload = {"name": "deliveries.json", "mimeType": "application/json", "buffer": json.dumps(file).encode()}
        page.get_by_label("The deliveries that your edge published").set_input_files(upload)
        wallets.refusing = True
        page.get_by_role("button", name="Claim", exact=True).click()
        page.get_by_text("You refused it in the wallet: nothing was sent.").wait_for()
        assert campaign.campaign.view("offer", client.address)[0][6] == 0
        wallets.refusing = False
        page.get_by_role("button", name="Claim", exact=True).click()
        page.get_by_text("✓ Paid.").wait_for()
    (_, _, _, _, _, paid_rounds, paid), _, _ = campaign.campaign.view("offer", client.address)
    assert paid_rounds == days.rounds
    assert paid > 0


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
            assert page.get_by_role("heading", name="Sealed bids and offers").is_visible()
            assert "cofund_node_up 0" in get(port, "/metrics").text
            anvil.start()
            page.get_by_text("The node cannot be read").wait_for(state="detached")
            campaign.at(2)
            page.get_by_role("heading", name="Reveal", exact=True).wait_for()
            assert "cofund_node_up 1" in get(port, "/metrics").text
