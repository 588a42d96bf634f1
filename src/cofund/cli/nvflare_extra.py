"""What the commands of a training across machines share."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def until_interrupted() -> Iterator[Callable[[], None]]:
    """A function that returns at Ctrl-C or SIGTERM, so that what was started is stopped in order."""
    interrupted = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: interrupted.set())

    def wait() -> None:
        interrupted.wait()

    yield wait


def end_in_order_when_terminated() -> None:
    """Let SIGTERM unwind what was started, as Ctrl-C does."""

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
