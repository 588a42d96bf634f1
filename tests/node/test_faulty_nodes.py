"""A node may answer anything: a bad answer changes nothing, bad answers end a command with one sentence.

Here the faults take turns; `make deep` strikes every question of every command with every fault. With -s the counts.
"""

import itertools
import json
import threading
import traceback
from collections import Counter
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import pytest

from cofund.chain import agreement, patience, provider
from commands import COMMANDS, Command
from faulty_node import FAULTS, KEY, Answer, Fault, FaultyNode, always
from moments import Moments, Sent
from parties import EVERYBODY
from sweeping import DEEP, counting, from_place, none

pytestmark = pytest.mark.node

OPTIONAL = {"web3_clientVersion", "eth_feeHistory", "eth_gasPrice"}
NODE_FAILED = 5
LIES = {"0x", "result null", "result list", "result word", "result number", "result object"}
"""Answers that may be true of another chain: whoever gets them always may be told what follows from them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command came to: its words if it only reads, and otherwise what the chain shows of it."""

    code: int
    said: str = ""
    shown: tuple[Any, ...] = ()


@dataclass
class Sweep:
    """Commands and what they come to on a good node."""

    moments: Moments
    counts: Counter[str]
    right: dict[str, tuple[Outcome, list[str]]] = field(default_factory=dict)

    def expected(self, command: Command) -> tuple[Outcome, list[str]]:
        """Its outcome on a good node, and the methods that it asks."""
        if command.name not in self.right:
            parties = self.moments.at(command.moment)
            with self.moments.kept(parties), FaultyNode(parties.anvil.port, none, always()) as node:
                outcome, said = self.run(command, parties, node)
            assert outcome.code == 0, said
            self.right[command.name] = outcome, sorted(node.asked)
        return self.right[command.name]

    def run(self, command: Command, parties: Sent, node: FaultyNode) -> tuple[Outcome, str]:
        """A command on a node; its outcome, and its words."""
        there = copy(parties)
        there.rpc_url = node.url
        self.counts["runs"] += 1
        try:
            code, said = command.work(there)
        except Exception:
            self.counts["tracebacks"] += 1
            traceback.print_exc()
            raise
        return Outcome(code, *((said,) if command.reads else ("", shown(command, parties)))), said


def shown(command: Command, parties: Sent) -> tuple[Any, ...]:
    """What a chain shows of what somebody did: transactions, everybody's money, and the campaign's events."""
    logs = parties.node.web3.eth.get_logs({"fromBlock": 0, "address": parties.address})
    balances = [parties.balance(account) for account in (*EVERYBODY, parties.campaign)]
    return parties.sent(command.account), balances, [log["topics"][0].hex() for log in logs]


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweep]:
    moments = Moments(tmp_path_factory.mktemp("faulty"))
    with moments.nodes, counting() as counts:
        yield Sweep(moments, counts)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same tries, closer together."""
    monkeypatch.setattr(provider, "BACKOFF_S", 0.002)
    monkeypatch.setattr(provider, "BUSY_S", 0.2)
    monkeypatch.setattr(patience, "LOOK_AGAIN_S", 0.01)
    monkeypatch.setattr(agreement, "PAUSE_S", 0.01)


def asked_first(faults: list[Fault], counts: Counter[str]) -> Fault:
    """Every question is answered badly when it is asked for the first time; the faults take turns."""
    turns, asked, lock = itertools.cycle(faults), set[str](), threading.Lock()

    def fault(question: Answer, right: Answer) -> Answer:
        name = json.dumps([question["method"], question["params"]])
        with lock:
            if name in asked:
                return right
            asked.add(name)
            counts["bad answers"] += 1
            turn = next(turns)
        return turn(question, right)

    return fault


def by_name(found: list[Any]) -> list[Any]:
    return [pytest.param(place, command, id=command.name) for place, command in enumerate(found)]


@pytest.mark.parametrize("fault", FAULTS if DEEP else ["in turn"])
@pytest.mark.parametrize(("place", "command"), by_name(COMMANDS))
def test_a_question_answered_badly_once_changes_nothing(sweep: Sweep, place: int, command: Command, fault: str) -> None:
    right, _ = sweep.expected(command)
    faults = [FAULTS[fault]] if DEEP else [FAULTS[name] for name in from_place(place)]
    parties = sweep.moments.at(command.moment)
    with (
        sweep.moments.kept(parties),
        FaultyNode(parties.anvil.port, asked_first(faults, sweep.counts), always()) as node,
    ):
        outcome, said = sweep.run(command, parties, node)
    sweep.counts["wrong verdicts"] += outcome != right
    assert outcome == right, said


@pytest.mark.parametrize("fault", FAULTS if DEEP else ["in turn"])
@pytest.mark.parametrize(("place", "command"), by_name(COMMANDS))
def test_a_method_that_is_always_answered_badly_ends_with_one_sentence(
    sweep: Sweep, place: int, command: Command, fault: str
) -> None:
    _, methods = sweep.expected(command)
    wrong = []
    for method in methods if DEEP else [methods[place % len(methods)]]:
        name = fault if DEEP else from_place(place)[0]
        if (found := judged(sweep, command, name, method)) is not None:
            wrong.append((method, name, found))
    sweep.counts["wrong verdicts"] += len(wrong)
    assert not wrong


def judged(sweep: Sweep, command: Command, fault: str, method: str) -> Any:
    """What is wrong with a command to which a method is always answered badly, and with the same command afterwards."""
    right, _ = sweep.expected(command)
    parties = sweep.moments.at(command.moment)
    with sweep.moments.kept(parties):
        with FaultyNode(parties.anvil.port, FAULTS[fault], always(method)) as node:
            outcome, said = sweep.run(command, parties, node)
        sweep.counts["bad answers"] += node.asked[method]
        if outcome == right:
            return None
        if outcome.code == 0 or method in OPTIONAL or not is_one_sentence(outcome.code, fault, said):
            return outcome, said
        if command.reads:
            return None
        with FaultyNode(parties.anvil.port, none, always()) as node:
            outcome, said = sweep.run(command, parties, node)
        return None if outcome == right else ("afterwards", outcome, said)


def is_one_sentence(code: int, fault: str, said: str) -> bool:
    """An expected error, that names the host and no key; of the node, unless what it said may be true."""
    line = said.strip().splitlines()[-1]
    fair = code == NODE_FAILED or (fault in LIES and code in {1, 2, 6})
    return fair and line.startswith("error: ") and KEY not in said and "SECRET" not in said


def test_in_turn_every_fault_strikes() -> None:
    assert {from_place(place)[0] for place in range(len(COMMANDS))} == set(FAULTS)
