"""A store keeps artifacts whole or not at all, reads no more than asked, and every refusal is one line."""

import os
from pathlib import Path

import pytest

from cofund.campaign.published import publish_round, read_round
from cofund.campaign.store import Store, announced
from cofund.errors import CheckFailed, InputError
from cofund.training.deliveries import Delivery, updates_root


@pytest.mark.parametrize("kind", ["folder", "file", "memory"])
def test_what_was_put_is_what_is_got(kind: str, tmp_path: Path) -> None:
    store = Store({"folder": str(tmp_path), "file": f"file://{tmp_path}", "memory": f"memory://{tmp_path.name}"}[kind])
    assert not store.has("boxes/a.box")
    for content in (b"first", b"second"):
        store.put("boxes/a.box", content)
        assert store.get("boxes/a.box") == content
    assert store.has("boxes/a.box")
    assert not store.has("boxes/a.box.part")


def test_a_missing_an_oversized_and_a_strange_artifact_are_one_line_each(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.put("ten", bytes(10))
    os.mkfifo(tmp_path / "pipe")
    assert store.get("ten", 10) == bytes(10)
    for name, says in (("none", "no such artifact"), ("ten", "at most 9 bytes"), ("pipe", "expected a file")):
        with pytest.raises(InputError, match=says):
            store.get(name, 9)


def test_what_was_delivered_in_another_round_counts_for_no_round_under_whose_root_it_is(tmp_path: Path) -> None:
    """A coordinator that records the deliveries of one round for the next would have them paid twice."""
    store, first = Store(str(tmp_path)), [Delivery("a", "north", 1, True, "", 9, bytes(32))]
    for number in (1, 2):
        publish_round(store, number, first)
    assert read_round(store, 1, updates_root(first)) == tuple(first)
    with pytest.raises(CheckFailed, match="not the deliveries that were recorded on chain for round 2"):
        read_round(store, 2, updates_root(first))


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(str(tmp_path))
    store.put("terms.json", b"whole")

    def torn(_: object, path: str, content: bytes) -> None:
        Path(path).write_bytes(content[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fsspec.implementations.local.LocalFileSystem.pipe_file", torn)
    with pytest.raises(InputError, match=r"terms.json: cannot be written: No space left on device"):
        store.put("terms.json", b"changed")
    assert list(tmp_path.iterdir()) == [tmp_path / "terms.json"]
    assert store.get("terms.json") == b"whole"


@pytest.mark.parametrize(
    "url", ["", "/etc", "ssh://host/x", "simplecache::https://host/x", "https://host/\x1b[2J", "reference://x"]
)
def test_a_location_on_a_strangers_word_is_read_only_where_that_is_harmless(url: str) -> None:
    with pytest.raises(InputError, match="--store"):
        announced(url)


def test_an_unknown_protocol_is_one_line() -> None:
    with pytest.raises(InputError, match="expected the URL of a store"):
        Store("nonsense://x")
