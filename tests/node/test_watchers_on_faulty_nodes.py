"""Whatever a node answers, once, at every second question, or for a while: who watches acts in time, and once.

Here the faults take turns; `make deep` strikes every method of every watcher with every fault. With -s the counts.
"""

import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import pytest

from anvil import RICH
from cofund.chain import agreement, patience, provider, sending
from cofund.chain.contract import opening_data
from cofund.roles import watching
from cofund.roles.desk import account_folder
from cofund.roles.edge_book import kept_book
from faulty_node import FAULTS, KEY, Answer, FaultyNode
from moments import Moments, Sent
from operating import CLIENTS, EDGES, OWNER, START, cofund
from sweeping import DEEP, counting, from_place

pytestmark = pytest.mark.node

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
    "eth_feeHistory",
)


@dataclass(frozen=True)
class Watcher:
    """Somebody who watches.

    Args:
        account: whose.
        words: of the command, before and after the campaign's address.
        sends: how often, whatever happens.
        moment: at which it starts.
    """

    account: Any
    words: tuple[tuple[str, ...], tuple[str, ...]]
    sends: int
    moment: str = "sealed"


PUSH = ("--push",)
BOOK = ("--offers", "{}/offers-1", "--early", "3600")
WATCHERS = {
    "owner": Watcher(OWNER, (("owner", "watch"), PUSH), 3),  # opens, cancels, withdraws
    "client": Watcher(CLIENTS[0], (("client", "watch"), PUSH), 1),  # cancels
    "edge": Watcher(EDGES[1], (("edge", "watch"), PUSH), 4),  # opens, cancels, takes both its bonds
    "book": Watcher(EDGES[1], (("edge", "book"), BOOK), 5, "sealing"),  # allows, seals, opens, takes both its bonds
}
KINDS = ("once", "every second", "for a while")
WHILE = 8
"""Bad answers in a row to a method, more than a question is asked again."""
IN_TIME_S = 30
SENTENCE = re.compile(
    r"phase: [\w ]+|(waiting|warning): .+|.+: block \d+, [\d,]+ gas, transaction 0x\w{64}|"
    r"the book is sealed at .+|places of \d+ in .+|the campaign .+"
)


@dataclass
class Struck:
    """Which answers are bad: to some methods, from the first question on and again once the clock has moved."""

    kind: str
    methods: tuple[str, ...]
    faults: list[str]
    over: bool = False
    counted: Counter[str] = field(default_factory=Counter)
    bad: int = 0

    def __call__(self, method: str, _: int) -> bool:
        self.counted[method] += 1
        if self.over or method not in self.methods:
            return False
        number = self.counted[method]
        return {"once": number == 1, "every second": number % 2 == 1, "for a while": number <= WHILE}[self.kind]

    def fault(self, question: Answer, right: Answer) -> Answer:
        """The faults take turns."""
        self.bad += 1
        return FAULTS[self.faults[self.bad % len(self.faults)]](question, right)


@dataclass
class Around:
    """What happens around a watcher.

    Sealed, a book within an hour, the clock goes on; opened, it goes on until it is too late to settle.
    """

    parties: Sent
    role: str
    struck: Struck
    node: FaultyNode
    late: bool = False

    def __call__(self) -> None:
        self.goes_on()
        if self.role == "book":
            self.struck.counted.clear()
            self.parties.node.advance_to(START + 86_400 - 3600)
        self.late = not until(lambda: bool(self.book()[0]), IN_TIME_S)
        self.struck.counted.clear()
        self.parties.node.advance_to(START + 86_400)
        if self.role == "client":  # only from open books can it know that it is in one
            self.opens_books()
            self.goes_on()
        self.late |= not until(self.opened, IN_TIME_S)
        self.struck.over = True
        self.parties.node.advance_to(START + 4 * 86_400)
        if self.role == "book":
            self.parties.campaign.send(RICH, "cancel", "cancel")

    def goes_on(self) -> None:
        """Until the watcher has looked for a while, or was told enough that is wrong."""
        before, bad = self.struck.counted.total(), self.struck.bad
        until(lambda: self.struck.counted.total() > before + 40 or self.struck.bad > bad + 5, 3)

    def book(self) -> Any:
        """Clients in the book of the edge, whether it is open, and more."""
        return self.parties.books.view("book", EDGES[0 if self.role == "client" else 1].address)

    def opened(self) -> bool:
        return bool(self.parties.campaign.view("owner", 0)[0][2]) if self.role == "owner" else self.book()[1]

    def opens_books(self) -> None:
        parties = self.parties
        for edge in EDGES:
            kept = kept_book(account_folder(parties.home(edge), *parties.place, edge.address))
            assert kept is not None
            parties.node.send(RICH, parties.books.address, opening_data(kept.whole), "open book")


def until(holds: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return held


@dataclass
class Watched:
    """What a watcher printed and sent."""

    code: int
    said: str
    late: bool
    sent: int
    due: int

    @property
    def strange(self) -> list[str]:
        """Lines that are no sentence, or show what nobody should see."""
        wrong = (KEY, "a fault of this program")
        return [
            line
            for line in self.said.splitlines()
            if not SENTENCE.fullmatch(line) or any(word in line for word in wrong)
        ]

    @property
    def faults(self) -> list[str]:
        """Whatever should not have been."""
        late, ended = ["late"] * self.late, [f"ended with {self.code}"] * (self.code != 0)
        return [*self.strange, *late, *ended, *[f"sent {self.sent}"] * (self.sent != self.due)]


@dataclass
class Watch:
    """Watchers of one campaign, each time from the same moment on."""

    moments: Moments
    counts: Counter[str]

    def run(self, role: str, struck: Struck) -> Watched:
        watcher = WATCHERS[role]
        parties, (before, after) = self.moments.at(watcher.moment), watcher.words
        with self.moments.kept(parties), FaultyNode(parties.anvil.port, struck.fault, struck) as node:
            there = copy(parties)
            there.rpc_url = node.url
            if watcher.moment == "sealing":
                parties.accept()
            sent, around = parties.sent(watcher.account), Around(parties, role, struck, node)
            thread = threading.Thread(target=around)
            thread.start()
            given = [word.format(parties.folder) for word in after]
            words = ("-q", "--poll", "0.1", *given, *there.flags(watcher.account))
            code, said = cofund(*before, parties.address, *words)
            thread.join()
            found = Watched(code, said, around.late, parties.sent(watcher.account) - sent, watcher.sends)
        self.counts["runs"] += 1
        self.counts["bad answers"] += struck.bad
        self.counts["late acts"] += found.late
        self.counts["sent twice"] += found.sent > found.due
        self.counts["lines that are no sentence"] += len(found.strange)
        return found


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    moments = Moments(tmp_path_factory.mktemp("watched"), last="sealed")
    with moments.nodes, counting() as counts:
        yield Watch(moments, counts)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same tries, closer together; and signals mean afterwards what they meant before."""
    monkeypatch.setattr(provider, "BACKOFF_S", 0.002)
    monkeypatch.setattr(provider, "BUSY_S", 0.2)
    monkeypatch.setattr(patience, "LOOK_AGAIN_S", 0.01)
    monkeypatch.setattr(agreement, "PAUSE_S", 0.01)
    monkeypatch.setattr(sending, "SEND_AGAIN_S", 0.5)
    monkeypatch.setattr(watching, "LONGEST_PAUSE", 2)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", WATCHERS)
def test_a_watcher_acts_in_time_and_once_whatever_all_methods_answer(watch: Watch, role: str, kind: str) -> None:
    place = 9 * KINDS.index(kind) + 2 * list(WATCHERS).index(role)
    assert watch.run(role, Struck(kind, METHODS, from_place(place))).faults == []


@pytest.mark.parametrize("fault", FAULTS if DEEP else ["in turn"])
@pytest.mark.parametrize("kind", KINDS if DEEP else ["for a while"])
@pytest.mark.parametrize("method", METHODS)
def test_a_watcher_acts_in_time_and_once_whatever_a_method_answers(
    watch: Watch, method: str, kind: str, fault: str
) -> None:
    place = METHODS.index(method)
    for role in WATCHERS if DEEP else [list(WATCHERS)[place % len(WATCHERS)]]:
        faults = [fault] if DEEP else from_place(7 * place)[:1]
        assert watch.run(role, Struck(kind, (method,), faults)).faults == [], role
