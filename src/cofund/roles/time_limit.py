"""An end to connections to strangers: who says a byte at a time, each in time, is not waited for for ever."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def time_limit(connection: socket.socket, seconds: float) -> Iterator[threading.Event]:
    """Cut a connection off after so many seconds, whoever waits for it then; the event tells whether that was so."""
    cut = threading.Event()

    def end() -> None:
        cut.set()
        with suppress(OSError):  # it was over just then
            connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield cut
    finally:
        timer.cancel()
