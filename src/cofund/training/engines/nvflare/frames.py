"""Messages through a Unix socket between a process of ours and NVFlare's job process beside it.

A frame is two lengths (4 bytes each header, 8 bytes body, big-endian), a JSON object and a body of bytes.
"""

import contextlib
import json
import select
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

from cofund.market.document import parse_shallow

Frame: TypeAlias = tuple[dict[str, Any], bytes]

VARIABLE: Final = "COFUND_SOCKET"
"""Environment variable that tells NVFlare's processes where ours listens."""

_LENGTHS: Final = struct.Struct(">IQ")

MOST_HEADER: Final = 2**22
"""Bytes of the longest header: names and tokens of as many members as a training may have."""


class Closed(ConnectionError):
    """The other side is gone."""


class Link:
    """One connection; ``send`` may be called from several threads."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._sending = threading.Lock()

    def send(self, header: dict[str, Any], body: bytes = b"") -> None:
        """Send one frame.

        Raises:
            Closed: nobody is there to read it.
        """
        text = json.dumps(header).encode()
        try:
            with self._sending:
                self._connection.sendall(_LENGTHS.pack(len(text), len(body)) + text)
                self._connection.sendall(body)
        except OSError as error:
            raise Closed("the other side is gone") from error

    def receive(self) -> Frame:
        """Wait for a frame.

        Raises:
            Closed: there will be none, or it is none of ours.
        """
        header, body = _LENGTHS.unpack(self._exactly(_LENGTHS.size))
        if header > MOST_HEADER:
            raise Closed("what the other side sends is too long")
        text, content = self._exactly(header), self._exactly(body)
        try:
            return dict(parse_shallow(text.decode())), content
        except (ValueError, TypeError) as error:
            raise Closed("what the other side sends cannot be read") from error

    def ready(self, seconds: float) -> bool:
        """Wait until there is something to receive, or its end; False if there is nothing after ``seconds``."""
        return bool(select.select([self._connection], [], [], seconds)[0])

    def close(self) -> None:
        """End the connection; whoever reads from it, here or there, finds it closed."""
        with contextlib.suppress(OSError):  # the other side was faster
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def _exactly(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size:
            try:
                part = self._connection.recv(min(size, 2**20))
            except OSError as error:
                raise Closed("the connection was closed") from error
            if not part:
                raise Closed("the other side closed the connection")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def connect(path: str) -> Link:
    """Connect to a socket that one of our processes listens on.

    Raises:
        Closed: no process listens there.
    """
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(path)
    except OSError as error:
        connection.close()
        raise Closed("nobody listens") from error
    return Link(connection)


class SocketListener:
    """Listens on a socket and serves every connection in a thread of its own, until it is closed."""

    def __init__(self, path: Path, serve: Callable[[Link], None]) -> None:
        """Start to listen on a path in a folder that only this user may enter."""
        self._serve = serve
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept no more connections."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # it was closed
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._handle, args=(Link(connection),), daemon=True).start()

    def _handle(self, link: Link) -> None:
        with contextlib.suppress(Closed):
            self._serve(link)
        link.close()
