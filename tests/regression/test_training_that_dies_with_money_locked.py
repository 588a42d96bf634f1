"""A metric or a function of the user's that went wrong ended a campaign with a traceback, its money locked.

Whole campaigns on the chain inside the process, with a task of this file: two clients, one edge, one owner.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cofund import ClientScript, EdgeScript, OwnerScript, OwnTask, Plan, Script
from cofund.campaign.launch import cast_of
from cofund.campaign.replay import replay
from cofund.campaign.run import run_campaign
from cofund.campaign.verify import verify
from cofund.campaign.workspace import Workspace
from cofund.chain.node import EmbeddedNode
from cofund.errors import CheckFailed, InputError
from cofund.report.html import render_report
from cofund.training.plan import Federation
from cofund.training.task import Task
from cofund.training.tasks.numpy_task import numpy_task

NAN = float("nan")
MEMBERS = Federation((("north", ("a", "b")),), {"a": 3, "b": 4}, {"coordinator": "campaign"})
EARLIER = Federation((("north", ("a", "b")),), {"a": 30, "b": 40}, {"coordinator": "rehearsal"})


def rising(arrays: Any) -> float:
    return 1 - 2.0 ** -float(arrays[0][0])


def step(arrays: Any, data: int) -> tuple[Any, int]:
    return [arrays[0] + 1], data


@dataclass
class Faults:
    """What the functions of the task do, by the model that they get: one more in every round."""

    initial: Callable[[int], Any] = lambda _: [np.zeros(2)]
    train: Callable[[Any, int], Any] = step
    evaluate: Callable[[Any], Any] = rising
    rehearsed: Callable[[Any], Any] = rising


NOW = Faults()


def first(seed: int) -> Any:
    return NOW.initial(seed)


def learn(arrays: Any, data: int, steps: int, seed: int) -> Any:
    del steps, seed
    return step(arrays, data) if data >= 30 else NOW.train(arrays, data)


def evaluate(arrays: Any, data: str) -> Any:
    return (NOW.rehearsed if data == "rehearsal" else NOW.evaluate)(arrays)


def task(plan: Plan) -> Task:
    del plan
    return numpy_task("count", first, learn, evaluate)


TASK = OwnTask("count", task, parties=lambda: MEMBERS, rehearsed=lambda: EARLIER)
SCRIPT = Script(
    name="Counting",
    task=f"{__name__}:TASK",
    plan=Plan(rounds=5, local_steps=1, edge_rounds=1),
    cohort=2,
    ceiling=100,
    coordinator_fee=1,
    goal=1,
    edges=(EdgeScript("north", "North", capacity=2, fee=1),),
    owners=(OwnerScript("owner", "Owner", weight=1, bid=10**9, escrow=2 * 10**9),),
    clients=tuple(ClientScript(each, each, "north", cost=20) for each in "ab"),
)


@pytest.fixture(autouse=True)
def _mended() -> Iterator[None]:
    yield
    vars(NOW).update(vars(Faults()))


def run(folder: Path, script: Script = SCRIPT) -> dict[str, Any]:
    workspace = Workspace(folder)
    accounts = [account.address for account in cast_of(script, workspace.seed()).all()]
    return run_campaign(script, EmbeddedNode(accounts, workspace.journal()), workspace)


def failing(*_: Any) -> Any:
    raise OSError("disk full\nsecond line")


class Silent(BaseException):
    """An error that is none of Python's, and cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError


def silent(*_: Any) -> Any:
    raise Silent


def leaving(*_: Any) -> Any:
    sys.exit("bye")


METRICS: list[tuple[Any, tuple[str, int | None]]] = [
    (0.5, ("0.5000", 500_000_000)),
    (-34.25, ("-34.2500", -34_250_000_000)),
    (-0.0, ("0.0000", 0)),
    (-1e-7, ("0.0000", -100)),
    (1, ("1.0000", 10**9)),
    (np.float32(-0.5), ("-0.5000", -500_000_000)),
    (np.array(0.25), ("0.2500", 250_000_000)),
    (Fraction(1, 8), ("0.1250", 125_000_000)),
    (-2.5e12, ("-2.5e+12", -2_500_000_000_000 * 10**9)),
    (NAN, ("none", None)),
    (np.float64("-inf"), ("none", None)),
    (1e300, ("none", None)),
    (10**400, ("none", None)),
    (None, ("none", None)),
    (True, ("none", None)),
    ("0.5", ("none", None)),
    (np.array([0.1, 0.2]), ("none", None)),
    (0.5 + 0.5j, ("none", None)),
    (failing, ("none", None)),
    (silent, ("none", None)),
    (leaving, ("none", None)),
    (-0.75, ("-0.7500", -750_000_000)),
]


def test_whatever_the_metric_is_every_round_is_recorded_with_it_or_with_none(tmp_path: Path) -> None:
    def measured(arrays: Any) -> Any:
        metric = METRICS[int(arrays[0][0]) - 1][0]
        return metric() if callable(metric) else metric

    NOW.evaluate = measured
    record = run(tmp_path, replace(SCRIPT, plan=replace(SCRIPT.plan, rounds=len(METRICS))))
    assert [(row["metric"], row["metric_ppb"]) for row in record["rounds"]] == [recorded for _, recorded in METRICS]
    assert record["conservation"]["held"] == "0"
    json.dumps(record, allow_nan=False)
    verify(tmp_path / "record.json", SCRIPT.task)
    replay(record, tmp_path)
    page = render_report(record)
    assert "goes from 0.5000 after round 1 to -0.7500 after round 22" in page
    assert "NaN" not in page
    assert "nan" not in page


REFUSED = {
    "all out of norm": (lambda arrays, _: ([arrays[0] + 99], 1), r"The norm of the update is 140, above the bound"),
    "not finite": (
        lambda arrays, _: ([arrays[0] * np.nan], 1),
        r"not finite. \(Returned by learn in test_tr.*py",
    ),
    "another form": (lambda *_: ([np.zeros(3)], 1), r"array 0 is float32 \(3,\), expected float32 \(2,\)"),
    "complex": (lambda *_: ([np.zeros(2, complex)], 1), r"an array of complex128; expected real numbers"),
    "negative samples": (lambda arrays, _: (arrays, -1), r"The number of samples is not an integer from 1 to 1048576"),
    "nothing": (lambda *_: None, r"The answer is not a model with a number of samples. \(Returned by learn in"),
}


@pytest.mark.parametrize(
    ("train", "reason"),
    [*REFUSED.values(), (failing, "OSError: disk full"), (silent, "Silent"), (leaving, "SystemExit: bye")],
    ids=[*REFUSED, "an error", "a silent error", "an exit"],
)
def test_a_round_to_which_nobody_delivers_stops_the_run_which_goes_on_once_mended(
    train: Callable[..., Any], reason: str, tmp_path: Path
) -> None:
    NOW.train = lambda arrays, data: (step if arrays[0][0] < 2 else train)(arrays, data)
    for _ in range(2):
        with pytest.raises(CheckFailed, match=f"^round 3: nobody delivered. a and 1 more: .*{reason}") as stopped:
            run(tmp_path)
        assert "\n" not in str(stopped.value)
        kept = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
        assert kept == ["round-0001.json", "round-0002.json"]
    NOW.train = step
    record = run(tmp_path)
    assert [row["metric"] for row in record["rounds"]] == ["0.5000", "0.7500", "0.8750", "0.9375", "0.9688"]
    assert [row["delivered"] for row in record["rounds"]] == [2] * 5
    assert record["conservation"]["held"] == "0"


@pytest.mark.parametrize("failing", [failing, silent, leaving])
def test_one_client_whose_function_fails_costs_nobody_else_a_round(failing: Callable[[], Any], tmp_path: Path) -> None:
    NOW.train = lambda arrays, data: step(arrays, data) if data == 3 else failing()
    record = run(tmp_path)
    assert [(row["delivered"], row["missing"]) for row in record["rounds"]] == [(1, ["b"])] * 5


@pytest.mark.parametrize(
    ("initial", "said"),
    [
        (failing, r"it raised OSError: disk full$"),
        (silent, r"it raised Silent$"),
        (leaving, r"it raised SystemExit: bye$"),
        (lambda _: [np.zeros(2, complex)], r"an array of complex128; expected real numbers"),
        (lambda _: [], "expected a model with at least one value"),
        (lambda _: [np.full(2, np.inf)], "expected values that are finite"),
        (lambda _: None, r"The arrays are no model"),
    ],
)
def test_a_first_model_that_is_none_is_one_sentence_before_anything_is_created(
    initial: Callable[[int], Any], said: str, tmp_path: Path
) -> None:
    NOW.initial = initial
    with pytest.raises((InputError, CheckFailed), match=said) as refused:
        run(tmp_path)
    assert "test_training_that_dies_with_money_locked.py, line" in str(refused.value)
    assert not (tmp_path / "terms.json").exists()


@pytest.mark.parametrize(("metric", "said"), [(NAN, "a finite number, got nan"), ("x", "str")])
def test_a_rehearsal_without_a_metric_makes_no_curve(metric: Any, said: str, tmp_path: Path) -> None:
    NOW.rehearsed = lambda arrays: metric if arrays[0][0] == 3 else rising(arrays)
    with pytest.raises(CheckFailed, match=rf"^rehearsal: round 3: no metric.* coordinator: No metric: .*{said}"):
        run(tmp_path)
    assert not (tmp_path / "terms.json").exists()
