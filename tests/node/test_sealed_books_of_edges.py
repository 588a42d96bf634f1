"""Where the terms say that books stay sealed: by the commands of the roles, from the first offer to the last unit."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from anvil import RICH, Anvil
from cofund.campaign.campaign import Campaign
from cofund.campaign.delivery_rows import Deliveries, Row, deliveries_text, signed_root
from cofund.campaign.signed_offers import sign_offer
from cofund.campaign.views import seat_at
from cofund.chain.contract import Contract, books_of
from cofund.chain.node import connect
from cofund.errors import InputError
from cofund.market.offer_book import missing_words
from cofund.roles import booking
from cofund.roles.auditing import audit, handed_books
from cofund.roles.automatic import WatcherInputs, work_of
from cofund.roles.booking import BookMeans
from cofund.roles.desk import Work, open_desk, visiting
from cofund.roles.next_actions import next_steps
from cofund.roles.signing import winners_at
from operating import CLIENTS, COORDINATOR, EDGES, FLAGS, OFFERS, START, cofund
from parties import EVERYBODY, OWNERS, PLENTY, SPONSOR, Parties
from watchers import started, until_it_says, watching

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
    assert parties.status()["open_to_anyone"] == ["settle", "confirm"]
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


def test_whoever_is_called_absent_and_opens_gets_the_stake_and_all_of_it_is_recorded(parties: Sealed) -> None:
    parties.seal()
    parties.reveal()
    shown = parties.shows(0)
    assert parties.settles("--books", shown, "--absent")[0] == 0
    assert parties.did(EDGES[1], "edge", "open")["transactions"][0]["call"] == "open book"
    assert parties.campaign.view("credit", EDGES[1].address) == STAKE
    code, printed = parties.settles("--books", shown)
    assert (code, json.loads(printed)["phase"]) == (0, "training"), printed
    for operator in EDGES:
        parties.did(operator, "edge", "winners")
    parties.trains(4)
    for at, winners in enumerate(([CLIENTS[0]], [CLIENTS[3]])):
        parties.signs(at, winners, [0b1111], 4)
    parties.did(EDGES[0], "edge", "claim")
    parties.closes()
    flags = ["-r", parties.anvil.url, "--state", parties.folder / "state"]
    code, printed = cofund("verify", parties.address, *flags)
    assert (code, "only who has them can clear it again" in printed) == (0, True), printed
    record = parties.folder / "record.json"
    code, printed = cofund("campaign", "record", parties.address, *flags, "-o", record)
    assert code == 0, printed
    for more in ((), ("-r", parties.anvil.url)):
        code, printed = cofund("verify", record, *more)
        assert code == 0, printed
    told = json.loads(record.read_text())
    assert (told["instance"]["clients"], told["outcome"]["welfare"]) == ([], None)
    names = {row["id"] for row in told["books"] if row["role"] == "client"}
    assert names == {CLIENTS[0].address, CLIENTS[3].address}  # the one was paid, the other's book is open
    folders = ("--statements", parties.folder / "statements", "--tables", parties.folder / "tables")
    code, printed = cofund("report", record, "-o", parties.folder / "report.html", *folders)
    assert code == 0, printed
    page = (parties.folder / "report.html").read_text()
    assert "Books stay sealed" in page
    assert 'data-check="winners"' not in page
    books = [parties.home(operator) / "backup" for operator in EDGES]
    whole = [path for folder in books for path in folder.glob("*-book.json")]
    for source in (("--record", record), ("--campaign", parties.address, "-r", parties.anvil.url)):
        code, printed = cofund("audit", *whole, *source)
        assert (code, printed.count("agrees"), printed.count("DIFFERS")) == (0, 6, 0), printed
        assert "the 2 winners and all prices are those settled" in printed
    code, printed = cofund("audit", shown, "--record", record)
    assert (code, "not cleared again, for the books of edge south are not here" in printed) == (0, True), printed
    unsigned = json.loads(whole[0].read_text())
    unsigned["offers"][0]["signature"] = unsigned["offers"][1]["signature"]
    forged = parties.folder / "forged-book.json"
    forged.write_text(json.dumps(unsigned))
    code, printed = cofund("audit", forged, whole[1], "--record", record)
    says = f"not signed by its client: {unsigned['offers'][0]['client']}"
    assert (code, says in printed, printed.count("DIFFERS")) == (1, True, 1), printed
    for says, wrong in not_this_campaigns(json.loads(whole[0].read_text())):
        forged.write_text(json.dumps(wrong))
        code, printed = cofund("audit", forged, whole[1], "--record", record)
        assert (code, says in printed) == (1, True), printed
    check_other_results_are_named(record, whole)


def check_other_results_are_named(record: Path, whole: list[Path]) -> None:
    """No contract of ours settles or pays so; the audit would say it."""
    found = Campaign.from_record(record)
    handed = handed_books(whole, found.place.chain_id, found.place.address)
    found.ledger.edges[1].price += 1
    paid = next(offer for offer in found.ledger.offers if offer.winner and offer.client == CLIENTS[0].address)
    paid.client = CLIENTS[1].address
    assert [each.says for each in audit(found, handed) if each.agrees is False] == [
        "market: cleared again from these books, winners or price are others at edge south",
        f"payments: {CLIENTS[1].address} was paid and is not listed where it was paid",
    ]


def not_this_campaigns(book: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A book with an offer that its client signed for another campaign, and one of another operator."""
    first = book["offers"][0]
    (signer,) = (client for client in CLIENTS if client.address == first["client"])
    elsewhere = sign_offer(signer, first["chain_id"], RICH.address, first["edge"], int(first["cost"]))
    borrowed = [elsewhere.to_json(), *book["offers"][1:]]
    yield f"not signed by its client: {signer.address}", book | {"offers": borrowed}
    yield f"{RICH.address} operates edge north", book | {"operator": RICH.address}


def test_what_is_handed_over_is_held_against_the_chain(parties: Sealed) -> None:
    parties.seal()
    parties.reveal()
    right = json.loads(parties.shows(0).read_text())
    other = parties.shows(1)
    salted = right["costs"][0][:-1] + ("0" if right["costs"][0][-1] != "0" else "1")
    cheaper = (1).to_bytes(6).hex() + right["costs"][1][12:]
    cases = {
        "not the book that edge 0 has committed": [
            right | {"costs": [salted, *right["costs"][1:]]},  # a changed salt
            right | {"costs": [right["costs"][0], cheaper, *right["costs"][2:]]},  # a wrong cost
            right | {"costs": right["costs"][::-1], "clients": right["clients"][::-1]},  # another order
            right | json.loads(other.read_text()) | {"edge": 0},  # another edge's book
        ],
        "edge 1 has committed": [right | {"edge": 1}],
        f"chain_id: expected {parties.node.chain_id}": [right | {"chain_id": 5}],
        "campaign: expected": [right | {"campaign": RICH.address}],
        "one for every inner node": [right | {"separators": [*right["separators"], []]}],
        "as many as there are clients": [right | {"costs": right["costs"][1:]}],
        "bad.json: line 1": ["{"],
    }
    for words, files in cases.items():
        for content in files:
            bad = parties.folder / "bad.json"
            bad.write_text(content if isinstance(content, str) else json.dumps(content))
            code, printed = parties.settles("--books", other, "--books", bad)
            assert (code, words in printed, "not shown by edge 0" in printed) == (6, True, True), (words, printed)
            assert printed.count("\n") <= 1
            code, printed = cofund("audit", bad, "--campaign", parties.address, "-r", parties.anvil.url)
            assert (code in {1, 2}, words in printed) == (True, True), printed


def test_what_an_edge_says_of_its_winners_is_held_against_its_book(parties: Sealed) -> None:
    parties.seal()
    parties.reveal()
    code, printed = parties.does(EDGES[0], "edge", "winners")
    assert (code, "expected a settled campaign" in printed) == (2, True), printed
    assert parties.settles("--books", parties.shows(0), "--books", parties.shows(1))[0] == 0
    code, printed = parties.settles()
    assert (code, "settled or cancelled already" in printed, "--absent" in printed) == (6, True, False), printed
    told = parties.did(EDGES[0], "edge", "winners")
    assert told["files"] == [f"file://{parties.folder}/store/winners/0.json"]
    desk = visiting(parties.node, parties.address, parties.home(COORDINATOR))
    seen = seat_at(desk.campaign, COORDINATOR.address)
    assert winners_at(desk, seen, 0) == [CLIENTS[0].address]  # as kits are made
    with pytest.raises(InputError, match="the store has no such artifact"):
        winners_at(desk, seen, 1)
    store = parties.folder / "store" / "winners" / "0.json"
    right = json.loads(store.read_text())
    parties.trains(4)
    rows = parties.signs(0, [CLIENTS[0]], [0b1111], 4)
    (winner,) = right["winners"]
    stranger = RICH.address[2:].lower() + winner["client"][40:]
    salted = winner["client"][:-1] + ("1" if winner["client"][-1] == "0" else "0")
    leaves = [winner["cost"], *right["chunks"][0]["leaves"][1:]]
    lies = [
        right | {"winners": [winner | {"client": stranger}]},  # somebody else's name
        right | {"winners": [winner | {"client": salted}]},  # a changed salt
        right | {"chunks": [right["chunks"][0] | {"leaves": leaves}]},  # a changed leaf
        right | {"winners": []},
        right | {"edge": 1},
    ]
    place = parties.home(CLIENTS[0])
    kept = next(place.rglob("place.json"))
    kept.rename(kept.with_name("elsewhere.json"))
    for lie in lies:
        store.write_text(json.dumps(lie))
        code, printed = parties.does(CLIENTS[0], "client", "claim", "--deliveries", rows)
        assert (code in {1, 2}, str(store) in printed or "account whose offer won" in printed) == (True, True), printed
    kept.with_name("elsewhere.json").rename(kept)
    for lie in lies:
        store.write_text(json.dumps(lie))
        assert parties.balance(CLIENTS[0]) == PLENTY or lie is not lies[0]
        parties.does(CLIENTS[0], "client", "claim", "--deliveries", rows)  # by its own place, whatever is published
    assert parties.balance(CLIENTS[0]) > PLENTY


def test_watchers_show_settle_call_absent_and_open_by_themselves(parties: Sealed) -> None:
    parties.seal()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    common = ["-r", parties.anvil.url, "--terms", parties.published, "-y", "-q", "--poll", "0.2"]
    own = ["--home", parties.home(EDGES[0]), "--private-key", EDGES[0].key.hex(), "--inbox", f"127.0.0.1:{port}"]
    north = started("edge", "book", parties.address, "--offers", parties.folder / "offers-0", *own, *common)
    running = [north]
    url = f"http://127.0.0.1:{port}/"
    asked = ("--ask", f"north={url}")
    try:
        until_it_says(north, "phase: commit")
        parties.reveal()
        stranger = parties.settles(*asked)
        assert (stranger[0], "not signed by" in stranger[1]) == (6, True), stranger
        coordinator = watching(parties, "coordinator", COORDINATOR, "--push", *asked, "--absent")
        running.append(coordinator)
        until_it_says(coordinator, "called absent when no more time can be lost")
        assert parties.books.view("attempt")[2] == 0
        parties.node.advance_to(START + 3 * 86_400 - 3 * (WINDOW_S + 1))
        until_it_says(coordinator, "settle: block")
        south = watching(parties, "edge", EDGES[1])
        running.append(south)
        until_it_says(south, "open book: block")
        until_it_says(coordinator, "settle: block")
        assert parties.status()["phase"] == "training"
        assert parties.campaign.view("credit", EDGES[1].address) in {0, STAKE}
        until_it_says(north, "winners")
        assert (parties.folder / "store" / "winners" / "0.json").exists()
    finally:
        for process in running:
            process.kill()
            process.communicate()


def test_a_stake_comes_back_after_a_cancellation(parties: Sealed) -> None:
    parties.seal()
    code, printed = parties.does(EDGES[0], "edge", "quotes", "--out", parties.folder)
    assert (code, "expected the end of the commit phase" in printed) == (2, True), printed
    parties.reveal()
    assert parties.settles("--books", parties.shows(0), "--absent")[0] == 0
    assert parties.balance(RICH) == 0
    parties.at(5)
    assert parties.status()["open_to_anyone"] == ["cancel"]
    assert parties.call("cancel")[0] == 0
    assert parties.status()["open_to_anyone"] == ["give-up"]
    code, printed = parties.call("give-up")
    assert code == 0, printed
    parties.leaves()
    assert (parties.balance(RICH), parties.held()) == (STAKE, 0)
    code, printed = parties.call("give-up")
    assert (code, "settle: no such attempt" in printed) == (6, True), printed


class OneOperator(Sealed):
    """Both edges are run by one account, each with a sealed book of its own."""

    def toml(self) -> str:
        return super().toml().replace(EDGES[1].address, EDGES[0].address)

    def collects(self) -> Path:
        """All bonds and bids are there, and two offers for each edge, in this folder."""
        self.did(COORDINATOR, "coordinator", "bond")
        self.did(SPONSOR, "sponsor", "lock")
        self.did(EDGES[0], "edge", "bond")
        for owner in OWNERS:
            self.did(owner, "owner", "bid", "--value", "1000", "--escrow", "1200.50")
        offers = self.folder / "offers"
        offers.mkdir()
        for who, edge in ((0, "north"), (1, "north"), (3, "south"), (4, "south")):
            out = offers / f"{who}.json"
            self.did(CLIENTS[who], "client", "offer", "--edge", edge, "--cost", str(3 + who), "--out", out)
        return offers


@pytest.fixture
def one_operator(anvil: Anvil, tmp_path: Path) -> Iterator[OneOperator]:
    before = anvil.ask("evm_snapshot")
    yield OneOperator(anvil, tmp_path)
    anvil.ask("evm_revert", before)


@pytest.mark.parametrize("goes_on", [True, False])
def test_an_operator_killed_between_two_books_seals_the_other_or_opens_the_first(
    one_operator: OneOperator, tmp_path: Path, *, goes_on: bool
) -> None:
    parties = one_operator
    means = BookMeans(parties.collects(), tmp_path / "places")
    connected = connect(parties.anvil.url)
    with open_desk(connected, EDGES[0], parties.address, parties.home(EDGES[0]), terms=parties.published) as desk:
        work = booking.seal_book(desk, seat_at(desk.campaign, EDGES[0].address), means)
        work.keep()
        first = Work(work.calls[:-1])
        desk.do(first, desk.plan(first))
        assert parties.status_of(EDGES[0], "edge")["book"]["clients"] == 2
        if goes_on:  # by its watcher, which has a place to hand out
            seen = seat_at(desk.campaign, EDGES[0].address)
            (step,) = (step for step in next_steps("edge", seen) if step.action == "places")
            rest = work_of("edge", step, desk, seen, WatcherInputs(book=means))
            assert [call.note for call in rest.calls] == ["commit book"]  # what is allowed is allowed for both
    if not goes_on:
        parties.reveal()
        assert parties.settles("--absent")[0] == 0
        opened = parties.did(EDGES[0], "edge", "open")["transactions"]
        assert [sent["call"] for sent in opened] == ["open book"]


def test_an_operator_of_two_edges_seals_shows_and_opens_both_books(one_operator: OneOperator, tmp_path: Path) -> None:
    parties = one_operator
    made = parties.did(EDGES[0], "edge", "book", "--offers", parties.collects(), "--once")
    assert [sent["call"] for sent in made["transactions"]] == ["approve", "commit book", "commit book"]
    assert parties.status_of(EDGES[0], "edge")["book"]["clients"] == 4
    parties.reveal()
    shown = [Path(path) for path in parties.did(EDGES[0], "edge", "quotes", "--out", tmp_path / "shown")["files"]]
    assert [path.name for path in shown] == ["quotes-0.json", "quotes-1.json"]
    code, printed = parties.settles("--books", shown[0], "--absent")  # half of them counts as none
    assert code == 0, printed
    opened = parties.did(EDGES[0], "edge", "open")["transactions"]
    assert [sent["call"] for sent in opened] == ["open book", "open book"]
    code, printed = parties.settles()
    assert (code, json.loads(printed)["phase"]) == (0, "training"), printed
    assert [parties.campaign.view("edge", at)[1][1] for at in range(2)] == [2, 0]
