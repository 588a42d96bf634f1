"""One bad answer of a node ended a watcher with a traceback, and the bid that it was to open lost its bond."""

import errno
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from anvil import Anvil
from cofund.errors import AccountError, NodeError
from cofund.roles.automatic import WatcherInputs
from cofund.roles.desk import Desk
from cofund.roles.watching import LONGEST_PAUSE, Screen, watch
from operating import FLAGS
from parties import OWNERS, SPONSOR, Parties
from watchers import ended, until_it_says, watching

FAULTS = [
    NodeError("no answer"),
    ValueError("Expecting value: line 1 column 1 (char 0)"),
    KeyError("result"),
    RecursionError("maximum recursion depth exceeded"),
    OSError(errno.ENOSPC, "No space left on device", "journal.jsonl"),
    AssertionError(),
    TypeError("'NoneType' object is not subscriptable\nand more"),
]


def told(faults, home, looks):
    """Lines of a watcher whose desk fails with these one after the other, and the polls between its looks."""
    lines, polls, left = [], [], list(faults)

    @contextmanager
    def desk() -> Iterator[Desk]:
        polls.append(0)
        raise left.pop(0) if left else NodeError("over")
        yield

    def wait() -> bool:
        polls[-1] += 1
        return len(polls) >= looks

    screen = Screen(lambda *_: None, lines.append, lambda _: None)
    assert watch("owner", desk, WatcherInputs(home=home), screen, wait) is False
    return lines, polls


def test_whatever_fails_is_one_line_and_another_look(tmp_path) -> None:
    lines, _ = told(FAULTS, tmp_path, len(FAULTS) + 1)
    assert len(lines) == len(FAULTS) + 1
    assert not any("\n" in line for line in lines)
    assert lines[0] == "no answer"
    assert lines[4] == "journal.jsonl: No space left on device"


def test_a_fault_of_the_program_is_said_and_its_trace_is_kept_once(tmp_path) -> None:
    lines, _ = told([KeyError("result") for _ in range(3)], tmp_path, 4)
    assert lines[0].startswith("KeyError: 'result': a fault of this program")
    assert str(tmp_path / "faults.log") in lines[0]
    kept = (tmp_path / "faults.log").read_text()
    assert kept.count("KeyError: 'result'") == 1, "the second and third are the same"
    assert (tmp_path / "faults.log").stat().st_mode & 0o777 == 0o600


def test_looks_that_fail_come_further_and_further_apart() -> None:
    _, polls = told([NodeError("no answer")] * 6, None, 7)
    assert polls == [1, 2, 4, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE, 1]


def test_what_trying_again_cannot_help_is_an_error_at_the_start() -> None:
    with pytest.raises(AccountError):
        told([AccountError("wrong password")], None, 1)


@pytest.mark.node
def test_a_home_that_is_away_and_an_opening_that_is_missing_are_said_and_waited_for(tmp_path) -> None:
    with Anvil(FLAGS) as anvil:
        parties, owner = Parties(anvil, tmp_path), OWNERS[0]
        parties.did(owner, "owner", "bid", "--value", "1000", "--escrow", "1200")
        home = parties.home(owner)
        (opening,) = [path for path in home.rglob("owner-opening.json") if "backup" not in path.parts]
        kept, place = opening.rename(tmp_path / "elsewhere.json"), opening
        process = watching(parties, "owner", owner)
        said = until_it_says(process, "warning: ")
        assert "bond of 50 base units is lost at 2026-01-03T00:00:00Z" in said
        away = home.rename(tmp_path / "away")
        home.write_text("a file where the folder was")
        until_it_says(process, "waiting: ")
        home.unlink()
        away.rename(home)
        kept.rename(place)
        parties.at(2)
        until_it_says(process, "reveal bid: block")
        process.send_signal(signal.SIGTERM)
        assert ended(process)[0] == 0


@pytest.mark.node
def test_without_the_coordinators_bond_a_watcher_says_so_and_cancels(tmp_path) -> None:
    with Anvil(FLAGS) as anvil:
        parties, owner = Parties(anvil, tmp_path, willing=False), OWNERS[0]
        parties.did(SPONSOR, "sponsor", "lock")
        parties.did(owner, "owner", "bid", "--value", "1000", "--escrow", "1200")
        parties.at(2)
        process = watching(parties, "owner", owner, "--push")
        said = until_it_says(process, "it can only be cancelled")
        assert "the coordinator's bond is missing" in said
        parties.at(3)
        until_it_says(process, "phase: settle")
        parties.at(4)
        code, said = ended(process)
        assert (code, said.count("waiting: ")) == (0, 0), said
        assert "cancel: block" in said
        parties.did(SPONSOR, "sponsor", "refund")
        assert parties.held() == 0
        assert not parties.campaign.view("coordinator_bonded")


@pytest.mark.node
def test_ctrl_c_ends_a_watcher_at_once_whose_node_is_silent(tmp_path) -> None:
    with Anvil(FLAGS) as anvil, socket.create_server(("127.0.0.1", 0)) as silent:
        parties, owner = Parties(anvil, tmp_path), OWNERS[0]
        there = f"http://127.0.0.1:{silent.getsockname()[1]}"
        flags = [there if flag == anvil.url else flag for flag in parties.flags(owner)]
        parties.flags = lambda _: flags
        process = watching(parties, "owner", owner)
        connection, _ = silent.accept()
        with connection:
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            assert ended(process) == (0, "stopped; the same command goes on\n")
