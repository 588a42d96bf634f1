"""A member answers what it was asked in one sentence or with a result, through a real socket."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cofund.training.engines.nvflare import wire
from cofund.training.engines.nvflare.frames import Closed, connect
from cofund.training.engines.nvflare.member_server import MemberServer


def double(member: str, payload: Any) -> Any:
    if payload == "fail":
        raise ValueError(f"{member} cannot\nsecond line")
    time.sleep(0.01)
    return payload * 2


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    desk = MemberServer(tmp_path / "desk", "DEBB053", {"double": double})
    yield tmp_path / "desk"
    desk.close()
    with pytest.raises(Closed):
        connect(str(tmp_path / "desk"))


def ask(path: Path, function: str, payload: bytes) -> Any:
    link = connect(str(path))
    link.send({"function": function}, payload)
    _, answer = link.receive()
    link.close()
    return wire.unpack(answer)


def test_a_call_is_answered_with_a_result(path: Path) -> None:
    assert ask(path, "double", wire.pack(21)) == (42, None)


def test_a_failure_is_the_same_sentence_as_in_one_process(path: Path) -> None:
    assert ask(path, "double", wire.pack("fail")) == (None, "ValueError: DEBB053 cannot.")


def test_what_is_not_offered_and_what_cannot_be_read_is_said(path: Path) -> None:
    assert ask(path, "system", wire.pack(1)) == (None, "LookupError: DEBB053 does not answer system.")
    assert ask(path, "double", b"\x80\x04.") == (None, "NotOnWire: bytes that are no packed value.")


def test_calls_at_the_same_time_all_get_their_own_answer(path: Path) -> None:
    answers: dict[int, Any] = {}

    def one(number: int) -> None:
        answers[number] = ask(path, "double", wire.pack(number))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: (number * 2, None) for number in range(20)}


def test_a_caller_that_goes_away_disturbs_nobody(path: Path) -> None:
    link = connect(str(path))
    link.send({"function": "double"}, wire.pack(1))
    link.close()
    assert ask(path, "double", wire.pack(2)) == (4, None)


@pytest.mark.parametrize("header", [b"[" * 100_000, b"{", b"7", b"\xff"])
def test_a_header_that_cannot_be_read_ends_its_connection_only(header: bytes, path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.connect(str(path))
        other.sendall(struct.pack(">IQ", len(header), 0) + header)
        assert other.recv(1) == b""
    assert ask(path, "double", wire.pack(2)) == (4, None)
