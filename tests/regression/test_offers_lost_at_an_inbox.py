"""An edge's inbox kept offers that its book never listed, or gave no answer, and strangers held it up."""

import socket
import threading
import time
from dataclasses import replace

import pytest

from book_offers import CHAIN, CLIENTS, LISTING, NORTH, offer
from cofund.campaign.book_places import place_text, sign_place
from cofund.campaign.signed_offers import collected, load_offer, write_offer
from cofund.errors import InputError, NodeError
from cofund.roles import inbox as module
from cofund.roles import inbox_client
from cofund.roles.edge_book import bind_book
from cofund.roles.inbox import Inbox, named, serving
from cofund.roles.inbox_client import ask_quotes, send_offer

ELSEWHERE = "0x" + "11" * 20


@pytest.fixture
def inbox(tmp_path) -> Inbox:
    for folder in "offers", "places":
        (tmp_path / folder).mkdir()
    return Inbox(tmp_path / "offers", tmp_path / "places", LISTING, lambda: False)


def heard(url: str, message: bytes) -> socket.socket:
    host, port = url.removeprefix("http://").strip("/").split(":")
    connection = socket.create_connection((host, int(port)), timeout=20)
    connection.sendall(message)
    return connection


@pytest.mark.parametrize("there", ["another campaign's", "half of one", "not signed", "another client's"])
def test_a_file_that_cannot_be_listed_does_not_count_as_the_offer(inbox, there) -> None:
    """Once a folder was used again, an offer at the same cost was kept in words only."""
    path = named(inbox.offers, CLIENTS[0].address)
    if there == "half of one":
        path.write_text('{"schema"')
    else:
        changes = {"another campaign's": {"campaign": ELSEWHERE}, "not signed": {"signature": bytes(64)}}
        write_offer(offer(1) if there == "another client's" else replace(offer(), **changes[there]), path)
    with serving(inbox, "127.0.0.1", 0) as url:
        assert send_offer(url, offer()) is None
    assert collected([path], LISTING) == ([offer()], [])


def test_who_came_while_the_book_was_sealed_is_told_that_it_is_not_in_it(inbox) -> None:
    write_offer(offer(), named(inbox.offers, CLIENTS[0].address))
    late = replace(inbox, sealed=lambda: True, listed=lambda client: client != CLIENTS[0].address)
    with serving(late, "127.0.0.1", 0) as url, pytest.raises(InputError, match="the book is sealed"):
        send_offer(url, offer())


def test_the_place_in_another_campaign_is_not_handed_out(inbox) -> None:
    write_offer(offer(), named(inbox.offers, CLIENTS[0].address))
    place = bind_book(CHAIN, ELSEWHERE, NORTH.address, [offer()], sealed=False).place(0)
    named(inbox.places, CLIENTS[0].address).write_text(place_text(sign_place(NORTH, CHAIN, ELSEWHERE, 0, place)))
    with serving(inbox, "127.0.0.1", 0) as url:
        assert send_offer(url, offer()) is None


def test_what_the_edge_cannot_do_is_answered_and_its_node_is_not_named(inbox) -> None:
    def asked(*_: object) -> bool:
        raise NodeError("https://node/secret does not answer")

    listing = replace(LISTING, asked=asked)
    with serving(replace(inbox, listing=listing), "127.0.0.1", 0) as url:
        with pytest.raises(InputError, match="the edge cannot tell just now; ask again later"):
            send_offer(url, offer(signature=bytes(64)))
        named(inbox.offers, CLIENTS[0].address).mkdir()
        with pytest.raises(InputError, match="the edge cannot keep it just now: is there, and is no file"):
            send_offer(url, offer())


@pytest.mark.parametrize("length", [b"0" * 10 + b"9" * 9, b"0" * 5000])
def test_a_length_behind_zeros_is_a_length(inbox, length) -> None:
    message = b"POST / HTTP/1.0\r\nContent-Length: " + length + b"\r\n\r\n{}"
    with serving(inbox, "127.0.0.1", 0) as url, heard(url, message) as connection:
        assert b" 413 " in connection.recv(1000)


def test_who_says_a_byte_at_a_time_is_cut_off(inbox, monkeypatch) -> None:
    monkeypatch.setattr(module, "LONGEST_S", 0.5)
    with serving(inbox, "127.0.0.1", 0) as url, heard(url, b"POST / HTTP/1.0\r\n") as connection:
        ended = False
        for _ in range(300):
            try:
                connection.sendall(b"X: 1\r\n")
            except OSError:
                ended = True
                break
            time.sleep(0.05)
        assert ended


@pytest.mark.parametrize("begins", [b"", b"HTTP/1.0 200 OK\r\nX: ", b"HTTP/1.0 200 OK\r\n\r\n", None])
def test_an_inbox_that_answers_a_byte_at_a_time_is_not_waited_for(monkeypatch, begins) -> None:
    """A settler's watcher asked it, and settled nothing any more."""
    monkeypatch.setattr(inbox_client, "LONGEST_S", 0.5)
    begins = b"HTTP/1.0 200 OK\r\nContent-Length: 99999\r\n\r\n" if begins is None else begins
    done = []

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(begins)
            while not done:
                try:
                    connection.sendall(b"1")
                except OSError:
                    return
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=[listener], daemon=True)
        thread.start()
        try:
            with pytest.raises(InputError, match="cannot be reached"):
                ask_quotes(f"http://127.0.0.1:{listener.getsockname()[1]}/", "{}", 1)
        finally:
            done.append(True)
            thread.join(5)


def version_6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not version_6(), reason="there is no such address")
def test_an_inbox_may_listen_at_an_address_of_version_6(inbox) -> None:
    with serving(inbox, "::1", 0) as url:
        assert url.startswith("http://[::1]:")
        assert send_offer(url, offer()) is None
    assert load_offer(named(inbox.offers, CLIENTS[0].address)) == offer()
