"""Symptom: in a browser without site data or room for them there was no wallet and no way to open a bid."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cofund.market.sealing import Opening, seal
from following import following
from operating import OWNER
from visiting import connected, opened, save_in_form, send_in_form, wallets_of

pytestmark = pytest.mark.node
BIDDING = {"What the finished model is worth": "0.1", "Escrow to lock": "0.25"}
BLOCKED = {"profile": {"default_content_setting_values": {"cookies": 2}}}


@dataclass
class WithoutSiteData:
    """Chromium with site data blocked, as a person sets it."""

    chromium: Any
    profile: Path

    def new_context(self, **options: Any) -> Any:
        (self.profile / "Default").mkdir()
        (self.profile / "Default" / "Preferences").write_text(json.dumps(BLOCKED))
        started = self.chromium.browser_type.launch_persistent_context
        return started(self.profile, executable_path=shutil.which("chromium"), args=["--no-sandbox"], **options)


def test_a_bid_is_opened_from_its_file_where_site_data_are_blocked(chromium, campaign, tmp_path):
    campaign.take_office()
    kept = Opening(OWNER.address, 100_000, bytes(32))
    sealed = seal(campaign.node.chain_id, campaign.address, kept)
    campaign.token.send(OWNER, "approve", "approve", campaign.address, 2**256 - 1)
    campaign.campaign.send(OWNER, "bid", "commit_bid", sealed, 250_000, bytes(32), 0, 0, bytes(32), bytes(32))
    campaign.at(2)
    file = {"schema": "cofund.opening/2", "chain_id": campaign.node.chain_id}
    file |= {"campaign": campaign.address, "account": OWNER.address, "amount": "100000"}
    file |= {"salt": "00" * 32, "encryption_secret": ""}
    wallets, path = wallets_of(campaign, fox=OWNER.address), f"/campaign/{campaign.address}/account"
    with (
        following(campaign.anvil.url, [campaign.address]) as port,
        opened(WithoutSiteData(chromium, tmp_path), port, wallets, path) as page,
    ):
        connected(page)
        given = {"name": "opening.json", "mimeType": "application/json", "buffer": json.dumps(file).encode()}
        page.get_by_label("Bring an opening from a file").set_input_files(given)
        page.get_by_text("Only as long as this page is open").wait_for()
        page.get_by_role("button", name="Open my bid").click()
        page.get_by_text("✓ Done.").wait_for()
    assert campaign.campaign.view("owner", 0)[0][4] == 100_000


def test_nothing_is_sealed_that_is_not_kept(chromium, campaign, tmp_path):
    wallets, path = wallets_of(campaign, fox=OWNER.address), f"/campaign/{campaign.address}"
    with (
        following(campaign.anvil.url, [campaign.address]) as port,
        opened(WithoutSiteData(chromium, tmp_path), port, wallets, path) as page,
    ):
        connected(page)
        page.get_by_role("button", name="Seal a bid").click()
        for label, value in BIDDING.items():
            page.get_by_label(label).fill(value)
        page.get_by_role("button", name="1. Save the opening").click()
        page.get_by_text("This browser keeps nothing").wait_for()
        assert page.get_by_label("I have the file").is_disabled()
    assert campaign.campaign.view("owner_count") == 0


def test_what_was_sent_is_followed_although_there_is_no_room_to_note_it(chromium, campaign, tmp_path):
    campaign.token.send(OWNER, "approve", "approve", campaign.address, 2**256 - 1)
    wallets, path = wallets_of(campaign, fox=OWNER.address), f"/campaign/{campaign.address}"
    full = "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }"
    with following(campaign.anvil.url, [campaign.address]) as port, opened(chromium, port, wallets, path) as page:
        connected(page)
        save_in_form(page, "Seal a bid", BIDDING, tmp_path)
        page.evaluate(f"() => {{ {full} }}")
        send_in_form(page)
        page.get_by_text("✓ Sealed.").wait_for()
    assert campaign.campaign.view("owner_count") == 1
