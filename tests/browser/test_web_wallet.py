"""A campaign acted from the browser: headless Chromium, wallets that sign for anvil, the server as a user has it."""

import json
import os
import shutil
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from anvil import Anvil
from browser_wallet import Wallets
from campaign_days import Days
from cofund.market.sealing import OFFER, Opening, seal
from cofund.web.board import Board, Follower
from cofund.web.rpc import Rpc
from operating import CLIENTS, COORDINATOR, FLAGS, OWNER, RICH, Operating
from web_server import get, serving

CHROMIUM = shutil.which("chromium")
SHOTS = os.environ.get("COFUND_SCREENSHOTS")
pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="no chromium"),
]


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def live(operating):
    """The server over anvil, following it; gives the port and what reads."""
    with closing(Rpc(operating.anvil.url)) as rpc:
        follower = Follower(Board(Path("none")), rpc, [operating.address], [], 0, interval_s=0.1)
        thread = threading.Thread(target=follower.run)
        thread.start()
        try:
            with serving(follower.board) as port:
                yield port
        finally:
            follower.stop()
            thread.join(timeout=20)


@contextmanager
def opened(chromium, port, wallets, path):
    """A page with the wallets in it; nothing may be refused by the policy, and no other host be asked."""
    context = chromium.new_context(accept_downloads=True, viewport={"width": 1100, "height": 900})
    wallets.enter(context)
    page, complaints, hosts = context.new_page(), [], set()
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]) if request.url.startswith("http") else None)
    page.goto(f"http://127.0.0.1:{port}{path}")
    try:
        yield page
        assert [text for text in complaints if "Failed to load resource" not in text] == []
        assert hosts == {f"127.0.0.1:{port}"}
    finally:
        context.close()


@pytest.fixture
def campaign(tmp_path):
    with Anvil(FLAGS) as anvil:
        operating = Operating(anvil, tmp_path)
        operating.create()
        operating.token.send(RICH, "mint", "mint", [OWNER.address, CLIENTS[0].address, COORDINATOR.address], 10**6)
        yield operating


def wallets_of(operating, **accounts: str):
    chain = operating.node.chain_id
    return Wallets(operating.anvil.url, accounts, chain, {chain})


def shoot(page, name):
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def seal_in_form(page, button, fields, tmp_path):
    """Fill in a form, save the opening, send; the opening that was saved."""
    page.get_by_role("button", name=button).click()
    for label, value in fields.items():
        page.get_by_label(label).fill(value)
    with page.expect_download() as download:
        page.get_by_role("button", name="1. Save the opening").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert page.get_by_role("button", name="2. Lock and send").is_disabled()
    page.get_by_label("I have the file").check()
    page.get_by_role("button", name="2. Lock and send").click()
    return json.loads(path.read_text())


def test_bid_offer_and_reveal_from_the_browser(chromium, campaign, tmp_path):
    wallets = wallets_of(campaign, fox=OWNER.address)
    address = campaign.address
    with live(campaign) as port, opened(chromium, port, wallets, f"/campaign/{address}") as page:
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
        shoot(page, "reveal")
    state, _ = campaign.campaign.view("owner", 0)
    assert (state[2], state[4]) == (True, 100_000)


def test_an_offer_is_sealed_in_ticks_as_python_seals_it(chromium, campaign, tmp_path):
    client, address = CLIENTS[0], campaign.address
    with (
        live(campaign) as port,
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
    with live(campaign) as port, opened(chromium, port, wallets, f"/campaign/{campaign.address}") as page:
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
    with live(campaign) as port, opened(chromium, port, wallets, f"/campaign/{address}/training") as page:
        page.locator("[data-rounds] tbody tr").nth(days.rounds - 2).wait_for(state="attached")
        days.deliveries()
        page.locator("[data-rounds] tbody tr").nth(days.rounds - 1).wait_for(state="attached")
        page.locator(".curve canvas").wait_for()
        shoot(page, "training")
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
        page.get_by_role("button", name="Claim", exact=True).click()
        page.get_by_text("✓ Paid.").wait_for()
        shoot(page, "payments")
    (_, _, _, _, _, paid_rounds, paid), _, _ = campaign.campaign.view("offer", client.address)
    assert paid_rounds == days.rounds
    assert paid > 0


def test_seven_tabs_share_one_stream(chromium, campaign):
    with live(campaign) as port:
        context = chromium.new_context()
        pages = [context.new_page() for _ in range(8)]
        for page in pages:
            page.goto(f"http://127.0.0.1:{port}/campaign/{campaign.address}")
        Days(campaign).commit()
        for page in pages:
            page.locator(".tile", has_text="sealed bids").get_by_text("1", exact=True).wait_for()
        context.close()


def test_a_dead_node_is_a_banner_until_it_is_back(chromium, campaign):
    with live(campaign) as port:
        context = chromium.new_context()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/campaign/{campaign.address}")
        campaign.anvil.kill()
        page.get_by_text("The node cannot be read").wait_for()
        page.get_by_role("link", name="Try again").wait_for()
        assert page.get_by_role("heading", name="Sealed bids and offers").is_visible()
        assert "cofund_node_up 0" in get(port, "/metrics").text
        context.close()
