"""Webhooks reach a real receiver: signed, in order, again after a failure, never again after a restart."""

import base64
import hashlib
import hmac
import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cofund.errors import InputError
from cofund.web import webhooks
from cofund.web.from_record import record_snapshot
from cofund.web.webhooks import Webhooks, read_secret

SECRET = bytes(range(32))


class Receiver(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        self.got, self.refuse, self.news = [], 0, threading.Condition()
        super().__init__(("127.0.0.1", 0), Handler)

    def wait_for(self, count):
        with self.news:
            assert self.news.wait_for(lambda: len(self.got) >= count, timeout=30)
        return self.got


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.news:
            refused = self.server.refuse > 0
            self.server.refuse -= refused
            if not refused:
                self.server.got.append((dict(self.headers), body))
            self.server.news.notify_all()
        self.send_response(500 if refused else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def receiving():
    receiver = Receiver()
    thread = threading.Thread(target=receiver.serve_forever)
    thread.start()
    try:
        yield receiver, f"http://127.0.0.1:{receiver.server_address[1]}/hook?key=1"
    finally:
        receiver.shutdown()
        thread.join()
        receiver.server_close()


@contextmanager
def delivering(url, state):
    hooks = Webhooks(url, SECRET, state, from_start=True)
    thread = threading.Thread(target=hooks.run)
    thread.start()
    try:
        yield hooks
    finally:
        hooks.stop()
        thread.join(timeout=20)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def snapshot(demo_record_path):
    found = record_snapshot(demo_record_path)
    entries = list(found.campaign.events)[:5]
    seen = tuple(replace(seen, events=(event,)) for seen, event in entries)
    return replace(found, live=True, campaign=replace(found.campaign, seen=seen))


def later(snapshot, *positions: int):
    """With the last event again, elsewhere in its block."""
    last = snapshot.campaign.seen[-1]
    more = tuple(replace(last, events=(replace(last.events[0], position=at),)) for at in positions)
    return replace(snapshot, campaign=replace(snapshot.campaign, seen=(*snapshot.campaign.seen, *more)))


def test_every_event_arrives_once_signed_and_in_order(snapshot, tmp_path):
    with receiving() as (receiver, url):
        with delivering(url, tmp_path / "state") as hooks:
            hooks(snapshot)
            hooks(snapshot)
            got = list(receiver.wait_for(5))
        for (headers, body), event in zip(got, snapshot.events, strict=True):
            ident = headers["webhook-id"]
            assert ident == f"{snapshot.campaign.place.chain_id}-{event['hash']}-{event['log']}"
            signed = f"{ident}.{headers['webhook-timestamp']}.".encode() + body
            right = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
            assert headers["webhook-signature"] == f"v1,{right}"
            assert json.loads(body)["data"]["event"] == event
        with delivering(url, tmp_path / "state") as hooks:  # a restart
            hooks(later(snapshot, 99))
            assert len(receiver.wait_for(6)) == 6
        assert receiver.got[-1][0]["webhook-id"].endswith("-99")


def test_a_receiver_that_fails_is_asked_again_with_the_same_message(snapshot, tmp_path, monkeypatch):
    monkeypatch.setattr(webhooks, "FIRST_PAUSE_S", 0.01)
    with receiving() as (receiver, url), delivering(url, tmp_path / "state") as hooks:
        receiver.refuse = 3
        hooks(snapshot)
        got = receiver.wait_for(5)
    assert [headers["webhook-id"].split("-")[1] for headers, _ in got] == [event["hash"] for event in snapshot.events]


def test_what_was_not_delivered_is_delivered_after_a_restart(snapshot, tmp_path):
    with delivering("http://127.0.0.1:9/", tmp_path / "state") as hooks:
        hooks(snapshot)
    with receiving() as (receiver, url), delivering(url, tmp_path / "state") as hooks:
        hooks(snapshot)
        assert len(receiver.wait_for(5)) == 5


def test_the_first_start_begins_at_the_head_and_the_next_where_it_stopped(snapshot, tmp_path):
    with receiving() as (receiver, url):
        hooks = Webhooks(url, SECRET, tmp_path / "state")
        hooks(snapshot)
        thread = threading.Thread(target=hooks.run)
        thread.start()
        try:
            while hooks.skipping:
                threading.Event().wait(0.01)
            hooks(later(snapshot, 98))
            receiver.wait_for(1)
        finally:
            hooks.stop()
            thread.join(timeout=20)
        again = Webhooks(url, SECRET, tmp_path / "state")
        again(later(snapshot, 98, 99))
        assert [ident.rpartition("-")[2] for ident, _ in again.waiting] == ["99"]
    assert [headers["webhook-id"].rpartition("-")[2] for headers, _ in receiver.got] == ["98"]


@pytest.mark.parametrize("text", ["", "whsec_c2hvcnQ=", "no base64 at all!"])
def test_a_bad_secret_is_one_line(tmp_path, text):
    (tmp_path / "secret").write_text(text)
    with pytest.raises(InputError, match="expected whsec_"):
        read_secret(tmp_path / "secret")
