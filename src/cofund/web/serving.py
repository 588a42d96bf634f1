"""Serving the application: one socket, one process, an end within a second of being asked to."""

import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import uvicorn

from cofund.errors import InputError
from cofund.web.app import application
from cofund.web.board import Board
from cofund.web.connections import BACKLOG, BoundedProtocol

LOG = logging.getLogger(__name__)
GRACE_S = 1
"""How long open streams may delay the end; without a limit uvicorn would wait for them for ever."""


class Server(uvicorn.Server):
    """Ends on SIGINT and SIGTERM without passing them on, so that being stopped is no failure."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle both signals while serving."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {sig: signal.signal(sig, self.handle_exit) for sig in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; any free port if ``port`` is 0.

    Raises:
        InputError: if the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        expected = f"expected a free address to listen at ({error.strerror or error}); --port 0 takes any free port"
        raise InputError(f"{host}:{port}", "--port", expected) from error
    listening.listen(BACKLOG)
    return listening


class Worker(Protocol):
    """Something that runs in a thread of its own while the server serves."""

    stopped: threading.Event

    def run(self) -> None:
        """Work until ``stop``."""
        ...

    def stop(self) -> None:
        """End ``run`` soon."""
        ...


def _kept_at_work(worker: Worker) -> None:
    """Run a worker again if it fails, a second later; it ends when it was stopped."""
    while not worker.stopped.is_set():
        try:
            worker.run()
        except Exception:
            LOG.exception("%s: goes on in a second", type(worker).__name__)
            worker.stopped.wait(GRACE_S)


def serve(board: Board, workers: Sequence[Worker], listening: socket.socket, hosts: tuple[str, ...] = ()) -> None:
    """Serve until a signal comes; the workers read the chain and tell others meanwhile.

    Args:
        board: what is on show.
        workers: keep it up to date, deliver webhooks.
        listening: from ``listen``.
        hosts: further names by which the server may be asked for.
    """
    options: dict[str, Any] = {"log_level": "warning", "access_log": False, "server_header": False, "lifespan": "off"}
    config = uvicorn.Config(
        application(board, hosts),
        http=BoundedProtocol,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=30,
        ws="none",
        **options,
    )
    threads = [threading.Thread(target=_kept_at_work, args=(worker,), daemon=True) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        Server(config).run(sockets=[listening])
    finally:
        for worker in workers:
            worker.stop()
        for thread in threads:
            thread.join(timeout=GRACE_S)
        listening.close()
