"""A campaign's terms can name a task of the user's own, and a record never makes anybody load one unasked."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from cofund import InputError, OwnTask, Plan
from cofund.campaign.demo import air_quality_script
from cofund.campaign.launch import cast_of, training_of
from cofund.campaign.run import run_campaign
from cofund.campaign.text import render
from cofund.campaign.verify import verify
from cofund.campaign.workspace import Workspace
from cofund.chain.node import EmbeddedNode
from cofund.cli.main import cli
from cofund.training.plan import Federation
from cofund.training.tasks.digits import task
from cofund.training.tasks.named import campaign_task, known, packaged_task, task_alone

ROWS = np.arange(3)
EVERYBODY = Federation(
    (("north", ("a", "b")), ("south", ("c",))), dict.fromkeys("abc", ROWS), {"a": ROWS, "c": ROWS, "coordinator": ROWS}
)
OWN = OwnTask("accuracy", task, parties=lambda: EVERYBODY, rehearsed=lambda: EVERYBODY)
NO_TASK = 7
HERE = __name__


def test_a_name_with_a_colon_is_a_module_and_its_attribute() -> None:
    assert campaign_task(f"{HERE}:OWN") is OWN
    assert campaign_task("air-quality") is packaged_task("air-quality")
    assert task_alone(f"{HERE}:OWN", {}) == (OWN, Plan())


@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("digits", f"expected {known()}, got digits"),
        ("no_such_module:TASK", "cannot load no_such_module:TASK: No module named"),
        (f"{HERE}:NOTHING", "has no attribute 'NOTHING'"),
        (":TASK", "cannot load :TASK"),
        (f"{HERE}:NO_TASK", "expected a task at .*, got int"),
    ],
)
def test_what_is_no_task_is_one_clear_line(name, finding) -> None:
    with pytest.raises(InputError, match=finding) as caught:
        campaign_task(name)
    assert str(caught.value).startswith("terms: training.task: ")
    assert "\n" not in str(caught.value)


def test_a_cohort_s_federation_is_its_clients_and_who_only_validates() -> None:
    cohort = OWN.federation(["b", "a"])
    assert cohort.edges == (("north", ("a", "b")),)
    assert set(cohort.validation) == {"a", "coordinator"}
    assert OWN.federation(EVERYBODY.clients) == EVERYBODY


def test_a_plan_that_terms_cannot_say_is_refused() -> None:
    script = air_quality_script()
    assert training_of(replace(script, plan=Plan(rounds=7)))["rounds"] == 7
    for plan in (Plan(norm_bound=1.0), Plan(rule="median"), Plan(timeout=1.0)):
        with pytest.raises(InputError, match="plan: expected a plan without"):
            training_of(replace(script, plan=plan))


def test_an_interrupted_campaign_does_not_go_on_with_another_plan(tmp_path) -> None:
    class Enough(Exception):
        pass

    class Impatient:
        def phase(self, title: str, total: int) -> None:
            pass

        def step(self, note: str) -> None:
            raise Enough(note)

    script, workspace = replace(air_quality_script(), plan=Plan(rounds=10)), Workspace(tmp_path)
    accounts = [account.address for account in cast_of(script, workspace.seed()).all()]
    with pytest.raises(Enough):
        run_campaign(script, EmbeddedNode(accounts, workspace.journal()), workspace, Impatient())
    other = replace(script, plan=Plan(rounds=11))
    with pytest.raises(InputError, match=r"terms\.json: training: expected that of this campaign"):
        run_campaign(other, EmbeddedNode(accounts, workspace.journal()), workspace)


def test_a_record_alone_makes_nobody_import_code(demo_record, tmp_path, monkeypatch) -> None:
    (tmp_path / "planted.py").write_text("from pathlib import Path\nPath(__file__).with_name('ran').touch()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    demo_record.pop("lines")
    demo_record["terms"]["training"]["task"] = "planted:TASK"
    path, page = tmp_path / "record.json", tmp_path / "report.html"
    path.write_text(render(demo_record))
    for named in (None, f"{HERE}:OWN"):
        with pytest.raises(InputError, match="planted:TASK is code, run only if you ask: --task planted:TASK"):
            verify(path, named)
    assert CliRunner().invoke(cli, ["report", str(path), "-o", str(page)]).exit_code == 0
    assert page.exists()
    assert "planted" not in sys.modules
    assert not (tmp_path / "ran").exists()
    with pytest.raises(InputError, match="cannot load planted:TASK"):
        verify(path, "planted:TASK")
    assert (tmp_path / "ran").exists(), "asked for, it is loaded"
    monkeypatch.delitem(sys.modules, "planted")
