"""Where the terms say that books stay sealed: by the commands of the roles, from the first offer to the last unit."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from anvil import RICH, Anvil
from cofund.campaign.delivery_rows import Deliveries, Row, deliveries_text, signed_root
from cofund.chain.contract import Contract, books_of
from cofund.market.offer_book import missing_words
from operating import CLIENTS, COORDINATOR, EDGES, FLAGS, OFFERS, cofund
from parties import EVERYBODY, OWNERS, SPONSOR, Parties

pytestmark = pytest.mark.node

STAKE = 10
WINDOW_S = 3600


class Sealed(Parties):
    """Parties whose books are opened only if they are called absent."""

    def toml(self) -> str:
        return super().toml() + f'\n[sealed]\nbooks = true\nstake = "{STAKE}"\nabsence_window_s = {WINDOW_S}\n'

    @property
    def books(self) -> Contract:
        return books_of(self.campaign, sealed=True)

    def create(self, *more: object) -> dict[str, Any]:
        self.token.send(RICH, "mint", "mint", [RICH.address], STAKE)
        return super().create("--store", f"file://{self.folder}/store", *more)

    def seal(self) -> None:
        """Two bids; clients 0 to 2 at north, of which the last asks more than the ceiling, and 3 and 4 at south."""
        self.accept()
        for owner in OWNERS:
            self.did(owner, "owner", "bid", "--value", "1000", "--escrow", "1200.50")
        self.places: dict[str, Path] = {}
        for who, (cost, edge) in enumerate(OFFERS):
            path = self.folder / f"offers-{edge}" / f"{CLIENTS[who].address}.json"
            path.parent.mkdir(exist_ok=True)
            asks = ("--cost", f"{cost // 10}.{cost % 10}", "--edge", ("north", "south")[edge])
            self.did(CLIENTS[who], "client", "offer", *asks, "--out", path)
        for at, operator in enumerate(EDGES):
            made = self.did(operator, "edge", "book", "--offers", self.folder / f"offers-{at}", "--once")
            self.places |= {Path(path).stem: Path(path) for path in made["files"]}
        for client in CLIENTS:
            if client.address in self.places:
                assert self.checks(client, self.places[client.address])[0] == 0

    def checks(self, client: Any, place: Path) -> tuple[int, str]:
        flags = ["-r", self.anvil.url, "--home", self.home(client), "--terms", self.published]
        return cofund("client", "check", self.address, place, *flags)

    def reveal(self) -> None:
        self.at(2)
        for owner in OWNERS:
            self.did(owner, "owner", "reveal")
        self.at(3)

    def shows(self, at: int) -> Path:
        """What an operator hands to whoever settles."""
        made = self.did(EDGES[at], "edge", "quotes", "--out", self.folder / f"shown-by-{at}")
        (path,) = made["files"]
        return Path(path)

    def settles(self, *more: object) -> tuple[int, str]:
        return cofund("campaign", "settle", self.address, *self.options(), *more)

    def trains(self, rounds: int) -> None:
        for number in range(1, rounds + 1):
            self.node.advance_to(self.node.now() + WINDOW_S)
            self.campaign.send(COORDINATOR, "round", "record_round", number, bytes(32), bytes(32), 0)
        self.node.advance_to(self.node.now() + WINDOW_S)

    def signs(self, at: int, winners: list[Any], bitmaps: list[int], rounds: int) -> Path:
        rows = tuple(Row(client.address, bitmap) for client, bitmap in zip(winners, bitmaps, strict=True))
        deliveries = Deliveries(self.node.chain_id, self.address, at, 0, rounds, rows)
        assert missing_words(bitmaps, rounds) == deliveries.missing
        self.campaign.send(EDGES[at], "root", "post_deliveries", *signed_root(deliveries, EDGES[at]))
        store = self.folder / "store" / "deliveries"
        store.mkdir(parents=True, exist_ok=True)
        path = store / f"{at}.json"
        path.write_text(deliveries_text(deliveries), encoding="utf-8")
        return path

    def closes(self) -> None:
        self.campaign.send(COORDINATOR, "release", "release_models", [b"\1" * 32] * 2)
        assert self.call("close")[0] == 0

    def leaves(self) -> None:
        """Everybody takes out what is theirs."""
        for role, accounts in (
            ("owner", OWNERS),
            ("edge", EDGES),
            ("sponsor", [SPONSOR]),
            ("coordinator", [COORDINATOR]),
            ("campaign", [RICH]),
        ):
            for account in accounts:
                self.did(account, role, "refund")


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil(FLAGS) as running:
        yield running


@pytest.fixture
def parties(anvil: Anvil, tmp_path: Path) -> Iterator[Sealed]:
    before = anvil.ask("evm_snapshot")
    yield Sealed(anvil, tmp_path)
    anvil.ask("evm_revert", before)


def test_an_edge_commits_its_sealed_book_and_hands_out_leaves(parties: Sealed, tmp_path: Path) -> None:
    parties.accept()
    offers = tmp_path / "offers"
    offers.mkdir()
    for client, cost in zip(CLIENTS[:3], ("3", "5", "4"), strict=True):
        out = offers / f"{client.address}.json"
        parties.did(client, "client", "offer", "--edge", "north", "--cost", cost, "--out", out)
    before = parties.balance(EDGES[0])
    made = parties.did(EDGES[0], "edge", "book", "--offers", offers, "--once")
    assert [sent["call"] for sent in made["transactions"]] == ["approve", "commit book"]
    assert before - parties.balance(EDGES[0]) == 3 * 1000
    assert parties.did(EDGES[0], "edge", "book", "--offers", offers, "--once")["transactions"] == []
    places = {Path(path).stem: Path(path) for path in made["files"]}
    for client in CLIENTS[:3]:
        place = places[client.address]
        code, printed = parties.checks(client, place)
        assert (code, "neither leave you out nor list you otherwise" in printed) == (0, True), printed
        right = json.loads(place.read_text())
        wrong = tmp_path / "wrong.json"
        wrong.write_text(json.dumps(right | {"cost": str(int(right["cost"]) + 1)}))
        assert parties.checks(client, wrong)[0] == 1
        other = dict(right["chunk"], leaves=right["chunk"]["leaves"][::-1])
        wrong.write_text(json.dumps(right | {"chunk": other}))
        code, printed = parties.checks(client, wrong)
        assert (code, "nobody among them could be paid" in printed) == (1, True), printed
    parties.at(2)
    code, printed = parties.does(EDGES[0], "edge", "open")
    assert (code, "the terms say that books stay sealed" in printed) == (6, True), printed


def test_a_sealed_campaign_by_its_parties_with_one_operator_absent(parties: Sealed) -> None:
    before = sum(map(parties.balance, [RICH, *EVERYBODY]))
    parties.seal()
    parties.reveal()
    assert parties.next_of(EDGES[0], "edge") == ["quotes", "settle"]
    shown = parties.shows(0)
    assert not any(client.address[2:].lower() in shown.read_text().lower() for client in CLIENTS)
    code, printed = parties.settles("--books", shown)
    assert (code, "not shown by edge 1" in printed and "--absent" in printed) == (6, True), printed
    code, printed = parties.settles("--books", shown, "--absent")
    assert code == 0, printed
    assert parties.status()["open_to_anyone"] == ["settle"]
    code, printed = parties.settles("--books", shown)
    assert (code, "an attempt stands without them" in printed) == (6, True), printed
    assert parties.next_of(EDGES[1], "edge")[0] == "open"
    assert cofund("campaign", "confirm", parties.address, *parties.options())[0] == 6
    parties.node.advance_to(parties.node.now() + WINDOW_S)
    assert parties.status()["open_to_anyone"] == ["confirm"]
    code, printed = cofund("campaign", "confirm", parties.address, *parties.options())
    assert (code, json.loads(printed)["phase"]) == (0, "training"), printed
    # north alone: 30 and 50 ticks win, the next asks more than the ceiling
    states = [parties.campaign.view("edge", at)[1] for at in range(2)]
    assert [state[1] for state in states] == [2, 0]
    mine = parties.status_of(CLIENTS[0], "client")
    assert [offer["wins"] for offer in mine["offers"]] == [True]
    assert [offer["wins"] for offer in parties.status_of(CLIENTS[3], "client")["offers"]] == [False]
    parties.did(EDGES[0], "edge", "winners")
    winners = (parties.folder / "store" / "winners" / "0.json").read_text()
    assert all(client.address[2:].lower() in winners for client in CLIENTS[:2])
    parties.trains(4)
    rows = parties.signs(0, CLIENTS[:2], [0b1111, 0b0111], 4)
    parties.did(CLIENTS[0], "client", "claim", "--deliveries", rows)
    assert parties.did(CLIENTS[0], "client", "claim", "--deliveries", rows)["transactions"] == []
    parties.did(EDGES[0], "edge", "claim")
    parties.closes()
    parties.did(EDGES[0], "edge", "claim")  # the extra
    parties.leaves()
    assert parties.held() == 0
    assert sum(map(parties.balance, [RICH, *EVERYBODY])) == before
    books = [parties.books.view("book", at) for at in range(2)]
    assert [(opened, returned, void) for _, opened, returned, void in books] == [
        (False, True, False),
        (False, False, True),
    ]
