"""Connections that never finished their request held all files of the server, and no page was left for anybody else."""

import http.client
import socket
import threading
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest

from cofund.web import connections, stream
from cofund.web.board import Board
from cofund.web.serving import listen, serve

HALF = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "


@contextmanager
def served(monkeypatch, board=None):
    """The port of a server as the command starts it; a thread of the test ends it."""
    made = []

    class Remembered(connections.BoundedProtocol):
        def connection_made(self, transport) -> None:
            made.append(self)
            super().connection_made(transport)

    monkeypatch.setattr("cofund.web.serving.BoundedProtocol", Remembered)
    servers = []
    real = __import__("cofund.web.serving", fromlist=["Server"]).Server

    class Kept(real):
        def __init__(self, config) -> None:
            super().__init__(config)
            servers.append(self)

    monkeypatch.setattr("cofund.web.serving.Server", Kept)
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    thread = threading.Thread(target=serve, args=(board or Board(Path("none")), [], listening))
    thread.start()
    try:
        yield port
    finally:
        servers[0].should_exit = True
        thread.join(20)
        assert not thread.is_alive()


def status(port, path="/", limit=10):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=limit)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def opened(port, sent=HALF):
    one = socket.create_connection(("127.0.0.1", port), timeout=10)
    one.sendall(sent)
    return one


def drained(one) -> int:
    """Bytes that come until the other side ends."""
    got = 0
    while chunk := one.recv(1_000_000):
        got += len(chunk)
    return got


def ended(one) -> bool:
    """Whether the server has closed a connection."""
    try:
        return one.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_request_that_does_not_end_is_awaited_for_a_bounded_time(monkeypatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_S", 0.5)
    with served(monkeypatch) as port, ExitStack() as held:
        assert ended(held.enter_context(opened(port)))
        assert ended(held.enter_context(opened(port, b"")))
        body = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n1"
        slow = held.enter_context(opened(port, body))
        while slow.recv(65_536):
            pass  # its refusal, then the end
        again = held.enter_context(opened(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        assert again.recv(65_536).startswith(b"HTTP/1.1 200")
        again.sendall(HALF)
        while again.recv(65_536):
            pass  # a second request on a connection is awaited no longer
        assert status(port) == 200


def test_with_too_many_connections_the_oldest_without_a_request_makes_place(monkeypatch) -> None:
    monkeypatch.setattr(connections, "most_open", lambda: 20)
    with served(monkeypatch) as port, ExitStack() as held:
        stream_of_events = held.enter_context(opened(port, b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        assert stream_of_events.recv(65_536).startswith(b"HTTP/1.1 200")
        waiting = [held.enter_context(opened(port)) for _ in range(60)]
        assert status(port) == 200
        assert ended(waiting[0])
        stream_of_events.setblocking(False)
        with pytest.raises(BlockingIOError):  # it is open still
            drained(stream_of_events)


def test_a_reader_that_takes_nothing_is_cut_off(monkeypatch) -> None:
    monkeypatch.setattr(connections, "STALL_S", 0.5)
    board = Board(Path("none"), trouble="x" * 30_000_000)
    with served(monkeypatch, board) as port, socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", port))
        slow.sendall(b"GET /api/v1/campaigns HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(3)
        with suppress(ConnectionResetError):
            assert drained(slow) < 30_000_000


def test_only_so_many_pages_are_told_at_once(monkeypatch) -> None:
    monkeypatch.setattr(stream, "MOST", 2)
    with served(monkeypatch) as port, ExitStack() as held:
        for _ in range(2):
            one = held.enter_context(opened(port, b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"))
            assert one.recv(65_536).startswith(b"HTTP/1.1 200")
        assert status(port, "/events") == 503
        assert status(port) == 200
