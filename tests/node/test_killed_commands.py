"""kill -9 of a command, or of its node, at any moment: the same command again, nothing lost, nothing sent twice."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from anvil import RICH, Anvil
from cofund.chain.contract import BLUEPRINTS, HELPERS
from operating import EDGES, FLAGS, OWNER, Operating, cofund
from trained import Trained

pytestmark = pytest.mark.node

COFUND = Path(sys.executable).parent / "cofund"
CREATION = len(BLUEPRINTS) + len(HELPERS) + 2
"""Transactions of a creation: the parts, the factory, the campaign; two lines of the journal each."""


def started(*arguments: object) -> "subprocess.Popen[str]":
    command = [str(COFUND), *(str(argument) for argument in arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def when_written(process: "subprocess.Popen[str]", journal: str, folder: Path, lines: int) -> bool:
    """Wait until a journal below ``folder`` has so many lines; False if the process ended before."""
    while process.poll() is None:
        if lines_of(journal, folder) >= lines:
            return True
        time.sleep(0.001)
    return False


def lines_of(journal: str, folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in folder.rglob(journal))


def finished(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    printed, errors = process.communicate(timeout=60)
    return process.returncode, printed, errors


def nonce(small: Operating) -> int:
    return int(small.anvil.ask("eth_getTransactionCount", RICH.address, "latest"), 16)


def test_a_killed_creation_goes_on(tmp_path) -> None:
    with Anvil(FLAGS) as anvil:
        small = Operating(anvil, tmp_path)
        before, moments = nonce(small), sorted(random.sample(range(1, 2 * CREATION), 2))
        command = ["campaign", "create", small.terms, *small.options()]
        for lines in moments:
            process = started(*command)
            assert when_written(process, "journal.jsonl", tmp_path, lines), (moments, finished(process))
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
        code, printed, errors = finished(started(*command))
        assert code == 0, (moments, errors)
        assert nonce(small) == before + CREATION, moments
        small.address = json.loads(printed)["campaign"]
        verified = cofund("verify", small.address, "-r", anvil.url, "--terms", small.terms)
        assert verified[0] == 0, verified


def test_a_killed_settlement_counts_once(tmp_path) -> None:
    with Anvil(FLAGS) as anvil:
        small = Operating(anvil, tmp_path)
        small.create()
        small.commit()
        small.reveal()
        small.at(3)
        before = nonce(small)
        command = ["campaign", "settle", small.address, *small.options()]
        process = started(*command)
        assert when_written(process, "transactions.jsonl", tmp_path, 1)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        code, printed, errors = finished(started(*command))
        # killed between signing and printing; if the answer was written down too, the contract says that it is done
        assert (code, "training" in printed) == (0, True) or "settle: settled or cancelled already" in errors
        assert nonce(small) == before + 1
        assert small.status()["phase"] == "training"


def test_a_killed_book_is_sealed_once_as_it_was_bound(tmp_path) -> None:
    with Anvil(FLAGS) as anvil:
        parties = Trained(anvil, tmp_path)
        (edge, *_), offers, moment = EDGES, parties.signs(0), random.randrange(1, 4)
        parties.did(edge, "edge", "bond")
        before, lines = parties.sent(edge), lines_of("transactions.jsonl", parties.home(edge))
        command = ["edge", "book", parties.address, "--offers", offers, "--once", *parties.flags(edge), "--json"]
        process = started(*command)
        killed = when_written(process, "transactions.jsonl", parties.home(edge), lines + moment)
        assert killed, (moment, finished(process))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        (path,) = {path for path in parties.home(edge).rglob("book.json") if "backup" not in path.parts}
        kept = path.read_bytes()
        code, _, errors = finished(started(*command))
        assert code == 0, (moment, errors)
        assert (path.read_bytes(), parties.sent(edge)) == (kept, before + 2), moment
        assert len([*(tmp_path / "offers-0-places").iterdir()]) == 1
        parties.did(OWNER, "owner", "bid", "--value", "1500", "--escrow", "1600")
        parties.opens_all([edge])
        assert parties.books.view("book", edge.address)[:2] == (1, True), moment


def test_a_killed_node_that_forgot_its_last_blocks_gets_the_same_transactions_again(tmp_path) -> None:
    with Anvil((*FLAGS, "--state", str(tmp_path / "state.json"), "--state-interval", "1")) as anvil:
        small = Operating(anvil, tmp_path)
        time.sleep(2.2)  # now the token is on disk
        before, moment = nonce(small), random.randrange(1, 2 * CREATION)
        command = ["campaign", "create", small.terms, *small.options()]
        process = started(*command)
        assert when_written(process, "journal.jsonl", tmp_path, moment)
        anvil.kill()
        code, _, errors = finished(process)
        assert (code, "does not answer" in errors) == (5, True) or code == 0, (moment, errors)
        anvil.start()
        code, printed, errors = finished(started(*command))
        assert code == 0, (moment, errors)
        assert nonce(small) == before + CREATION, moment
        small.address = json.loads(printed)["campaign"]
        verified = cofund("verify", small.address, "-r", anvil.url, "--terms", small.terms)
        assert verified[0] == 0, verified
