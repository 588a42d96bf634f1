"""``watch --train KIT`` starts ``cofund ROLE run`` when it is due, once, and says what keeps it from that."""

import fcntl
import time
from pathlib import Path

import pytest

from cofund.cli import role_training
from cofund.cli.connection import Signing
from cofund.cli.role_session import Session
from cofund.cli.role_training import Trainer
from cofund.errors import InputError

ADDRESS, URL = "0x" + "11" * 20, "http://127.0.0.1:9"


def trainer(role: str, kit: Path, account: str | None = None, password: Path | None = None) -> Trainer:
    signing = Signing(account, password, None, 7.5, yes=True, dry_run=False)
    return Trainer(Session(role, ADDRESS, URL, kit / "home", signing, None, None, as_json=False, quiet=True), kit)


def test_a_kit_may_arrive_later(tmp_path: Path) -> None:
    waiting = trainer("client", tmp_path / "kit")
    assert "no kit yet" in str(waiting.attend(due=True))
    assert waiting.attend(due=False) is None


def test_what_is_started_has_the_account_and_the_fees_of_the_watcher(tmp_path: Path) -> None:
    edge = trainer("edge", tmp_path, "keystore", tmp_path / "password").command()
    for name, value in {
        "--campaign": ADDRESS,
        "--rpc-url": URL,
        "--account": "keystore",
        "--max-fee-gwei": "7.5",
    }.items():
        assert edge[edge.index(name) + 1] == value
    assert trainer("client", tmp_path).command()[-3:] == ["client", "run", str(tmp_path)], "a client sends nothing"
    with pytest.raises(InputError, match="--password-file"):
        trainer("edge", tmp_path, "keystore").command()


def test_what_fails_is_said_in_its_last_words_and_started_again_later(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(role_training, "FIRST_PAUSE_S", 0.05)
    (tmp_path / "kit.json").write_text("no kit")
    failing, said = trainer("client", tmp_path), None
    while said is None:
        said = failing.attend(due=True)
        time.sleep(0.05)
    assert "cofund client run ended with 2: error: " in said
    assert str(tmp_path / "run.log") in said
    while failing.process is None:
        failing.attend(due=True)
    failing.end()
    assert failing.process is None


def test_what_an_earlier_watcher_started_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kit.json").write_text("no kit")
    with (tmp_path / role_training.LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        late = trainer("client", tmp_path)
        assert "at work already" in str(late.attend(due=True))
        assert late.process is None
