"""A party trains a task that campaigns know on its own data, or what a function of its own machine returns."""

from dataclasses import replace
from pathlib import Path

import pytest

from cofund.cli.party_task import party_task
from cofund.errors import InputError
from cofund.training.engines.nvflare.layout import EdgeServer, Layout
from cofund.training.plan import Plan

LAYOUT = Layout("air-quality", Plan(), "c:1", (EdgeServer("BB", "e:1", ("DEBB053", "DEBB075")),))


def test_a_client_gets_its_own_data_and_the_coordinator_none() -> None:
    task, data, validation = party_task(LAYOUT, "DEBB053")
    assert task.train(task.initial(1), data, 1, 1)[1] == len(data.exceeded)
    assert 0 < task.evaluate(task.initial(1), validation) < 1
    assert party_task(LAYOUT)[1:] == (None, None)


def test_a_function_of_the_user_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "def ours(plan, client):\n    return plan.seed, client, 'v'\n\ndef wrong(plan):\n    return 1\n"
    (tmp_path / "ward_task.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert party_task(replace(LAYOUT, task="ward_task:ours"), "DEBB053") == (1, "DEBB053", "v")
    for task in ("ward_task:wrong", "ward_task:missing", "no_such_module:ours"):
        with pytest.raises(InputError, match=f"training: task: module:function .* {task}: "):
            party_task(replace(LAYOUT, task=task), "DEBB053")


def test_an_unknown_task_is_refused() -> None:
    with pytest.raises(InputError, match="expected one of air-quality"):
        party_task(replace(LAYOUT, task="weather"))


def test_a_task_of_a_campaign_s_own_gives_a_client_its_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
from cofund import OwnTask
from cofund.training.plan import Federation
EVERYBODY = Federation((("BB", ("a", "b")),), {"a": 1, "b": 2}, {"b": 3, "coordinator": 4})
TASK = OwnTask("accuracy", lambda plan: plan.seed, parties=lambda: EVERYBODY, rehearsed=lambda: EVERYBODY)
"""
    (tmp_path / "own_ward.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    layout = replace(LAYOUT, task="own_ward:TASK")
    assert [party_task(layout, client) for client in ("a", "b", None)] == [(1, 1, None), (1, 2, 3), (1, None, None)]
