"""What ``status`` names as the next step works as it is printed: typed into a shell, placeholders filled in."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from anvil import RICH, Anvil
from cofund.campaign.delivery_rows import load_deliveries
from cofund.campaign.published import publish_deliveries
from cofund.campaign.store import Store
from operating import CLIENTS, COORDINATOR, EDGES, FLAGS, cofund
from parties import EVERYBODY, OWNERS, SPONSOR, Parties

pytestmark = pytest.mark.node

SETTINGS = """rpc-url = "{url}"
account = "./keystore"
password-file = "./password"
home = "./home"
backup = "./copy"
"""
FIRST, QUIET, LOSING = CLIENTS[3], CLIENTS[0], CLIENTS[4]


class Typing(Parties):
    """Parties who read a line, fill in its capitals and type it, each in a folder with a ``cofund.toml``."""

    monkeypatch: Any = None

    @property
    def store(self) -> Store:
        return Store((self.folder / "store").as_uri())

    def create(self, *more: object) -> dict[str, Any]:
        return super().create("--store", self.store.url, *more)

    def place(self, account: Any) -> Path:
        folder = self.folder / account.address
        if not folder.exists():
            folder.mkdir()
            (folder / "keystore").write_text(json.dumps(Account.encrypt(account.key, "x", "pbkdf2", 1000)))
            (folder / "password").write_text("x")
            (folder / "cofund.toml").write_text(SETTINGS.format(url=self.anvil.url))
        return folder

    def types(self, role: str, account: Any, action: str, *more: object, **filled: object) -> None:
        self.monkeypatch.chdir(self.place(account))
        code, printed = cofund(role, "status", self.address, "--as", account.address)
        assert code == 0, printed
        found = re.search(rf"^next      {action}: .*\n +(cofund .*)$", printed, re.MULTILINE)
        assert found, printed
        words = [str(filled.get(word, word)) for word in shlex.split(found[1])]
        assert not [word for word in words if word.isupper()], words
        agreed = () if action == "check" else ("-y", "-q")  # which needs no key
        code, printed = cofund(*words[1:], *more, *agreed)
        assert code == 0, (words, printed)


@pytest.fixture
def typing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Typing]:
    with Anvil(FLAGS) as anvil:
        Typing.monkeypatch = monkeypatch
        yield Typing(anvil, tmp_path)


def seal(typing: Typing) -> None:
    typing.types("coordinator", COORDINATOR, "bond")
    typing.types("sponsor", SPONSOR, "lock")
    for edge in EDGES:
        typing.types("edge", edge, "bond")
    for owner in OWNERS:
        typing.types("owner", owner, "bid", VALUE="1000", ESCROW="1200")
    for client, edge, cost in ((FIRST, 1, "4"), (LOSING, 1, "6"), (QUIET, 0, "3")):
        offers = typing.place(EDGES[edge]) / "offers"
        offers.mkdir(exist_ok=True)
        typing.types("client", client, "offer", EDGE=("north", "south")[edge], COST=cost)
        shutil.copy(typing.place(client) / "offer.json", offers / f"{client.address}.json")
    for edge in EDGES:
        typing.types("edge", edge, "book", "--once", DIR="offers")
    for client, edge in ((FIRST, 1), (LOSING, 1), (QUIET, 0)):
        place = typing.place(EDGES[edge]) / "offers-places" / f"{client.address}.json"
        typing.types("client", client, "check", PLACE=place)


def test_a_campaign_is_taken_to_its_end_by_typing_what_is_printed(typing: Typing) -> None:
    seal(typing)
    typing.at(2)
    for owner in OWNERS:
        typing.types("owner", owner, "reveal")
    for edge in EDGES:
        typing.types("edge", edge, "open")
    typing.at(3)
    typing.types("owner", OWNERS[0], "settle")
    for number in range(1, 5):
        typing.node.advance_to(typing.node.now() + 3600)
        typing.campaign.send(COORDINATOR, "round", "record_round", number, bytes(32), bytes(32), 0)
    typing.types("owner", OWNERS[1], "veto")
    assert typing.campaign.view("progress")[1] == 4, "half of the charges are no majority"
    typing.node.advance_to(typing.node.now() + 3600)
    for edge, client in ((0, QUIET), (1, FIRST)):
        rows = typing.deliver(edge, {0: (client, 0b1111)}, 4)
        publish_deliveries(typing.store, load_deliveries(rows, typing.node.chain_id, typing.address))
    typing.types("client", FIRST, "claim")
    typing.types("edge", EDGES[0], "claim")
    typing.types("edge", EDGES[1], "claim")
    (mine,) = typing.status_of(QUIET, "client")["offers"]
    assert (mine["wins"], mine["paid_up_to_round"], typing.sent(QUIET)) == (True, 4, 0), "its edge claimed for it"
    typing.campaign.send(COORDINATOR, "release", "release_models", [b"\1" * 32] * 2)
    typing.types("client", FIRST, "close")
    for role, account in (("owner", OWNERS[0]), ("owner", OWNERS[1]), ("edge", EDGES[0]), ("coordinator", COORDINATOR)):
        typing.types(role, account, "refund")
    typing.types("edge", EDGES[1], "refund")
    typing.did(SPONSOR, "sponsor", "refund")
    assert typing.held() == 0


def test_a_campaign_that_nobody_settled_is_taken_apart_by_typing_what_is_printed(typing: Typing) -> None:
    before = [typing.balance(account) for account in EVERYBODY]
    seal(typing)
    typing.at(5)
    typing.types("edge", EDGES[1], "cancel")
    everybody = [("owner", owner) for owner in OWNERS] + [("edge", edge) for edge in EDGES]
    everybody += [("sponsor", SPONSOR), ("coordinator", COORDINATOR)]
    for role, account in everybody:
        typing.types(role, account, "refund")
    assert typing.held() == 0
    assert [typing.balance(account) for account in EVERYBODY] == before
    assert typing.balance(RICH) == 0
