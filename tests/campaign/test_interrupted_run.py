"""kill -9 at any moment loses nothing: the same command goes on, and nothing is sent twice."""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sent_notes import sent_notes

COFUND = Path(sys.executable).parent / "cofund"


def run_until(folder: Path, journal_lines: int) -> bool:
    """Start the demo; kill it when its journal has so many lines. True if it was killed."""
    command = [str(COFUND), "demo", "--quiet", "--out", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        journal = folder / "journal.jsonl"
        while process.poll() is None:
            if journal.exists() and journal.read_bytes().count(b"\n") >= journal_lines:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                return True
            time.sleep(0.01)
        assert process.returncode == 0, process.stderr.read().decode()
    return False


def test_a_killed_demo_goes_on_where_it_was(tmp_path, demo_record) -> None:
    folder = tmp_path / "demo"
    first, second = sorted(random.sample(range(20, 400), 2))
    assert run_until(folder, first)
    sent = (folder / "journal.jsonl").read_text().splitlines()
    assert run_until(folder, second), (first, second)
    assert (folder / "journal.jsonl").read_text().splitlines()[: len(sent) - 1] == sent[: len(sent) - 1]
    assert not run_until(folder, 10**6)
    record = json.loads((folder / "record.json").read_text())
    for same in ("outcome", "instance", "gains", "conservation"):
        assert record[same] == demo_record[same], (first, second)
    assert sent_notes(record) == sent_notes(demo_record), (first, second)
    assert len({entry["hash"] for entry in record["transactions"]}) == len(demo_record["transactions"])


def test_secrets_are_readable_by_their_owner_only(demo_folder) -> None:
    secrets = {"owner-opening": 7, "signed-offer": 32, "offers/*": 32, "places/*": 32, "book": 13}
    found = {name: [*demo_folder.glob(f"parties/*/*/*/{name}.json")] for name in secrets}
    assert {name: len(paths) for name, paths in found.items()} == secrets
    for path in (demo_folder / "accounts.json", *itertools.chain(*found.values())):
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_full_disk_is_one_line_that_names_the_file(monkeypatch, capsys) -> None:
    """The kernel's own full device: every write to it fails with ENOSPC."""
    from cofund.chain.journal import Journal
    from cofund.cli import main as program

    def write(*_: object, **__: object) -> None:
        journal = Journal()
        journal.path = Path("/dev/full")
        journal._append({"note": "x"})

    monkeypatch.setattr(program, "cli", write)
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "error: /dev/full: No space left on device\n"
