"""A client at an edge's inbox: it sends its signed offer, and gets its place once the book is sealed."""

import json
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import SplitResult, urlsplit, urlunsplit

from cofund.campaign.book_places import LONGEST
from cofund.campaign.sealed_files import MOST_BYTES
from cofund.campaign.signed_offers import SignedOffer, offer_text
from cofund.errors import InputError
from cofund.market.document import parse_shallow
from cofund.roles.time_limit import time_limit

TIMEOUT_S: Final = 20.0
LONGEST_S: Final = 60.0
"""For all of an answer, however slowly it comes."""
PLACE, KEPT = 200, 202
SHOWN: Final = 200
"""Characters of what a stranger says that are repeated."""


def send_offer(url: str, offer: SignedOffer) -> bytes | None:
    """Send an offer, again or for the first time; the place of it, None if the book is not sealed yet.

    Raises:
        InputError: the inbox cannot be reached, or refuses the offer, with what it says.
    """
    status, content = _posted(url, offer_text(offer), LONGEST)
    if status == PLACE:
        return content
    if status == KEPT:
        return None
    raise InputError(url, "", f"the edge's inbox refuses the offer: {_said(status, content)}")


def ask_quotes(url: str, request: str, edges: int) -> list[bytes]:
    """What an operator shows of the sealed books of so many edges, a document each.

    Raises:
        InputError: the inbox cannot be reached, or shows nothing, with what it says.
    """
    status, content = _posted(url, request, edges * MOST_BYTES)
    if status != PLACE:
        raise InputError(url, "", f"the edge's inbox shows nothing: {_said(status, content)}")
    try:
        told = parse_shallow(content.decode())
    except ValueError:
        told = None
    if not isinstance(told, list) or len(told) > edges:
        raise InputError(url, "", "the edge's inbox shows something else than sealed books")
    return [json.dumps(each).encode() for each in told]


def _posted(url: str, body: str, longest: int) -> tuple[int, bytes]:
    """Status and what was answered, up to a byte more than it may have.

    Raises:
        InputError: the inbox cannot be reached.
    """
    try:
        return _asked(_connection(url), urlsplit(url), body.encode(), longest)
    except (HTTPException, ValueError, OSError) as error:
        said = " ".join(str(error).split())[:SHOWN] or type(error).__name__
        raise InputError(url, "", f"the edge's inbox cannot be reached: {said}") from error


def _connection(url: str) -> HTTPConnection:
    """Not open yet.

    Raises:
        ValueError, HTTPException: it is no URL of an inbox.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected a URL of http:// or https://")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return kind(parts.hostname, parts.port, timeout=TIMEOUT_S)


def _asked(connection: HTTPConnection, parts: SplitResult, body: bytes, longest: int) -> tuple[int, bytes]:
    """What is answered in time, from the connection to the last byte."""
    with closing(connection):
        connection.connect()
        with time_limit(connection.sock, LONGEST_S) as cut:
            connection.request("POST", urlunsplit(("", "", parts.path or "/", parts.query, "")), body)
            answer = connection.getresponse()
            content = answer.read(longest + 1)
            if cut.is_set() or (answer.length and len(content) <= longest):
                raise TimeoutError("its answer does not end")
            return answer.status, content


def _said(status: int, content: bytes) -> str:
    """What it answered, in a line of printable characters."""
    try:
        said = str(json.loads(content)["error"])
    except (ValueError, KeyError, TypeError, RecursionError):
        said = f"HTTP status {status}"
    return "".join(character if character.isprintable() else "?" for character in said)[:SHOWN]
