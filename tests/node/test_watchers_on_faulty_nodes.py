"""Whatever a node answers, once, at every second question, or for a while: who watches reveals in time, and once.

Here the faults take turns; `make deep` strikes every method of every watcher with every fault. With -s the counts.
"""

import re
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field

import pytest

from cofund.chain import agreement, patience, provider, sending
from cofund.roles import watching
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
WATCHERS = {"owner": OWNER, "client": CLIENTS[0], "edge": EDGES[1]}
KINDS = ("once", "every second", "for a while")
WHILE = 8
"""Bad answers in a row to a method, more than a question is asked again."""
IN_TIME_S = 30
SENT = {"owner": 3, "client": 3, "edge": 4}
"""A reveal, the call that ends the campaign, a withdrawal; an edge also takes out the bond of what it relayed."""
SENTENCE = re.compile(
    r"phase: [\w ]+|(waiting|warning): .+|.+: block \d+, [\d,]+ gas, transaction 0x\w{64}|the campaign .+"
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
    """What happens around a watcher: sealed, the clock goes on; opened, it goes on until it is too late to settle."""

    parties: Sent
    role: str
    struck: Struck
    node: FaultyNode
    late: bool = False

    def __call__(self) -> None:
        until(lambda: sum(self.node.asked.values()) > 40 or self.struck.bad > 5, 3)
        self.struck.counted.clear()
        self.parties.node.advance_to(START + 86_400)
        self.late = not until(self.opened, IN_TIME_S)
        self.struck.over = True
        self.parties.node.advance_to(START + 4 * 86_400)

    def opened(self) -> bool:
        view = self.parties.campaign.view
        return bool(view("owner", 0)[0][2]) if self.role == "owner" else view("revealed_count") > 0


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
        account = WATCHERS[role]
        parties = self.moments.at("sealed")
        with self.moments.kept(parties), FaultyNode(parties.anvil.port, struck.fault, struck) as node:
            there, before = copy(parties), parties.sent(account)
            there.rpc_url = node.url
            inbox = parties.folder / "inbox"
            inbox.mkdir()
            shutil.copy(parties.file("handed"), inbox)
            openings = ["--openings", inbox] if role == "edge" else []
            around = Around(parties, role, struck, node)
            thread = threading.Thread(target=around)
            thread.start()
            words = ("-q", "--push", "--poll", "0.1", *openings, *there.flags(account))
            code, said = cofund(role, "watch", parties.address, *words)
            thread.join()
            found = Watched(code, said, around.late, parties.sent(account) - before, SENT[role])
        self.counts["runs"] += 1
        self.counts["bad answers"] += struck.bad
        self.counts["late reveals"] += found.late
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
def test_a_watcher_reveals_in_time_and_once_whatever_all_methods_answer(watch: Watch, role: str, kind: str) -> None:
    place = 9 * KINDS.index(kind) + 3 * list(WATCHERS).index(role)
    assert watch.run(role, Struck(kind, METHODS, from_place(place))).faults == []


@pytest.mark.parametrize("fault", FAULTS if DEEP else ["in turn"])
@pytest.mark.parametrize("kind", KINDS if DEEP else ["for a while"])
@pytest.mark.parametrize("method", METHODS)
def test_a_watcher_reveals_in_time_and_once_whatever_a_method_answers(
    watch: Watch, method: str, kind: str, fault: str
) -> None:
    place = METHODS.index(method)
    for role in WATCHERS if DEEP else [list(WATCHERS)[place % len(WATCHERS)]]:
        faults = [fault] if DEEP else from_place(7 * place)[:1]
        assert watch.run(role, Struck(kind, (method,), faults)).faults == [], role
