"""Webhooks: every event of a campaign once, in order, signed as Standard Webhooks says (standardwebhooks.com).

The id of a message is that of its log entry, chain-transaction-position: a receiver can tell a repetition. What was
delivered is written down, so that a restart does not send it again. A block that is dropped later is not taken back.
"""

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import socket
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cofund.errors import InputError
from cofund.web.shown import Shown

TIMEOUT_S: Final = 15
LONGEST_S: Final = 30.0
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
PREFIX: Final = "whsec_"


def read_secret(path: Path) -> bytes:
    """The signing key in a file: ``whsec_`` and base64, as the receiver has it.

    Raises:
        InputError: if it is none of 24 to 64 bytes.
    """
    try:
        text = path.read_text(encoding="utf-8").strip()
        secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except OSError as error:
        raise InputError(str(path), "--webhook-secret-file", f"cannot be read: {error.strerror}") from error
    except ValueError:
        secret = b""
    if not 24 <= len(secret) <= 64:
        raise InputError(str(path), "--webhook-secret-file", "expected whsec_ and base64 of 24 to 64 bytes")
    return secret


def signature(secret: bytes, ident: str, timestamp: int, body: bytes) -> str:
    """``v1,`` and base64 of the HMAC-SHA256 over id, timestamp and body."""
    digest = hmac.new(secret, f"{ident}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


class Webhooks:
    """A listener of the board that tells another server; deliveries run in a thread of their own."""

    def __init__(self, url: str, secret: bytes, state: Path, *, from_start: bool = False) -> None:
        """Read what was delivered already.

        Args:
            url: receives POST requests.
            secret: signing key.
            state: file of the ids that were delivered, a line each.
            from_start: whether the first start delivers what happened before it; a later start delivers in any case
                what it missed.

        Raises:
            InputError: if this is no URL.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InputError(url, "--webhook", "expected an http or https URL")
        self.url, self.parts, self.secret, self.state = url, parts, secret, state
        state.parent.mkdir(parents=True, exist_ok=True)
        self.known = set(state.read_text(encoding="utf-8", errors="replace").split()) if state.exists() else set()
        self.skipping = not from_start and not state.exists()
        self.waiting: deque[tuple[str, bytes]] = deque()
        self.accepted: set[str] = set()
        self.stopped, self.news = threading.Event(), threading.Event()

    def __call__(self, shown: Shown) -> None:
        """Queue what is new."""
        if not shown.live:
            return
        for event in shown.events:
            ident = f"{shown.campaign.place.chain_id}-{event['hash']}-{event['log']}"
            if ident not in self.known:
                self.known.add(ident)
                if self.skipping:
                    self._remember(ident)
                else:
                    self.waiting.append((ident, message(shown, event)))
        self.news.set()

    def run(self) -> None:
        """Deliver until ``stop``: one after the other, each until it is accepted; what was shown before is history."""
        self.skipping = False
        with contextlib.suppress(OSError):
            self.state.touch()
        pause = FIRST_PAUSE_S
        while not self.stopped.is_set():
            if not self.waiting:
                self.news.wait()
                self.news.clear()
            elif self._next():
                pause = FIRST_PAUSE_S
            else:
                self.stopped.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)

    def _next(self) -> bool:
        """Deliver one and write that down; what was accepted but could not be written down is not sent again now."""
        ident, body = self.waiting[0]
        if ident not in self.accepted and not self._post(ident, body):
            return False
        self.accepted.add(ident)
        try:
            self._remember(ident)
        except OSError:  # a full disk: until it has room again
            return False
        self.accepted.discard(ident)
        self.waiting.popleft()
        return True

    def stop(self) -> None:
        """End ``run`` soon; what was not delivered is delivered after the next start."""
        self.stopped.set()
        self.news.set()

    def _remember(self, ident: str) -> None:
        with self.state.open("a", encoding="utf-8") as file:
            file.write(f"{ident}\n")

    def _post(self, ident: str, body: bytes) -> bool:
        """Whether the receiver accepted, within ``LONGEST_S`` however slowly it answers; no redirects."""
        now = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": ident,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(self.secret, ident, now, body),
        }
        kind = http.client.HTTPSConnection if self.parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(str(self.parts.hostname), self.parts.port, timeout=TIMEOUT_S)
        path = (self.parts.path or "/") + (f"?{self.parts.query}" if self.parts.query else "")
        cut = threading.Timer(LONGEST_S, _cut, [connection])
        cut.daemon = True
        cut.start()
        try:
            connection.request("POST", path, body, headers)
            return 200 <= connection.getresponse().status < 300
        except (
            OSError,
            http.client.HTTPException,
            ValueError,
            AttributeError,
        ):  # the last of a connection that was cut
            return False
        finally:
            cut.cancel()
            connection.close()


def _cut(connection: http.client.HTTPConnection) -> None:
    """End a connection from another thread: a receiver that sends a byte now and then never runs into a time-out."""
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def message(shown: Shown, event: dict[str, Any]) -> bytes:
    """The body: type, time of the block, and the event as ``/api/v1`` shows it."""
    data = {
        "chain_id": shown.campaign.place.chain_id,
        "campaign": shown.address,
        "name": shown.campaign.name,
        "event": event,
    }
    document = {"type": f"campaign.{event['name']}", "timestamp": event["time"], "data": data}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
