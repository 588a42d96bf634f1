"""From the browser: money back, a veto, an office taken, and openings that go between browser and commands."""

import json

import pytest

from campaign_days import Days
from following import following
from operating import COORDINATOR, EDGES, OWNER, Operating, cofund
from visiting import opened, seal_in_form, wallets_of

pytestmark = pytest.mark.node
BID = {"What the finished model is worth": "0.1", "Escrow to lock": "0.25"}


def test_bond_and_escrow_come_back_from_a_campaign_that_nobody_pays_for(chromium, campaign):
    campaign.commit(bid=100)
    campaign.reveal()
    campaign.at(3)
    assert campaign.call("settle")[0] == 0
    edge, address = EDGES[0].address, campaign.address
    wallets, path = wallets_of(campaign, fox=OWNER.address, rabbit=edge), f"/campaign/{address}/payments"
    before = campaign.token.view("balanceOf", OWNER.address)
    with following(campaign.anvil.url, [address]) as port, opened(chromium, port, wallets, path) as page:
        page.get_by_role("button", name="Connect a wallet").click()
        page.get_by_role("dialog").get_by_role("button", name="fox").click()
        page.get_by_role("button", name="Withdraw").click()
        page.get_by_text("✓ Done.").or_(page.get_by_text("Nothing to do")).first.wait_for()
        page.get_by_role("button", name="Withdraw").wait_for(state="detached")
    assert campaign.token.view("balanceOf", OWNER.address) == before + 200 + 50
    with following(campaign.anvil.url, [address]) as port, opened(chromium, port, wallets, path) as page:
        page.get_by_role("button", name="Connect a wallet").click()
        page.get_by_role("dialog").get_by_role("button", name="rabbit").click()
        page.get_by_role("button", name="Get the bond of my book back").click()
        page.get_by_role("button", name="Get the bond of my book back").wait_for(state="detached")
    assert campaign.books.view("book", edge)[2]


def test_a_bid_sealed_in_the_browser_is_opened_by_the_command(chromium, campaign, tmp_path):
    campaign.take_office()
    path = f"/campaign/{campaign.address}"
    wallets = wallets_of(campaign, fox=OWNER.address)
    with (
        following(campaign.anvil.url, [campaign.address]) as port,
        opened(chromium, port, wallets, path) as page,
    ):
        page.get_by_role("button", name="Connect a wallet").click()
        kept = seal_in_form(page, "Seal a bid", BID, tmp_path)
        page.get_by_text("✓ Sealed.").wait_for()
    (file,) = tmp_path.glob("*-owner-opening.json")
    assert json.loads(file.read_text()) == kept
    campaign.at(2)
    assert cofund("owner", "restore", file, "--home", tmp_path / "home")[0] == 0
    code, printed = cofund("owner", "reveal", campaign.address, *signing(campaign, tmp_path / "home"))
    assert code == 0, printed
    state, _ = campaign.campaign.view("owner", 0)
    assert (state[2], state[4]) == (True, 100_000)


def test_a_bid_sealed_by_the_command_is_opened_in_the_browser(chromium, campaign, tmp_path):
    campaign.take_office()
    address, home = campaign.address, tmp_path / "home"
    bid = ["--value", "0.1", "--escrow", "0.25", "--terms", published(campaign)]
    code, printed = cofund("owner", "bid", address, *bid, *signing(campaign, home))
    assert code == 0, printed
    assert cofund("owner", "backup", address, tmp_path / "copy.json", "--home", home)[0] == 0
    campaign.at(2)
    wallets = wallets_of(campaign, fox=OWNER.address)
    with (
        following(campaign.anvil.url, [address]) as port,
        opened(chromium, port, wallets, f"/campaign/{address}/account") as page,
    ):
        page.get_by_role("button", name="Connect a wallet").click()
        page.get_by_text("This browser does not have its opening").wait_for()
        page.get_by_label("Bring an opening from a file").set_input_files(tmp_path / "copy.json")
        page.get_by_role("button", name="Open my bid").click()
        page.get_by_role("button", name="Open my bid").wait_for(state="detached")
    state, _ = campaign.campaign.view("owner", 0)
    assert (state[2], state[4]) == (True, 100_000)


def test_an_office_is_taken_with_its_bond(chromium, campaign):
    wallets = wallets_of(campaign, fox=COORDINATOR.address)
    path = f"/campaign/{campaign.address}/account"
    with following(campaign.anvil.url, [campaign.address]) as port, opened(chromium, port, wallets, path) as page:
        page.get_by_role("button", name="Connect a wallet").click()
        page.get_by_role("button", name="Post the bond").click()
        page.get_by_role("button", name="Post the bond").wait_for(state="detached")
    assert campaign.campaign.view("coordinator_bonded")


def test_a_veto_ends_the_training(chromium, node, tmp_path):
    before = node.anvil.ask("evm_snapshot")
    vetoable = Vetoable(node.anvil, tmp_path)
    vetoable.create()
    days = Days(vetoable)
    for step in ("commit", "reveal", "settle"):
        getattr(days, step)()
    assert vetoable.call("settle")[0] == 0
    days.record(1)
    wallets, path = wallets_of(vetoable, fox=OWNER.address), f"/campaign/{vetoable.address}"
    with following(node.anvil.url, [vetoable.address]) as port, opened(chromium, port, wallets, path) as page:
        page.get_by_role("button", name="Connect a wallet").click()
        number = 1
        page.get_by_role("button", name=f"Veto round {number}").click()
        page.get_by_role("button", name=f"Yes, veto round {number}").click()
        page.get_by_text("vetoed round").wait_for()
    assert vetoable.campaign.view("progress")[1] == number - 1
    assert node.anvil.ask("evm_revert", before)


class Vetoable(Operating):
    """The same campaign with a veto window."""

    def toml(self) -> str:
        return super().toml().replace("veto_window_s = 0", "veto_window_s = 3_600")


def signing(campaign, home):
    key = "0x" + OWNER.key.hex().removeprefix("0x")
    return ["-r", campaign.anvil.url, "--home", home, "--private-key", key, "-y", "-q"]


def published(campaign):
    """The terms file that ``cofund campaign create`` wrote."""
    (file,) = (campaign.folder / "state").rglob(f"{campaign.address}/terms.json")
    return file
