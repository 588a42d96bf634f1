"""A whole campaign over JSON-RPC in which every role is a process with its own key; two of them are killed at random.

Deadlines are generous, and the test moves the node's clock when a phase has nothing left to do; rounds, veto window and
deliveries take the time that they take.
"""

import json
import os
import random
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from anvil import Anvil
from cofund.campaign.onchain import terms_on_chain
from cofund.chain.contract import Contract, books_of
from cofund.chain.journal import Journal
from cofund.chain.node import connect
from cofund.training import edge_books
from cofund.training.deliveries import deliveries_from_rows, leaf
from role_processes import Role, role

pytestmark = [pytest.mark.node, pytest.mark.nvflare]

CLIENTS = {"DEBB053": "BB", "DEBB075": "BB", "DENI019": "NI"}
BY_FILE = "DEBB075"
"""A client that hands its offer over as a file; the others send theirs to the inbox."""
WATCHED = "DENI019"
"""A client whose watcher also runs what trains."""
EARLY = 600
"""Seconds before the end of the commit phase at which edges seal."""
EDGES = sorted(set(CLIENTS.values()))
FEE, TICK = 500_000, 100_000
MINTED = 1_000_000_000_000
CLOSED = 16
AGREED = ("-y", "-q")
POLL = ("--poll", "3")
COSTS = {"DEBB053": "3.10", "DEBB075": "2.40", "DENI019": "2.80"}
BIDS = {"BW-new": 900, "HE-new": 60}
ROUNDS = 3
PATIENCE_S = 120
TERMS = """
name = "Every role is a process"
coordinator = "{coordinator}"

[token]
address = "{token}"
unit = "rEUR"
decimals = 6
tick = 100_000

[phases]
commit_end = {commit_end}
reveal_end = {reveal_end}
settle_end = {settle_end}
round_limit_s = 600
veto_window_s = 3
delivery_window_s = 600

[market]
cohort = 3
min_cohort = 2
ceiling = 10_000_000
coordinator_fee = 5_000_000
goal = 2

[bonds]
owner = 5_000_000
edge = 7_000_000
coordinator = 50_000_000

[quality]
curve = "power"
exponent = 0.5
rounds = 3

[training]
task = "air-quality"
rounds = 3
local_steps = 5
edge_rounds = 2
learning_rate = 0.3
batch = 32
seed = 7
"""


def toml(token: str, roles: dict[str, Role], now: int) -> str:
    ends = {f"{phase}_end": at(now + 3600 * hour) for hour, phase in enumerate(("commit", "reveal", "settle"), 1)}
    text = TERMS.format(token=token, coordinator=roles["coordinator"].account.address, **ends)
    for edge in EDGES:
        text += f'\n[[edges]]\nid = "{edge}"\noperator = "{roles[edge].account.address}"\ncapacity = 2\nfee = {FEE}\n'
    for owner in BIDS:
        text += f'\n[[owners]]\nid = "{owner}"\naccount = "{roles[owner].account.address}"\n'
    for client, edge in CLIENTS.items():
        text += f'\n[[clients]]\nid = "{client}"\naccount = "{roles[client].account.address}"\nedge = "{edge}"\n'
    return text


def at(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Play:
    """A campaign on its way; ``roles`` have folders, keys and processes of their own."""

    anvil: Anvil
    parent: Path
    roles: dict[str, Role] = field(default_factory=dict)
    address: str = ""
    token: str = ""

    def __post_init__(self) -> None:
        self.node, self.began = connect(self.anvil.url, Journal()), time.monotonic()
        names = ["initiator", "coordinator", *EDGES, *BIDS, *CLIENTS]
        self.roles.update({name: role(self.parent, name, self.anvil.url) for name in names})

    @property
    def campaign(self) -> Contract:
        return Contract(self.node, "Campaign", self.address)

    @property
    def accounts(self) -> list[str]:
        return [each.account.address for each in self.roles.values()]

    def balances(self, *accounts: str) -> int:
        token = Contract(self.node, "TestToken", self.token)
        return sum(token.view("balanceOf", account) for account in accounts)

    def tell(self, words: str) -> None:
        """Shown by pytest when the test fails, or with -s."""
        sys.stdout.write(f"{time.monotonic() - self.began:6.1f} s  {words}\n")

    def until(self, what: str, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not holds():
            for name, each in self.roles.items():
                for run, process in each.running.items():
                    assert process.poll() in {None, 0}, f"{name} {run} ended:\n{each.said(run)}"
            assert time.monotonic() < end, f"{what}: not within {PATIENCE_S} s\n{self.words()}"
            time.sleep(0.3)
        self.tell(what)

    def words(self) -> str:
        return "\n".join(f"== {n} {run}\n{each.said(run)}" for n, each in self.roles.items() for run in each.running)

    def progress(self, name: str) -> int:
        """Where training stands."""
        return int(self.campaign.view("progress")[("rounds", "done", "deadline", "end").index(name)])

    def at_the_end_of(self, phase: str) -> None:
        """Move the node's clock to the end of a phase in which nothing is left to do."""
        self.node.advance_to(terms_on_chain(self.campaign)[f"{phase}_end"])

    def created(self) -> None:
        initiator = self.roles["initiator"]
        funded = initiator.does("node", "fund", "-r", self.anvil.url, *self.accounts, "--json")
        self.token = json.loads(funded)["token"]
        (initiator.folder / "TERMS.toml").write_text(toml(self.token, self.roles, self.node.now()), encoding="utf-8")
        store = (self.parent / "store").as_uri()
        made = initiator.does("campaign", "create", "TERMS.toml", "--store", store, *AGREED, "--json")
        self.address = json.loads(made)["campaign"]
        self.tell("created")

    def sealed(self) -> None:
        """Bonds, bids, and books, which edges collect, seal and hand places out of; clients check theirs."""
        self.ports = dict(zip(EDGES, free_ports(len(EDGES)), strict=True))
        together(
            lambda: self.roles["coordinator"].does("coordinator", "bond", self.address, *AGREED),
            *(lambda edge=edge: self.roles[edge].does("edge", "bond", self.address, *AGREED) for edge in EDGES),
            *(lambda owner=owner: self.bid(owner) for owner in BIDS),
        )
        for edge in EDGES:
            ways = ("--offers", "offers", "--inbox", f"127.0.0.1:{self.ports[edge]}", "--early", EARLY)
            kit = ("--kit", "kit", "--train", "kit")
            self.roles[edge].starts("book", "edge", "book", self.address, *ways, *kit, "-y", *POLL)
        self.until("inboxes are open", lambda: all("inbox" in self.roles[edge].said("book") for edge in EDGES))
        time.sleep(1)
        together(*(lambda client=client, cost=cost: self.offer(client, cost) for client, cost in COSTS.items()))
        self.node.advance_to(terms_on_chain(self.campaign)["commit_end"] - EARLY)
        self.until("books are sealed", lambda: all(self.book(edge)[0] for edge in EDGES))
        together(*(lambda client=client: self.checks(client) for client in CLIENTS))
        self.tell("checked")

    def book(self, edge: str) -> Any:
        """How many clients, whether it is open, whether its bond was returned."""
        return books_of(self.campaign).view("book", self.roles[edge].account.address)

    def bid(self, owner: str) -> None:
        value = BIDS[owner]
        self.roles[owner].does("owner", "bid", self.address, "--value", value, "--escrow", value + 100, *AGREED)

    def offer(self, client: str, cost: str) -> str:
        edge = CLIENTS[client]
        file = self.roles[edge].folder / "offers" / "handed-over.json"
        where = ("--out", file) if client == BY_FILE else ("--to", f"http://127.0.0.1:{self.ports[edge]}/")
        said = ("--edge", edge, "--cost", cost)
        return self.roles[client].does("client", "offer", self.address, *said, *where, *AGREED, "--json")

    def checks(self, client: str) -> None:
        """The place is in the edge's folder, or the inbox has it; then it is checked without a key."""
        mine, edge = self.roles[client], self.roles[CLIENTS[client]]
        path = edge.folder / "offers-places" / f"{mine.account.address}.json"
        self.until(f"{client} has a place", path.exists)
        if client != BY_FILE:
            (path,) = json.loads(self.offer(client, COSTS[client]))["files"]
        printed = mine.does("client", "check", self.address, path)
        assert "can neither leave you out nor list you otherwise" in printed

    def settled(self) -> None:
        """Watchers open what is sealed, and settle."""
        for owner in BIDS:
            self.roles[owner].starts("watch", "owner", "watch", self.address, "-y", "--push", *POLL)
        for client in CLIENTS:
            train = ("--train", "kit") if client == WATCHED else ()
            self.roles[client].starts("watch", "client", "watch", self.address, "-y", *train, *POLL)
        self.at_the_end_of("commit")
        campaign, bids = self.campaign, range(len(BIDS))
        self.until("books are opened", lambda: all(self.book(edge)[1] for edge in EDGES))
        self.until("bids are opened", lambda: all(campaign.view("owner", at)[0][2] for at in bids))
        self.at_the_end_of("reveal")
        self.until("settled", lambda: self.progress("rounds") == ROUNDS)

    def kits_are_handed_over(self) -> None:
        """The coordinator makes the kits of the winners, everybody gets its own."""
        cloud, *below = free_ports(1 + len(EDGES))
        edges = [f"--edge={edge}=localhost:{port}" for edge, port in zip(EDGES, below, strict=True)]
        coordinator = self.roles["coordinator"]
        where = (f"--coordinator=localhost:{cloud}", *edges)
        coordinator.does("kits", "--campaign", self.address, *where, "--out", "kits")
        for kit in sorted((coordinator.folder / "kits").iterdir()):
            name = kit.name.partition("-")[2] or kit.name
            if name in self.roles:
                shutil.move(kit, self.roles[name].folder / "kit")
        self.tell("kits")

    def training_starts(self) -> None:
        self.roles["coordinator"].starts("run", "coordinator", "run", "kit", "--campaign", self.address, "-y", *POLL)
        for client in CLIENTS.keys() - {WATCHED}:
            self.roles[client].starts("run", "client", "run", "kit")

    def two_are_killed(self, chance: random.Random) -> None:
        """kill -9 to two of the processes after one round each, and the same commands again."""
        running = [(name, run) for name in sorted(self.roles) for run in sorted(self.roles[name].running)]
        assert len(running) >= 7
        for number, (name, run) in enumerate(chance.sample(running, 2), 1):
            self.until(f"round {number} is recorded", lambda n=number: self.progress("done") >= n)
            time.sleep(chance.random())
            self.roles[name].is_killed_and_started_again(run)
            self.tell(f"kill -9 {name} {run}")

    def over(self) -> None:
        """Everybody whose campaign can be over ends by itself."""
        self.until("the last round is recorded", lambda: self.progress("end") > 0)
        self.until("the books are closed", lambda: self.campaign.view("status") == CLOSED)
        watching = [self.roles[name].running["watch"] for name in (*BIDS, *CLIENTS)]
        watching += [self.roles[edge].running["book"] for edge in EDGES]
        ending = [*watching, self.roles["coordinator"].running["run"]]
        self.until("over", lambda: all(process.poll() == 0 for process in ending))
        self.roles["initiator"].does("campaign", "refund", self.address, *AGREED)


def together(*calls: Callable[[], Any]) -> None:
    with ThreadPoolExecutor(len(calls)) as several:
        for future in [several.submit(call) for call in calls]:
            future.result()


def free_ports(number: int) -> list[int]:
    with ExitStack() as probes:
        sockets = [probes.enter_context(socket.socket()) for _ in range(number)]
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in sockets]


def test_every_role_is_a_process_and_two_of_them_are_killed(tmp_path: Path) -> None:
    seed = int(os.environ.get("COFUND_TEST_SEED", secrets.randbelow(10**6)))
    with Anvil(("--block-time", "1")) as anvil, ExitStack() as ending:
        play = Play(anvil, tmp_path)
        play.tell(f"COFUND_TEST_SEED={seed}")
        for each in play.roles.values():
            ending.callback(each.end)
        play.created()
        minted = play.balances(*play.accounts)
        play.sealed()
        play.settled()
        play.kits_are_handed_over()
        play.training_starts()
        play.two_are_killed(random.Random(seed))
        play.over()
        assert play.balances(play.address) == 0
        assert play.balances(*play.accounts) == minted
        check_pay(play)
        together(*(lambda owner=owner: check_model(play, owner) for owner in BIDS))
        check_by_a_stranger(play)


def check_pay(play: Play) -> None:
    """A client was paid for the rounds that its edge's books and the record on chain have, and for no other.

    Whoever was killed missed rounds: for those the edges' books pay to all who delivered, by round.
    """
    delivered = {client: rounds_of(play, client) for client in CLIENTS}
    sites = [play.campaign.view("edge", at)[1] for at in range(len(EDGES))]
    prices = {edge: price * TICK for edge, (price, *_) in zip(EDGES, sites, strict=True)}
    penalties = sum((ROUNDS - delivered[client]) * prices[edge] for client, edge in CLIENTS.items())
    extra = penalties // sum(delivered.values())
    earned = {client: rounds * (prices[CLIENTS[client]] - FEE + extra) for client, rounds in delivered.items()}
    assert {client: play.balances(play.roles[client].account.address) - MINTED for client in CLIENTS} == earned


def rounds_of(play: Play, client: str) -> int:
    """In how many rounds both its edge's books and the record say that it delivered."""
    books = edge_books.deliveries(play.roles[CLIENTS[client]].folder / "kit")
    kept = {number: {leaf(each) for each in own if each.accepted} for number, own in books.items()}
    delivered = 0
    for number in range(1, ROUNDS + 1):
        document = json.loads((play.parent / "store" / "rounds" / f"{number:04d}.json").read_text("utf-8"))
        recorded = [each for each in deliveries_from_rows(document["deliveries"]) if each.client == client]
        delivered += leaf(recorded[0]) in kept.get(number, ())
    return delivered


def check_model(play: Play, owner: str) -> None:
    """An owner's watcher has fetched its model; by hand it opens it with the opening that it kept."""
    (opening,) = (play.roles[owner].folder / "home").rglob("owner-opening.json")
    assert (opening.parent / "model.npz").exists()
    printed = play.roles[owner].does("owner", "model", play.address, "-r", play.anvil.url, "--key", opening, "--json")
    shown = json.loads(printed)
    assert shown["owner"] == owner
    assert bytes.fromhex(shown["digest"]) == play.campaign.view("model_digest", shown["level"])
    assert 0 < float(shown["value"]) < 1


def check_by_a_stranger(play: Play) -> None:
    """A process that knows address and URL finds everything else, and recomputes it."""
    stranger = role(play.parent, "stranger", play.anvil.url)
    printed = stranger.does("verify", play.address, "-r", play.anvil.url, "--state", "state", "--json")
    shown = json.loads(printed)
    assert shown["verified"] is True
    said = "\n".join(shown["checked"])
    assert "status closed" in said
    assert f"store: who delivered in {ROUNDS} rounds, under the roots recorded on chain" in said
    assert "all of them recorded" in said
    assert f"store: {len(BIDS)} sealed models" in said
    play.tell("verified")
