"""A watcher reveals in time and collects, whatever is killed meanwhile: it, or the node; and it sends nothing twice."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anvil import Anvil
from operating import CLIENTS, COORDINATOR, EDGES, FLAGS, START, cofund
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
        offers = tmp_path / "offers"
        offers.mkdir()
        parties.did(EDGES[1], "edge", "bond")
        parties.did(client, "client", "offer", "--edge", "south", "--cost", "4", "--out", offers / "one.json")
        parties.did(EDGES[1], "edge", "book", "--offers", offers, "--once")
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
        pushing = watching(parties, "edge", EDGES[1], "--push")
        until_it_says(pushing, "open book: block")
        parties.at(5)  # too late to settle
        assert ended(pushing)[0] == 0
        parties.did(COORDINATOR, "coordinator", "refund")
        parties.did(SPONSOR, "sponsor", "refund")
        assert ended(watching(parties, "owner", owner)) == (
            0,
            f"phase: cancelled\n{last_sent(parties)}\nthe campaign is over for you\n",
        )
        assert parties.held() == 0
        assert parties.balance(owner) == parties.balance(EDGES[1]) == PLENTY
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


def test_an_edge_runs_its_book_killed_at_any_moment_and_ended_by_a_signal(tmp_path: Path) -> None:
    """Killed before it seals, when it has sealed, and when it has opened: one book, opened once, all places given."""
    with Anvil(FLAGS) as anvil:
        parties = Parties(anvil, tmp_path)
        parties.accept()
        offers, edge = tmp_path / "offers", EDGES[0]
        offers.mkdir()
        (offers / "torn.json").write_text("{")

        def running() -> Any:
            where = ("--offers", offers, "--early", 3600, "--poll", "0.2", "-q")
            return started("edge", "book", parties.address, *where, *parties.flags(edge))

        first = running()
        until_it_says(first, "phase: commit")
        for client, cost in ((CLIENTS[0], "3"), (CLIENTS[1], "5")):
            parties.did(client, "client", "offer", "--edge", "north", "--cost", cost, "--out", offers / client.address)
            (offers / client.address).rename(offers / f"{client.address}.json")
        killed(first)
        before = parties.sent(edge)
        parties.node.advance_to(START + 86_400 - 3600)
        second = running()
        said = until_it_says(second, "commit book: block")
        assert "torn.json: " in said
        killed(second)
        third = running()
        until_it_says(third, "phase: commit")
        until(lambda: len(list((tmp_path / "offers-places").glob("*.json"))) == 2)
        for client in CLIENTS[:2]:
            flags = ["-r", anvil.url, "--home", parties.home(client), "--terms", parties.published]
            place = tmp_path / "offers-places" / f"{client.address}.json"
            assert cofund("client", "check", parties.address, place, *flags)[0] == 0
        parties.at(2)
        until_it_says(third, "open book: block")
        third.send_signal(signal.SIGTERM)
        code, printed = ended(third)
        assert (code, printed) == (0, "stopped; the same command goes on\n")
        assert parties.sent(edge) == before + 3, "an allowance, one book, one opening"


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_nobody_watches_without_consent_or_for_nothing(tmp_path: Path) -> None:
    with Anvil(FLAGS) as anvil:
        parties = Parties(anvil, tmp_path)
        stranger = [*parties.flags(OWNERS[1], agree=False)]
        assert cofund("owner", "watch", parties.address, *stranger)[0] == 3
        parties.at(2)
        code, printed = cofund("owner", "watch", parties.address, *stranger, "-y", "--json")
        assert (code, json.loads(printed.splitlines()[-1])) == (0, {"event": "over"}), printed
