"""A training goes on when clients or edges fail, and goes on from a checkpoint as if it had never stopped."""

import hashlib
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cofund.errors import CheckFailed, InputError
from cofund.training import checkpoints
from cofund.training.deliveries import NO_DIGEST, bitmaps, updates_root
from cofund.training.edge import StartingPoint, local_seed
from cofund.training.engines.in_process import InProcess
from cofund.training.engines.unreliable import Outage, Unreliable
from cofund.training.hierfavg import Round, train_rounds
from cofund.training.model import Model, model_digest
from cofund.training.plan import Federation, Plan
from cofund.training.task import Task
from cofund.training.tasks import air_quality
from cofund.training.tasks.air_quality_parties import federation

CLIENTS = ("DEBB053", "DEBB075", "DEBE032", "DENI019", "DENI051")
PLAN = Plan(local_steps=2, edge_rounds=2, rounds=4, seed=5)


@pytest.fixture(scope="module")
def members() -> Federation:
    return federation(CLIENTS, history_days=365)


@pytest.fixture
def task() -> Task:
    return air_quality.task(PLAN)


def digests(rounds: list[Round]) -> list[bytes]:
    return [each.digest for each in rounds]


def failing(task: Task, data: Any, answer: Any) -> Task:
    """The task, but the client that holds ``data`` answers something else (an exception is raised)."""

    def train(model: Model, own: Any, steps: int, seed: int) -> tuple[Model, int]:
        if own is not data:
            return task.train(model, own, steps, seed)
        if isinstance(answer, Exception):
            raise answer
        changed: tuple[Model, int] = answer(model)
        return changed

    return replace(task, train=train)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (RuntimeError("disk full\nsecond line"), "RuntimeError: disk full."),
        (ValueError(), "ValueError."),
        (lambda model: (model[:2], 10), "The arrays are"),
        (lambda model: ((*model[:2], np.full(1, np.nan, "<f4")), 10), "The model holds a value that is not finite."),
        (
            lambda model: ((*model[:2], np.full(1, 99, "<f4")), 10),
            "The norm of the update is 101, above the bound of 8.",
        ),
        (lambda model: (model, 0), "The number of samples is not"),
        (lambda _: "nothing", "The answer is not a model"),
    ],
)
def test_a_failed_client_is_left_out_recorded_and_the_round_equals_one_without_it(
    members: Federation, task: Task, answer: Any, reason: str
) -> None:
    broken = failing(task, members.data["DENI051"], answer)
    (with_it,) = train_rounds(broken, InProcess(), members, replace(PLAN, rounds=1))
    (without_it,) = train_rounds(task, InProcess(), federation(CLIENTS[:-1], history_days=365), replace(PLAN, rounds=1))
    assert with_it.digest == without_it.digest
    assert with_it.deliveries[:-1] == without_it.deliveries
    refused = with_it.deliveries[-1]
    assert (refused.client, refused.accepted, refused.samples, refused.digest) == ("DENI051", False, 0, NO_DIGEST)
    assert refused.reason.startswith(reason)
    assert refused.reason.count("\n") == 0
    assert with_it.updates_root == updates_root(with_it.deliveries) != without_it.updates_root


def test_an_outage_costs_exactly_its_rounds(members: Federation, task: Task) -> None:
    engine = Unreliable(InProcess(), (Outage("DEBE032", 2, 3), Outage("NI", 4, 4)))
    rounds = list(train_rounds(task, engine, members, PLAN))
    maps = bitmaps(delivery for each in rounds for delivery in each.deliveries)
    assert maps == {"DEBB053": 15, "DEBB075": 15, "DEBE032": 0b1001, "DENI019": 0b0111, "DENI051": 0b0111}
    reasons = {(d.client, d.round): d.reason for each in rounds for d in each.deliveries if not d.accepted}
    assert reasons["DEBE032", 2] == "ConnectionError: DEBE032 cannot be reached."
    assert reasons["DENI019", 4] == "Edge NI failed. ConnectionError: NI cannot be reached."
    assert len(reasons) == 4


def test_the_model_stays_if_nobody_delivers(members: Federation, task: Task) -> None:
    engine = Unreliable(InProcess(), tuple(Outage(client, 2, 2) for client in CLIENTS))
    first, second, third = train_rounds(task, engine, members, replace(PLAN, rounds=3))
    assert second.digest == first.digest != third.digest
    assert not any(delivery.accepted for delivery in second.deliveries)
    assert all(delivery.accepted for delivery in third.deliveries)


def test_a_client_that_fails_in_the_second_edge_round_is_not_accepted(members: Federation, task: Task) -> None:
    calls: list[int] = []

    def train(model: Model, own: Any, steps: int, seed: int) -> tuple[Model, int]:
        if own is members.data["DENI051"]:
            calls.append(seed)
            if len(calls) == 2:
                raise TimeoutError("gone")
        return task.train(model, own, steps, seed)

    plan = replace(PLAN, edge_rounds=3, rounds=1)
    (finished,) = train_rounds(replace(task, train=train), InProcess(), members, plan)
    assert len(calls) == 2, "left out of the third edge round"
    assert [delivery.accepted for delivery in finished.deliveries] == [True, True, True, True, False]
    assert finished.deliveries[-1].reason == "TimeoutError: gone."


def test_a_late_client_is_left_out(members: Federation, task: Task) -> None:
    def train(model: Model, own: Any, steps: int, seed: int) -> tuple[Model, int]:
        if own is members.data["DEBB075"]:
            time.sleep(0.6)
        return task.train(model, own, steps, seed)

    plan = replace(PLAN, rounds=1, edge_rounds=1, timeout=0.5)
    (finished,) = train_rounds(replace(task, train=train), InProcess(), members, plan)
    assert finished.deliveries[1].reason == "No answer within 0.5 seconds."


def test_the_delivery_digest_covers_the_updates_of_all_edge_rounds(members: Federation, task: Task) -> None:
    alone = Federation((("BY", ("DEBB053",)),), {"DEBB053": members.data["DEBB053"]})
    plan = replace(PLAN, rounds=1)
    (finished,) = train_rounds(task, InProcess(), alone, plan)
    model, updates = task.initial(plan.seed), []
    for edge_round in (1, 2):
        seed = local_seed(plan, StartingPoint(1, edge_round, model), "DEBB053")
        after, samples = task.train(model, alone.data["DEBB053"], plan.local_steps, seed)
        change = tuple(a - b for a, b in zip(after, model, strict=True))
        updates.append((change, samples))
        fixed = [np.rint(array.astype(float) * 2**24) / 2**24 for array in change]
        model = tuple((a + b).astype("<f4") for a, b in zip(model, fixed, strict=True))
    hashed = b"".join(samples.to_bytes(8) + model_digest(change) for change, samples in updates)
    assert finished.deliveries[0].digest == hashlib.sha256(hashed).digest()
    assert finished.metric is None


def test_going_on_from_a_checkpoint_gives_the_same_rounds(members: Federation, task: Task, tmp_path: Path) -> None:
    whole = list(train_rounds(task, InProcess(), members, PLAN))
    for finished in whole[:2]:
        checkpoints.save(tmp_path, finished)
    found = checkpoints.latest(tmp_path)
    assert found is not None
    assert found.number == 2
    rest = list(train_rounds(task, InProcess(), members, PLAN, start=(found.number, found.model)))
    assert digests(rest) == digests(whole[2:])
    assert [each.updates_root for each in rest] == [each.updates_root for each in whole[2:]]
    assert [each.metric for each in rest] == [each.metric for each in whole[2:]]
    loaded = checkpoints.load_all(tmp_path)
    assert [(each.deliveries, each.metric, model_digest(each.model)) for each in loaded] == [
        (each.deliveries, each.metric, each.digest) for each in whole[:2]
    ]


def test_an_unfinished_write_is_no_checkpoint_and_an_altered_one_is_refused(
    members: Federation, task: Task, tmp_path: Path
) -> None:
    assert checkpoints.latest(tmp_path) is None
    (finished,) = train_rounds(task, InProcess(), members, replace(PLAN, rounds=1))
    path = checkpoints.save(tmp_path, finished)
    (tmp_path / "round-0002.tmp").write_text("{", encoding="utf-8")
    assert [each.name for each in tmp_path.glob("*.json")] == ["round-0001.json"]
    found = checkpoints.latest(tmp_path)
    assert found is not None
    assert found.number == 1
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"samples": ', '"samples": 1', 1), encoding="utf-8")
    with pytest.raises(CheckFailed, match="recorded digests"):
        checkpoints.load(path)
    path.write_text(text.replace("cofund.checkpoint/1", "cofund.checkpoint/2"), encoding="utf-8")
    with pytest.raises(InputError, match="schema"):
        checkpoints.load(path)
    for broken in (text[:-20], "[" * 100_000):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(InputError, match="a checkpoint file"):
            checkpoints.load(path)


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"rounds": 0}, "plan: rounds: at least 1"),
        ({"rounds": 257}, "plan: rounds: at most 256"),
        ({"edge_rounds": 0}, "plan: edge_rounds: at least 1"),
        ({"learning_rate": float("nan")}, "plan: learning_rate: a positive number"),
        ({"norm_bound": 16.5}, "plan: norm_bound: above 0 and at most 16.0"),
    ],
)
def test_wrong_terms_are_refused(terms: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Plan(**terms)


def test_a_federation_too_large_for_the_sums_is_refused(task: Task) -> None:
    clients = tuple(f"client {n}" for n in range(8193))
    crowd = Federation((("edge", clients),), dict.fromkeys(clients))
    with pytest.raises(InputError, match="clients times edge rounds of at most 16384"):
        next(train_rounds(task, InProcess(), crowd, PLAN))


def test_a_client_under_two_edges_or_without_data_is_refused() -> None:
    with pytest.raises(InputError, match="every client under one edge"):
        Federation((("a", ("x",)), ("b", ("x",))), {"x": 0})
    with pytest.raises(InputError, match="data of client y"):
        Federation((("a", ("x", "y")),), {"x": 0})
