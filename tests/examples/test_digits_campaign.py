"""The example is run as a user runs it; its record is verified on what could be another machine."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "digits_campaign.py"
GUIDE = ROOT / "docs" / "guide" / "bring-your-own-model.md"
TASK = "digits_campaign:TASK"


def python(*arguments: str | Path, modules: str = "") -> subprocess.CompletedProcess[str]:
    paths = [path for path in (modules, os.environ.get("PYTHONPATH", "")) if path]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "100"}
    command = [sys.executable, "-W", "error", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("digits") / "campaign"
    done = python(EXAMPLE, folder)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_it_trains_what_was_bought_and_says_where_the_report_is(finished) -> None:
    folder, printed = finished
    record = json.loads((folder / "record.json").read_text())
    first, last = record["rounds"][0], record["rounds"][-1]
    assert f"6 clients trained {last['round']} rounds: accuracy {last['metric']}" in printed
    assert float(last["metric"]) > max(0.75, float(first["metric"]))
    assert record["conservation"]["held"] == "0"
    assert len({owner["level"] for owner in record["outcome"]["owners"]}) > 1, "owners stop at different rounds"
    assert str(folder / "report.html") in printed


def test_the_record_is_verified_where_the_task_can_be_imported(finished) -> None:
    record = finished[0] / "record.json"
    done = python("-m", "cofund", "verify", "--replay", "--task", TASK, record, modules=str(EXAMPLE.parent))
    assert done.returncode == 0, done.stderr
    assert "models hashed and evaluated again: same digests and metrics" in done.stdout


def test_a_record_is_not_verified_where_the_task_is_missing(finished) -> None:
    done = python("-m", "cofund", "verify", "--task", TASK, finished[0] / "record.json")
    assert done.returncode == 2
    assert f"cannot load {TASK}" in done.stderr


def test_the_report_leaves_the_owners_gains_out_and_loads_no_task(finished, tmp_path) -> None:
    folder, again = finished[0], tmp_path / "again.html"
    done = python("-m", "cofund", "report", folder / "record.json", "-o", again)
    assert done.returncode == 0, done.stderr
    page = (folder / "report.html").read_text()
    assert again.read_text() == page
    assert "its gain is not measured" in page
    assert "Own data only" not in page


def test_what_the_guide_shows_is_the_example() -> None:
    shown = re.findall(r"^```py\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(shown) >= 2
    for piece in shown:
        assert piece in EXAMPLE.read_text(encoding="utf-8"), piece
