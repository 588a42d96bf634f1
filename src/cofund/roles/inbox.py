"""A small HTTP inbox of an edge: clients send their signed offers, and fetch their places once the book is sealed.

One address, ``POST /`` with a signed offer. As long as the book is not sealed it is kept (202); afterwards the same
offer again is answered with its place (200). So a place is shown to nobody but who has the signed offer. A signed
request of the coordinator is answered with sealed books without names, in the settle phase only. It speaks plain HTTP:
beyond this machine it belongs behind something that speaks TLS, for an offer is no one else's business. Strangers can
neither fill the disk nor hold it up.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from cofund.campaign.book_places import place_in
from cofund.campaign.quotes_request import parse_request
from cofund.campaign.signed_offers import LONGEST, Listing, SignedOffer, load_offer, parse_offer, write_offer
from cofund.errors import CheckFailed, CofundError, InputError
from cofund.market.terms import MAX_BOOK
from cofund.roles.time_limit import time_limit

SCHEMA: Final = "cofund.inbox/1"
CONNECTIONS: Final = 32
"""At the same time; who comes then is turned away."""
PATIENCE_S: Final = 10.0
"""How long a client may take to say anything."""
LONGEST_S: Final = 30.0
"""How long a client may take for all of it."""
LONGEST_LENGTH: Final = 9
"""Digits of how long a message says that it is."""
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
        listed: whether an account is in the sealed book: an offer may come just when it is sealed.
    """

    offers: Path
    places: Path
    listing: Listing
    sealed: Callable[[], bool]
    quotes: Callable[[], list[str] | None] = lambda: None
    listed: Callable[[str], bool] = lambda _: True
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
        try:
            return self._show(content) if REQUEST in content else self.take(content)
        except CofundError:  # of its node, or its own book: a stranger is not told what
            return _json(503, error="the edge cannot tell just now; ask again later")
        except OSError as error:
            return _json(507, error=f"the edge cannot keep it just now: {error.strerror or type(error).__name__}")

    def take(self, content: bytes) -> Answer:
        """Keep an offer, or answer it with its place."""
        try:
            offer = parse_offer(HERE, content)
            self.listing.require(offer, HERE)
        except (InputError, CheckFailed) as error:
            return _json(400, error=str(error))
        with self._turn:
            return self._kept(offer)

    def _kept(self, offer: SignedOffer) -> Answer:
        """Answer an offer that may be listed."""
        path, place, rules = named(self.offers, offer.client), named(self.places, offer.client), self.listing
        known = self._there(path)
        if known and not known.same_terms(offer):
            return _json(409, error=f"{offer.client} has signed another offer here")
        if known and (content := place_in(place, rules.chain_id, rules.campaign, sealed=rules.terms.sealed)):
            return 200, content
        if self.sealed() and not (known and self.listed(offer.client)):
            return _json(410, error="the book is sealed; nobody can be listed any more")
        if not known and sum(1 for _ in self.offers.glob("*.json")) >= MAX_BOOK:
            return _json(507, error="the book is full")
        if not known:
            write_offer(offer, path)
        return _json(202, kept=True)

    def _there(self, path: Path) -> SignedOffer | None:
        """The offer in a file; None if it is none that can be listed here, so that another may take its place."""
        try:
            offer = load_offer(path)
            self.listing.require(offer, str(path))
        except (InputError, CheckFailed):
            return None
        return offer if named(path.parent, offer.client) == path else None

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
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
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
            with time_limit(request, LONGEST_S):
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
        if not length.isdecimal() or len(length) > LONGEST_LENGTH or int(length) > LONGEST:
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
    there = f"[{host}]" if ":" in host else host
    try:
        yield f"http://{there}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
