"""``cofund report``: where it writes, and one line for everything that is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cofund.report.html import render_report


def report(*arguments: object, cwd: Path) -> "subprocess.CompletedProcess[str]":
    start = "from cofund.cli.main import main; main()"
    command = [sys.executable, "-c", start, "report", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


@pytest.fixture
def folder(tmp_path, demo_record_text):
    (tmp_path / "record.json").write_text(demo_record_text, encoding="utf-8")
    return tmp_path


def test_the_report_is_written_beside_the_record_and_its_path_printed(folder, demo_record):
    done = report(folder / "record.json", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{folder / 'report.html'}\n"
    assert (folder / "report.html").read_text(encoding="utf-8") == render_report(demo_record)


def test_it_is_written_where_it_is_asked_for(folder):
    done = report("record.json", "-o", "other.html", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "other.html\n")
    assert (folder / "other.html").exists()
    assert not (folder / "report.html").exists()


def damaged(record, path, value):
    *parents, last = path
    inner = record
    for key in parents:
        inner = inner[key]
    inner[last] = value
    return json.dumps(record)


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (["schema"], "cofund.record/1", "cofund.record/1 is read by cofund at commit"),
        (["payments"], None, "expected a whole record"),
        (["terms"], {}, "expected a whole record"),
        (["gains", 0, "alone"], "high", "expected a whole record"),
        (["deliveries", 0], {"round": 1}, "expected a whole record"),
        (["instance", "cohort"], "three", "instance.cohort"),
        (["outcome", "rounds"], 1.5, "outcome.rounds"),
        (["surprise"], 1, "surprise"),
    ],
)
def test_a_damaged_record_is_one_line_with_exit_code_2(folder, demo_record, path, value, named):
    (folder / "record.json").write_text(damaged(demo_record, path, value), encoding="utf-8")
    done = report("record.json", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert named in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": "cofund.record/3"}', "\x00"])
def test_what_is_not_a_record_is_one_line_with_exit_code_2(tmp_path, content):
    (tmp_path / "record.json").write_text(content, encoding="utf-8")
    done = report("record.json", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "record.json" in done.stderr


def test_missing_files_and_folders_are_one_line_with_exit_code_2(folder):
    for arguments in (["missing.json"], ["record.json", "-o", "no/such/folder.html"], [folder]):
        done = report(*arguments, cwd=folder)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_a_wrong_outcome_is_not_explained_but_refused_with_exit_code_1(folder, demo_record):
    charge = str(int(demo_record["outcome"]["owners"][0]["charge"]) + 1)
    text = damaged(demo_record, ["outcome", "owners", 0, "charge"], charge)
    (folder / "record.json").write_text(text, encoding="utf-8")
    done = report("record.json", cwd=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert "outcome: not what serial gives" in done.stderr
