"""A receiver that sends a byte now and then, or a full disk, stopped every later event."""

import socket
import threading
from contextlib import contextmanager

from cofund.web import webhooks
from cofund.web.webhooks import Webhooks

SECRET = bytes(range(32))


@contextmanager
def dripping():
    """A receiver that never ends its answer, though it always goes on; its URL, and how often it was asked."""
    asked, over = [], threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip(connection) -> None:
            with connection:
                connection.sendall(b"HTTP/1.1 ")
                while not over.wait(0.05):
                    try:
                        connection.sendall(b"1")
                    except OSError:
                        return

        def accept() -> None:
            while not over.is_set():
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                asked.append(connection)
                threading.Thread(target=drip, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/", asked
        over.set()
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_a_receiver_that_never_ends_its_answer_is_cut_off_and_asked_again(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(webhooks, "LONGEST_S", 0.3)
    monkeypatch.setattr(webhooks, "FIRST_PAUSE_S", 0.01)
    with dripping() as (url, asked):
        hooks = Webhooks(url, SECRET, tmp_path / "state", from_start=True)
        hooks.waiting.append(("1-0x1-0", b"{}"))
        thread = threading.Thread(target=hooks.run)
        thread.start()
        while len(asked) < 2:
            assert thread.is_alive()
            threading.Event().wait(0.05)
        hooks.stop()
        thread.join(10)
        assert not thread.is_alive()


def test_what_was_accepted_while_the_disk_was_full_is_written_down_later_and_not_sent_again(tmp_path) -> None:
    posted = []
    hooks = Webhooks("http://127.0.0.1:9/", SECRET, tmp_path / "state", from_start=True)
    hooks._post = lambda ident, _: posted.append(ident) or True
    hooks.waiting.append(("1-0x1-0", b"{}"))
    hooks.state = tmp_path / "gone" / "state"
    assert hooks._next() is False
    hooks.state.parent.mkdir()
    assert hooks._next() is True
    assert posted == ["1-0x1-0"]
    assert hooks.state.read_text() == "1-0x1-0\n"
    assert not hooks.waiting
