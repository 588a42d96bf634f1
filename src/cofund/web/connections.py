"""Connections that cannot hold the server up: a request is awaited, and an answer taken, within a bounded time.

uvicorn waits for ever for the end of a header and for a reader that reads nothing. So 1,100 half-open connections took
every file that a process may open, and no page was left for anybody else.
"""

import asyncio
import resource
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_S: Final = 10.0
"""For a whole request, from the connection or from the first byte of a later one."""
STALL_S: Final = 30.0
"""For a reader that takes nothing of an answer."""
BACKLOG: Final = 64
"""Connections that are accepted at once; asyncio accepts that many before any of them is looked at."""
SPARE: Final = 128
"""Files that the process needs for something else."""
MOST: Final = 2048


def most_open() -> int:
    """Connections that are kept open at once: as many as files may be opened, but for a reserve."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(16, min(MOST, limit - SPARE - BACKLOG))


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with limits; if there are too many, the oldest without a whole request goes."""

    request_timer: asyncio.TimerHandle | None = None
    stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request; close another connection if there are too many."""
        super().connection_made(transport)
        waiting = self.server_state.__dict__.setdefault("waiting", {})
        waiting[self] = None  # a dict keeps the order
        if len(self.connections) > most_open():
            next(iter(waiting)).give_up()
        self._await_request()

    def data_received(self, data: bytes) -> None:
        """Feed the parser; the time for a request ends when all of it is here."""
        super().data_received(data)
        if self._answering():
            self._request_is_here()
        elif self.request_timer is None and not self.transport.is_closing():
            self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._request_is_here()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The reader takes nothing at the moment."""
        super().pause_writing()
        self.stall_timer = self.stall_timer or self.loop.call_later(STALL_S, self.give_up)

    def resume_writing(self) -> None:
        """The reader goes on."""
        if self.stall_timer is not None:
            self.stall_timer.cancel()
            self.stall_timer = None
        super().resume_writing()

    def give_up(self) -> None:
        """Close at once."""
        self._request_is_here()
        self.transport.abort()

    def _answering(self) -> bool:
        """Whether the application has a whole request to answer."""
        cycle: Any = self.cycle
        return cycle is not None and not cycle.response_complete and not cycle.more_body

    def _await_request(self) -> None:
        self.request_timer = self.loop.call_later(REQUEST_S, self.give_up)

    def _request_is_here(self) -> None:
        self.server_state.__dict__.get("waiting", {}).pop(self, None)
        if self.request_timer is not None:
            self.request_timer.cancel()
            self.request_timer = None
