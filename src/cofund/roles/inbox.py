"""A small HTTP inbox of an edge: clients send their signed offers, and fetch their places once the book is sealed.

One address, ``POST /`` with a signed offer. As long as the book is not sealed it is kept (202); afterwards the same
offer again is answered with its place (200). So a place is shown to nobody but who has the signed offer. A signed
request of the coordinator is answered with sealed books without names, in the settle phase only. It speaks plain HTTP:
beyond this machine it belongs behind something that speaks TLS, for an offer is no one else's business. Strangers can
neither fill the disk nor hold it up.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from cofund.campaign.quotes_request import parse_request
from cofund.campaign.signed_offers import LONGEST, Listing, load_offer, parse_offer, write_offer
from cofund.errors import CheckFailed, InputError
from cofund.market.terms import MAX_BOOK

SCHEMA: Final = "cofund.inbox/1"
CONNECTIONS: Final = 32
"""At the same time; who comes then is turned away."""
PATIENCE_S: Final = 10.0
"""How long a client may take to say anything."""
HERE: Final = "the message"
REQUEST: Final = b'"cofund.quotes-request/'
Answer = tuple[int, bytes]


@dataclass(frozen=True)
class Inbox:
    """What is done with a message.

    Args:
        offers: folder, one file a client.
        places: folder, one file a client, once the book is sealed.
        listing: what may be listed.
        sealed: whether the book is sealed, so that nobody can be listed any more.
        quotes: what the coordinator is shown of books that stay sealed; None as long as it is too early.
    """

    offers: Path
    places: Path
    listing: Listing
    sealed: Callable[[], bool]
    quotes: Callable[[], list[str] | None] = lambda: None
    _turn: Any = field(default_factory=threading.Lock, repr=False, compare=False)

    def told(self) -> Answer:
        """Whose inbox it is."""
        mine = [at for at, edge in enumerate(self.listing.terms.edges) if edge.operator == self.listing.operator]
        return _json(
            200,
            schema=SCHEMA,
            chain_id=self.listing.chain_id,
            campaign=self.listing.campaign,
            operator=self.listing.operator,
            edges=mine,
            sealed=self.sealed(),
        )

    def answer(self, content: bytes) -> Answer:
        """Of an offer, or of a request of the coordinator."""
        return self._show(content) if REQUEST in content else self.take(content)

    def take(self, content: bytes) -> Answer:
        """Keep an offer, or answer it with its place."""
        try:
            offer = parse_offer(HERE, content)
            self.listing.require(offer, HERE)
        except (InputError, CheckFailed) as error:
            return _json(400, error=str(error))
        with self._turn:
            path = named(self.offers, offer.client)
            known = path.exists()
            if known and not load_offer(path).same_terms(offer):
                return _json(409, error=f"{offer.client} has signed another offer here")
            if known and (place := named(self.places, offer.client)).exists():
                return 200, place.read_bytes()
            if not known and self.sealed():
                return _json(410, error="the book is sealed; nobody can be listed any more")
            if not known and sum(1 for _ in self.offers.glob("*.json")) >= MAX_BOOK:
                return _json(507, error="the book is full")
            if not known:
                write_offer(offer, path)
        return _json(202, kept=True)

    def _show(self, content: bytes) -> Answer:
        rules = self.listing
        try:
            request = parse_request(HERE, content)
            mine = rules.chain_id, rules.campaign, rules.operator
            request.require(*mine, rules.terms.coordinator, rules.asked)
        except (InputError, CheckFailed) as error:
            return _json(403, error=str(error))
        shown = self.quotes()
        if shown is None:
            return _json(409, error="nothing is shown before the settle phase, nor after it")
        return 200, f"[{','.join(shown)}]".encode()


def named(folder: Path, client: str) -> Path:
    """The file of a client."""
    return folder / f"{client}.json"


def _json(status: int, **said: object) -> Answer:
    return status, json.dumps(said).encode() + b"\n"


class _Server(ThreadingHTTPServer):
    """No more threads than ``CONNECTIONS``."""

    daemon_threads = True
    inbox: Inbox

    def __init__(self, address: tuple[str, int], inbox: Inbox) -> None:
        self.inbox, self.free = inbox, threading.BoundedSemaphore(CONNECTIONS)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """In a thread of its own, if there is one."""
        if self.free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and make room."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who goes away in the middle is no news."""
        del request, client_address


class _Handler(BaseHTTPRequestHandler):
    """HTTP/1.0: one message a connection."""

    server: _Server
    timeout = PATIENCE_S
    server_version, sys_version = "cofund", ""

    def do_GET(self) -> None:
        """Whose inbox it is."""
        self._answer(self.server.inbox.told() if self.path == "/" else _json(404, error="expected /"))

    def do_POST(self) -> None:
        """An offer."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length[:9]) > LONGEST:
            self._answer(_json(413, error=f"expected a signed offer of at most {LONGEST:,} bytes"))
            return
        self._answer(self.server.inbox.answer(self.rfile.read(int(length))))

    def log_message(self, *words: object) -> None:
        """Nobody reads it."""

    def _answer(self, answer: Answer) -> None:
        status, content = answer
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving(inbox: Inbox, host: str, port: int) -> Iterator[str]:
    """Serve an inbox meanwhile; its URL.

    Raises:
        InputError: the address cannot be had.
    """
    try:
        server = _Server((host, port), inbox)
    except OSError as error:
        expected = f"expected a free address to listen at ({error.strerror or error})"
        raise InputError(f"{host}:{port}", "--inbox", expected) from error
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
