"""``cofund verify ADDRESS`` recomputes a campaign on a chain that it shares, also what came through other contracts."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from anvil import RICH, Anvil
from cofund.campaign import verify as verifying
from cofund.campaign.campaign import Campaign
from cofund.campaign.creations import creations
from cofund.campaign.from_chain import Following, follow, head
from cofund.campaign.publication import digest
from cofund.campaign.record import NOT_PROVED_OFFLINE
from cofund.campaign.store import Store
from cofund.campaign.text import render
from cofund.chain.abi import OF_A_CAMPAIGN, events
from cofund.chain.contract import books_address
from cofund.chain.journal import Journal
from cofund.chain.node import connect
from cofund.chain.provider import Provider
from forging import forged, kinds
from hatch_build import compile_contract
from operating import cofund
from small_life import ACCOUNTS, START, WalletLife

pytestmark = pytest.mark.node


class Shared:
    """A campaign of which much came through a wallet, on a node that others use."""

    def __init__(self, anvil: Anvil, folder: Path) -> None:
        self.anvil, self.folder = anvil, folder
        node = connect(anvil.url, Journal())
        node.fund([RICH.address, *ACCOUNTS.values()])
        self.life = WalletLife(node)
        self.address, self.provider = self.life.campaign.address, Provider(anvil.url)
        self.terms = folder / "published.json"
        self.terms.write_text(json.dumps(self.life.document))
        self.steps = self.life.steps(lambda: self.read().ledger)

    def read(self) -> Campaign:
        return Campaign.at(connect(self.anvil.url, Journal()), self.address, terms=self.terms)

    def following(self) -> Following:
        block = head(self.provider)
        (created,) = creations(self.provider, 0, block.number, self.address)
        known = {digest(self.life.document): self.life.document}
        return follow(self.provider, self.life.node.chain_id, created, block, known)

    def play(self, until: str) -> None:
        while next(self.steps) != until:
            pass

    def verify(self, *more: object) -> tuple[int, str]:
        return cofund("verify", self.address, "-r", self.anvil.url, "--state", self.folder / "state", *more)

    def right(self, *says: str) -> None:
        code, printed = self.verify()
        assert code == 0, printed
        for words in says:
            assert words in printed, printed


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Played to its end, verified at every phase, followed from block to block."""
    with Anvil(("--timestamp", str(START))) as anvil:
        campaign = Shared(anvil, tmp_path_factory.mktemp("shared"))
        campaign.right("status open", "0 transactions with 0 events", "market: not settled")
        followed = campaign.following()
        for step in campaign.steps:
            campaign.right("transactions through other contracts, known by their events")
            block = head(campaign.provider)
            now, fresh = followed.at(block), campaign.following().at(block)
            assert (now.ledger, now.seen) == (fresh.ledger, fresh.seen), step
        yield campaign


@contextmanager
def undone(shared: Shared) -> Iterator[Shared]:
    before = shared.anvil.ask("evm_snapshot")
    yield shared
    shared.anvil.ask("evm_revert", before)


def test_everything_is_known_whatever_it_came_through(shared: Shared) -> None:
    shared.right(
        "status closed",
        "2 of 2 bids and 2 of 2 books open, 4 offers: as sealed",
        "market cleared again: 3 winners",
        "1 signatures of accounts that are contracts, which the campaign asked",
    )
    assert json.loads(shared.verify("--json")[1])["through_other_contracts"] > 10
    assert shared.read().ledger.owed().total() == 0


@pytest.fixture(scope="module")
def file(shared: Shared) -> Path:
    """The record of the campaign at its end."""
    store, out = Store(str(shared.folder / "store")), shared.folder / "record.json"
    shared.life.publish(store, shared.read().ledger)
    on_chain = ["-r", shared.anvil.url, "--state", shared.folder / "state"]
    made = cofund("campaign", "record", shared.address, *on_chain, "--store", store.url, "--out", out)
    assert made[0] == 0, made
    return out


def test_a_record_of_it_is_verified_offline_and_on_the_chain(shared: Shared, file: Path) -> None:
    on_chain = ["-r", shared.anvil.url, "--state", shared.folder / "state"]
    assert cofund("verify", file)[0] == 0
    code, printed = cofund("verify", file, *on_chain)
    assert (code, "transactions on the chain, none is missing" in printed) == (0, True), printed
    assert Campaign.from_record(file).ledger == shared.read().ledger


def test_a_gift_is_told(shared: Shared) -> None:
    with undone(shared):
        shared.anvil.ask("anvil_setBalance", RICH.address, hex(10**18))
        node = connect(shared.anvil.url, Journal())
        shared.life.token.__class__(node, "TestToken", shared.life.token.address).send(
            RICH, "mint", "mint", [shared.address], 5
        )
        shared.right("0.000005 rEUR that nobody deposited lie there besides")
    (shared.folder / "state" / str(shared.life.node.chain_id) / shared.address / "events.sqlite").unlink()


def test_a_balance_that_no_transfer_explains_is_named(shared: Shared) -> None:
    """A token that takes something away and logs nothing."""
    balance = shared.life.token.view("balanceOf", shared.address)
    slots = [hex_slot(slot, shared.address) for slot in range(16)]
    token = shared.life.token.address
    (slot,) = [at for at in slots if int(shared.anvil.ask("eth_getStorageAt", token, at, "latest"), 16) == balance]
    with undone(shared):
        shared.anvil.ask("anvil_setStorageAt", token, slot, f"0x{balance - 1:064x}")
        code, printed = shared.verify()
    assert code == 1, printed
    assert f"token balance: {balance - 1}, the books say {balance} and 0 that nobody deposited" in printed


def hex_slot(slot: int, key: str) -> str:
    """Storage slot of an entry of a mapping by address, as Vyper lays it out."""
    return "0x" + keccak(slot.to_bytes(32) + bytes(12) + bytes.fromhex(key[2:])).hex()


def state_of(contract: str) -> dict[str, Any]:
    """Where the compiler puts things."""
    from vyper.cli.vyper_compile import compile_files

    folder = Path(__file__).parents[2] / "contracts"
    (compiled,) = compile_files([folder / f"{contract}.vy"], ["layout"], paths=[folder]).values()
    return dict(compiled["layout"]["storage_layout"])


def test_one_changed_word_of_the_contracts_is_named(shared: Shared) -> None:
    campaign, books = state_of("Campaign"), state_of("Books")
    north = shared.life.accounts["north"]
    places = {
        "paid_out": (shared.address, hex(campaign["treasury"]["paid_out"]["slot"])),
        "edge 1": (shared.address, hex(campaign["edges"]["states"]["slot"] + 1)),
        "owner ": (shared.address, hex(campaign["owners"]["monies"]["slot"])),
        "credit of ": (shared.address, hex_slot(campaign["treasury"]["credit"]["slot"], north)),
        "book of ": (books_address(shared.address), hex_slot(books["words"]["slot"], north)),
        "section of edge 2": (books_address(shared.address), hex(books["sections"]["slot"] + 2)),
    }
    for says, (address, slot) in places.items():
        value = int(shared.anvil.ask("eth_getStorageAt", address, slot, "latest"), 16)
        with undone(shared):
            shared.anvil.ask("anvil_setStorageAt", address, slot, f"0x{value ^ 1:064x}")
            code, printed = shared.verify()
        assert (code in {1, 5}, len(printed.splitlines())) == (True, 1), printed
        assert says in printed, printed


def forge(shared: Shared, name: str) -> Path:
    """Change the first word of the data of the last event of a kind, in the index that verification keeps."""
    (topic,) = (topic for topic, entry in events(*OF_A_CAMPAIGN).items() if entry["name"] == name)
    path = shared.folder / "state" / str(shared.life.node.chain_id) / shared.address / "events.sqlite"
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT block, position, topics, data FROM logs ORDER BY block, position").fetchall()
        block, position, _, data = [row for row in rows if row[2].startswith(topic)][-1]
        at = 65 if name not in {"ChunkOpened", "MarketCleared", "Closed"} else 2 + 64 * 3 - 1  # behind the offsets
        changed = data[:at] + f"{int(data[at], 16) ^ 1:x}" + data[at + 1 :]
        database.execute("UPDATE logs SET data = ? WHERE block = ? AND position = ?", (changed, block, position))
    database.close()
    return path


@pytest.mark.parametrize("name", ["BidRevealed", "ChunkOpened", "MarketCleared", "Claimed", "Closed"])
def test_a_wrong_log_is_noticed(shared: Shared, name: str) -> None:
    assert shared.verify()[0] == 0
    path = forge(shared, name)
    code, printed = shared.verify()
    path.unlink(missing_ok=True)
    assert code in {1, 5}, printed
    assert len(printed.splitlines()) == 1


def test_a_token_that_keeps_a_part_of_a_payment_is_found(tmp_path: Path) -> None:
    """On the way in the contract refuses it; on the way out it sees nothing."""
    source, moved = Path(__file__).parents[2] / "contracts" / "TestToken.vy", "self._move(msg.sender, _to, _value)"
    skimming = tmp_path / "Skimming.vy"
    skimming.write_text(source.read_text().replace(moved, "self._move(msg.sender, _to, _value - 1)"))
    with Anvil(("--timestamp", str(START))) as anvil:
        own = Shared(anvil, tmp_path)
        own.play("claim")
        code = compile_contract(skimming)["bytecode_runtime"]
        anvil.ask("anvil_setCode", own.life.token.address, code)
        own.play("leave")
        found, printed = own.verify()
    assert found == 1, printed
    assert "the campaign paid " in printed


def test_each_kind_of_value_is_proved_offline_or_named(file: Path) -> None:
    """A forger changes evidence, and writes the record that is computed from it."""
    record = json.loads(file.read_text())
    del record["lines"]
    believed, text = set(), render(record)
    assert verifying._computed_again(record)[0] == text
    for kind, places in kinds(record).items():
        for place in {places[0], places[len(places) // 2], places[-1]}:
            with contextlib.suppress(Exception):  # which `verify` makes refusals of
                if verifying._computed_again(forged(record, place))[0] != text:
                    believed.add(kind)
    assert sorted(believed) == sorted(NOT_PROVED_OFFLINE)
