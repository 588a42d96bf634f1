"""A node may answer anything: a bad answer changes nothing, bad answers end a command with one sentence.

Every fault strikes every question of every command here at once; `make deep` strikes each method by itself as well.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from eth_account import Account

from anvil import Anvil
from cofund.chain import patience, provider
from cofund.errors import CofundError
from cofund.web.board import Board, Follower
from cofund.web.rpc import Rpc
from faulty_node import FAULTS, KEY, Fault, FaultyNode, always, once
from operating import FLAGS, OWNER, START, cofund
from parties import OWNERS, Parties

pytestmark = pytest.mark.node

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
BIDDER = OWNERS[1]
BID = ("--value", "1000", "--escrow", "1200")
OPTIONAL = {"web3_clientVersion", "eth_feeHistory", "eth_gasPrice"}
METHODS = (
    "eth_chainId",
    "eth_blockNumber",
    "eth_getCode",
    "eth_call",
    "eth_getLogs",
    "eth_getBlockByNumber",
    "eth_getBlockByHash",
    "eth_getTransactionCount",
    "eth_estimateGas",
    "eth_getTransactionReceipt",
    "eth_sendRawTransaction",
    *sorted(OPTIONAL),
)


@dataclass
class Scene:
    """A campaign in its commit phase, with one bid; kept as it is by a snapshot of the node and a copy of homes."""

    parties: Parties
    folder: Path
    keystore: Path
    password: Path
    snapshot: str = ""

    def flags(self, url: str) -> list[object]:
        keys = ["--account", self.keystore, "--password-file", self.password, "-y"]
        return ["-r", url, "--home", self.folder / "home", "--terms", self.parties.published, *keys, "-q", "--json"]

    def bids(self, url: str) -> tuple[int, str]:
        return cofund("owner", "bid", self.parties.address, *BID, *self.flags(url))

    def reveals(self, url: str) -> tuple[int, str]:
        return cofund("owner", "reveal", self.parties.address, *self.flags(url))

    def asks_status(self, url: str) -> tuple[int, str]:
        flags = ["--home", self.folder / "other", "--as", OWNER.address, "--json"]
        return cofund("owner", "status", self.parties.address, "-r", url, *flags)

    def asks_campaign_status(self, url: str) -> tuple[int, str]:
        return cofund("campaign", "status", self.parties.address, "-r", url, "--state", self.folder / "new", "--json")

    def verifies(self, url: str) -> tuple[int, str]:
        terms = ("--terms", self.parties.published, "--json")
        return cofund("verify", self.parties.address, "-r", url, "--state", self.folder / "v", *terms)

    def shows(self, url: str) -> tuple[int, str]:
        """The web server's first look."""
        with closing(Rpc(url)) as rpc:
            try:
                board = Follower(Board(self.folder), rpc, [self.parties.address], [self.parties.published], 0).board
            except CofundError as error:
                return error.exit_code, f"error: {error}"
        shown = board.snapshots[self.parties.address]
        return 0, json.dumps([shown.counts, shown.money, shown.problems, [event["name"] for event in shown.events]])

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Whatever is done is undone."""
        before = self.parties.anvil.ask("evm_snapshot")
        try:
            yield
        finally:
            self.parties.anvil.ask("evm_revert", before)
            for name in ("home", "other", "new", "v"):
                shutil.rmtree(self.folder / name, ignore_errors=True)


READS = ("asks_status", "asks_campaign_status", "verifies", "shows")
WRITES = ("bids", "reveals")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("faulty")
    with Anvil(FLAGS) as anvil:
        parties = Parties(anvil, folder)
        parties.accept()
        parties.did(OWNER, "owner", "bid", *BID)
        keystore, password = folder / "keystore", folder / "password"
        keystore.write_text(json.dumps(Account.encrypt(BIDDER.key, "x", "pbkdf2", 1000)))
        password.write_text("x")
        yield Scene(parties, folder, keystore, password)


@pytest.fixture(scope="module")
def right(scene: Scene) -> dict[str, str]:
    """What the commands that only read print of a good node."""
    printed = {}
    for name in READS:
        with scene.kept():
            code, printed[name] = getattr(scene, name)(scene.parties.anvil.url)
            assert code == 0, printed[name]
    return printed


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same tries, closer together."""
    monkeypatch.setattr(provider, "BACKOFF_S", 0.002)
    monkeypatch.setattr(provider, "BUSY_S", 0.2)
    monkeypatch.setattr(patience, "LOOK_AGAIN_S", 0.01)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_is_answered_badly_once_changes_nothing(scene: Scene, right: dict[str, str], fault: Fault) -> None:
    port = scene.parties.anvil.port
    for name in READS:
        with scene.kept(), FaultyNode(port, fault, once) as faulty:
            assert getattr(scene, name)(faulty.url) == (0, right[name]), name
    with scene.kept():
        for day, name in ((1, "bids"), (2, "reveals")):
            scene.parties.node.advance_to(START + (day - 1) * 86_400)
            with FaultyNode(port, fault, once) as faulty:
                code, printed = getattr(scene, name)(faulty.url)
            assert code == 0, (name, printed)
        assert scene.parties.campaign.view("owner", 1)[0][2], "opened"
        assert scene.parties.sent(BIDDER) == 2, "a bid with its permit, and a reveal"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fault", FAULTS if DEEP else ["page", "limit"])
def test_what_is_always_answered_badly_ends_with_one_sentence(
    scene: Scene, right: dict[str, str], fault: str, method: str
) -> None:
    with FaultyNode(scene.parties.anvil.port, FAULTS[fault], always(method)) as faulty:
        for name in (*READS, "bids"):
            with scene.kept():
                code, printed = getattr(scene, name)(faulty.url)
                assert code == 0 or is_one_sentence(code, printed), (name, code, printed)
                if name in right and code == 0:
                    assert printed == right[name], name
                if method in OPTIONAL:
                    assert code == 0, printed


def is_one_sentence(code: int, printed: str) -> bool:
    """An expected error, that names the host and no key."""
    line = printed.strip().splitlines()[-1]
    return code in {1, 2, 5} and line.startswith("error: ") and KEY not in printed and "SECRET" not in printed
