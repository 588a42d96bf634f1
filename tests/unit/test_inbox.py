"""An edge's inbox over real sockets: what it keeps, what it answers, and that nobody can hold it up."""

import json
import socket
from dataclasses import replace
from threading import Event

import pytest

from book_offers import CAMPAIGN, CHAIN, CLIENTS, LISTING, NORTH, offer
from cofund.campaign.book_places import parse_place, place_text, sign_place
from cofund.campaign.quotes_request import request_text
from cofund.campaign.signed_offers import collected, offer_text
from cofund.chain.accounts import rehearsal_account
from cofund.errors import InputError
from cofund.roles import inbox as module
from cofund.roles.edge_book import bind_book
from cofund.roles.inbox import Inbox, named, serving
from cofund.roles.inbox_client import ask_quotes, send_offer

CLOUD = rehearsal_account("inbox", "coordinator")


@pytest.fixture
def served(tmp_path):
    """An inbox and its URL; ``bound`` is set when the book is sealed."""
    for folder in "offers", "places":
        (tmp_path / folder).mkdir()
    bound = Event()
    inbox = Inbox(tmp_path / "offers", tmp_path / "places", LISTING, bound.is_set)
    with serving(inbox, "127.0.0.1", 0) as url:
        yield inbox, url, bound


def test_an_offer_is_kept_and_answered_with_its_place_once_the_book_is_sealed(served) -> None:
    inbox, url, bound = served
    assert send_offer(url, offer()) is None
    assert send_offer(url, offer()) is None
    listed, refused = collected(inbox.offers.glob("*.json"), LISTING)
    assert (listed, refused) == ([offer()], [])
    book = bind_book(CHAIN, CAMPAIGN, NORTH.address, listed, sealed=False)
    bound.set()
    assert send_offer(url, offer()) is None, "it is not committed yet"
    signed = sign_place(NORTH, CHAIN, CAMPAIGN, 0, book.place(0))
    named(inbox.places, CLIENTS[0].address).write_text(place_text(signed))
    assert parse_place(url, send_offer(url, offer()), sealed=False) == signed


def test_who_comes_too_late_or_asks_for_somebody_elses_place_is_told(served) -> None:
    inbox, url, bound = served
    send_offer(url, offer())
    named(inbox.places, CLIENTS[0].address).write_text("its place")
    bound.set()
    with pytest.raises(InputError, match="the book is sealed"):
        send_offer(url, offer(1))
    with pytest.raises(InputError, match="not signed by the client"):
        send_offer(url, offer(signature=offer(1).signature))


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (offer(cost=4), "has signed another offer here"),
        (offer(1, edge=1), "expected an edge that you operate"),
        (offer(1, cost=19), "expected at most 18 ticks"),
        (offer(1, campaign="0x" + "11" * 20), "expected an offer in"),
        (offer(1, signature=b"x" * 5000), "expected"),
    ],
)
def test_what_is_refused_is_said_in_a_line(served, sent, sentence) -> None:
    _, url, _ = served
    send_offer(url, offer())
    with pytest.raises(InputError, match=sentence) as refused:
        send_offer(url, sent)
    assert "\n" not in str(refused.value)


def test_the_coordinator_alone_is_shown_sealed_books_and_by_its_own_request_only(served) -> None:
    inbox, _, _ = served
    shown = []
    asked = replace(LISTING, terms=replace(LISTING.terms, coordinator=CLOUD.address))
    with serving(replace(inbox, listing=asked, quotes=lambda: shown or None), "127.0.0.1", 0) as there:
        right = request_text(CLOUD, CHAIN, CAMPAIGN, NORTH.address)
        with pytest.raises(InputError, match="nothing is shown before the settle phase"):
            ask_quotes(there, right, 1)
        shown += ['{"a": 1}', '{"b": 2}']
        assert [json.loads(each) for each in ask_quotes(there, right, 2)] == [{"a": 1}, {"b": 2}]
        with pytest.raises(InputError, match="something else than sealed books"):
            ask_quotes(there, right, 1)
        for by, where, words in (
            (NORTH, (CHAIN, CAMPAIGN, NORTH.address), "not signed by .*, the coordinator"),
            (CLOUD, (CHAIN, CAMPAIGN, CLIENTS[0].address), "the request is for"),
            (CLOUD, (CHAIN + 1, CAMPAIGN, NORTH.address), "the request is for"),
            (CLOUD, (CHAIN, "0x" + "11" * 20, NORTH.address), "the request is for"),
        ):
            with pytest.raises(InputError, match=words):
                ask_quotes(there, request_text(by, *where), 2)
        with pytest.raises(InputError, match="the message: signature"):
            ask_quotes(there, right.replace(json.loads(right)["signature"], "no"), 2)


def test_strangers_cannot_fill_the_disk(served, monkeypatch) -> None:
    inbox, url, _ = served
    monkeypatch.setattr(module, "MAX_BOOK", 1)
    assert send_offer(url, offer()) is None
    with pytest.raises(InputError, match="the book is full"):
        send_offer(url, offer(1))
    assert len(list(inbox.offers.iterdir())) == 1


def said(url: str, message: bytes) -> bytes:
    host, port = url.removeprefix("http://").strip("/").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(message)
        return connection.makefile("rb").read()


@pytest.mark.parametrize(
    "message",
    [
        b"POST / HTTP/1.0\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST / HTTP/1.0\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.0\r\n\r\n",
        b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}",
        b"POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\n\xff\xff\xff",
        b"GET /etc/passwd HTTP/1.0\r\n\r\n",
        b"\r\n\r\n",
        b"\x16\x03\x01\r\n\r\n",
    ],
)
def test_nonsense_gets_an_answer_and_the_next_one_is_served(served, message) -> None:
    _, url, _ = served
    assert b"HTTP/1.0 2" not in said(url, message)
    assert b'"cofund.inbox/1"' in said(url, b"GET / HTTP/1.0\r\n\r\n")


def test_connections_that_say_nothing_are_ended_and_block_nobody_for_long(served, monkeypatch) -> None:
    _, url, _ = served
    monkeypatch.setattr(module._Handler, "timeout", 0.2)
    host, port = url.removeprefix("http://").strip("/").split(":")
    silent = [socket.create_connection((host, int(port)), timeout=10) for _ in range(module.CONNECTIONS)]
    for connection in silent:
        assert connection.recv(1) == b""
        connection.close()
    assert send_offer(url, offer()) is None


def test_an_inbox_that_is_none_ends_in_a_line(tmp_path) -> None:
    inbox = Inbox(tmp_path, tmp_path, replace(LISTING), lambda: False)
    with serving(inbox, "127.0.0.1", 0) as url:
        port = int(url.strip("/").rpartition(":")[2])
        with pytest.raises(InputError, match="expected a free address"), serving(inbox, "127.0.0.1", port):
            pass
    for gone in url, "ftp://x", "nonsense", "http://[::1":
        with pytest.raises(InputError, match="cannot be reached"):
            send_offer(gone, offer())
    assert offer_text(offer()).endswith("\n")
