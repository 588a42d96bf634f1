"""A watcher reveals in time and collects, whatever is killed meanwhile: it, or the node; and it sends nothing twice."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from anvil import Anvil
from operating import CLIENTS, COORDINATOR, EDGES, FLAGS, cofund
from parties import OWNERS, PLENTY, SPONSOR, Parties
from watchers import ended, started, until_it_says, watching

pytestmark = pytest.mark.node

BID = ("--value", "1000", "--escrow", "1200")


def killed(process: Any) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def test_watchers_killed_and_started_again_take_a_campaign_to_its_end(tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "state.json"), "--state-interval", "1")
    with Anvil((*FLAGS, *state)) as anvil:
        parties = Parties(anvil, tmp_path)
        owner, client = OWNERS[0], CLIENTS[3]
        parties.did(owner, "owner", "bid", *BID)
        parties.did(client, "client", "offer", "--edge", "south", "--cost", "4")
        before = parties.sent(owner)
        first = watching(parties, "owner", owner)
        until_it_says(first, "phase: commit")
        killed(first)
        time.sleep(1.5)  # the node writes its state every second
        anvil.kill()
        again = watching(parties, "owner", owner)
        until_it_says(again, "waiting: ")
        anvil.start()
        until_it_says(again, "phase: commit")
        parties.at(2)
        until_it_says(again, "reveal bid: block")
        killed(again)
        pushing = watching(parties, "client", client, "--push")
        until_it_says(pushing, "reveal offer: block")
        parties.at(5)  # too late to settle
        assert ended(pushing)[0] == 0
        parties.did(COORDINATOR, "coordinator", "refund")
        parties.did(SPONSOR, "sponsor", "refund")
        assert ended(watching(parties, "owner", owner)) == (
            0,
            f"phase: cancelled\n{last_sent(parties)}\nthe campaign is over for you\n",
        )
        assert parties.held() == 0
        assert parties.balance(owner) == parties.balance(client) == PLENTY
        assert parties.sent(owner) == before + 2, "one reveal, one withdrawal"


def last_sent(parties: Parties) -> str:
    """The line of the only transaction in the last block."""
    block = parties.node.web3.eth.get_block("latest")
    receipt = parties.node.web3.eth.get_transaction_receipt(block["transactions"][0])
    gas, name = receipt["gasUsed"], receipt["transactionHash"].to_0x_hex()
    return f"withdraw: block {block['number']}, {gas:,} gas, transaction {name}"


def test_a_bid_killed_at_any_moment_is_the_same_bid_afterwards(tmp_path: Path) -> None:
    with Anvil((*FLAGS, "--no-mining")) as anvil:
        anvil.ask("evm_setAutomine", True)
        parties = Parties(anvil, tmp_path)
        owner = OWNERS[0]
        anvil.ask("evm_setAutomine", False)
        command = ["owner", "bid", parties.address, *BID, *parties.flags(owner), "-q", "--json"]
        process = started(*command)
        while not list(parties.home(owner).rglob("transactions.jsonl")):
            assert process.poll() is None, ended(process)
            time.sleep(0.005)
        killed(process)
        (opening,) = [path for path in parties.home(owner).rglob("owner-opening.json") if "backup" not in path.parts]
        kept = opening.read_text()
        anvil.ask("evm_setAutomine", True)
        anvil.ask("evm_mine")
        code, printed = ended(started(*command))
        assert code == 0, printed
        assert opening.read_text() == kept
        assert parties.sent(owner) == 1
        parties.at(2)
        parties.did(owner, "owner", "reveal")  # what is kept opens what was sent


def test_an_edge_opens_what_arrives_and_is_ended_by_a_signal(tmp_path: Path) -> None:
    with Anvil(FLAGS) as anvil:
        parties = Parties(anvil, tmp_path)
        parties.did(COORDINATOR, "coordinator", "bond")
        parties.did(SPONSOR, "sponsor", "lock")
        inbox = tmp_path / "inbox"
        inbox.mkdir()
        signed = tmp_path / "signed.json"
        parties.did(CLIENTS[0], "client", "offer", "--edge", "north", "--cost", "3", "--relay", signed)
        parties.did(EDGES[0], "edge", "relay", signed)
        home = ["--home", parties.home(CLIENTS[0])]
        assert cofund("client", "backup", parties.address, inbox / "client.json", *home)[0] == 0
        parties.at(2)
        process = watching(parties, "edge", EDGES[0], "--openings", inbox)
        until_it_says(process, "reveal offers: block")
        process.send_signal(signal.SIGTERM)
        code, printed = ended(process)
        assert (code, printed) == (0, "stopped; the same command goes on\n")
        assert parties.status_of(CLIENTS[0], "client")["offer"]["opened"] is True


def test_nobody_watches_without_consent_or_for_nothing(tmp_path: Path) -> None:
    with Anvil(FLAGS) as anvil:
        parties = Parties(anvil, tmp_path)
        stranger = [*parties.flags(OWNERS[1], agree=False)]
        assert cofund("owner", "watch", parties.address, *stranger)[0] == 3
        parties.at(2)
        code, printed = cofund("owner", "watch", parties.address, *stranger, "-y", "--json")
        assert (code, json.loads(printed.splitlines()[-1])) == (0, {"event": "over"}), printed
