"""Packaged tasks load what is there, refuse what is wrong with one line, and learn."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cofund.errors import InputError
from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import train_rounds
from cofund.training.plan import Plan
from cofund.training.tasks import digits, images, table
from cofund.training.tasks.named import TASKS, drawn_cohort, task_alone
from cofund.training.tasks.own import CampaignTask


def last_metric(found: CampaignTask, plan: Plan, rounds: int) -> float:
    plan = replace(plan, rounds=rounds)
    *_, last = train_rounds(found.task(plan), InProcess(), found.rehearsal(), plan)
    assert last.metric is not None
    return last.metric


def test_digits_are_split_once_for_all_and_learnt() -> None:
    train, test = digits.load()
    assert (len(train), len(test), train.inputs.shape[1]) == (1437, 360, 65)
    assert set(test.labels.tolist()) == set(range(10))
    assert train.inputs.max() == 1
    assert train.inputs.min() == 0
    assert last_metric(*task_alone("digits", {"clients": 10, "edges": 2, "alpha": 10.0}), 20) > 0.9


def idx(array: np.ndarray) -> bytes:
    header = bytes((0, 0, 8, array.ndim)) + b"".join(side.to_bytes(4) for side in array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Images of two classes that differ in their left half; one file is compressed, the others are not."""
    draw = np.random.default_rng(1)
    for name, rows in (("train", 200), ("t10k", 50)):
        labels = draw.integers(0, 2, rows)
        pictures = draw.integers(0, 120, (rows, 4, 4))
        pictures[:, :, :2] += (labels * 130)[:, None, None]
        (tmp_path / f"{name}-labels-idx1-ubyte").write_bytes(idx(labels))
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(idx(pictures))
    plain = tmp_path / "train-images-idx3-ubyte"
    plain.with_name(plain.name + ".gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    return tmp_path


def test_a_folder_of_idx_files_is_a_task(folder: Path) -> None:
    train, test = images.load(folder)
    assert (train.inputs.shape, len(test)) == ((200, 17), 50)
    assert float(train.inputs.max()) <= 1
    assert last_metric(*task_alone("images", {"clients": 8, "edges": 2, "alpha": 5.0}, folder), 5) > 0.95
    some, _ = images.load(folder, rows=20)
    assert len(some) == 20
    assert np.array_equal(some.inputs, images.load(folder, rows=20)[0].inputs)


@pytest.mark.parametrize("name", TASKS)
def test_every_packaged_task_trains(name: str, folder: Path) -> None:
    """A round of a new task is tried as soon as it has a name."""
    assert 0 <= last_metric(*task_alone(name, {}, folder if name == "images" else None), 1) <= 1


def spoil(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def do(folder: Path) -> None:
        path = folder / name
        path.write_bytes(change(path.read_bytes()))

    return do


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda folder: (folder / "t10k-labels-idx1-ubyte").unlink(), "t10k-labels-idx1-ubyte: no such file"),
        (spoil("t10k-labels-idx1-ubyte", lambda raw: raw[:-1]), "length: 50 bytes after the header"),
        (spoil("t10k-labels-idx1-ubyte", lambda raw: b"\0\0\x0d" + raw[3:]), "header: an IDX file of unsigned bytes"),
        (spoil("train-images-idx3-ubyte.gz", lambda raw: raw[:-9]), "a whole gzip file"),
        (spoil("t10k-labels-idx1-ubyte", lambda _: idx(np.zeros(49))), "as many labels as images, 50, got 49"),
    ],
)
def test_wrong_idx_files_are_named(folder: Path, harm: Callable[[Path], None], message: str) -> None:
    harm(folder)
    with pytest.raises(InputError, match=message):
        images.load(folder)


def test_more_images_than_there_are_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="train: at least 201 rows, got 200"):
        images.load(folder, rows=201)


TOML = """
[data]
file = "readings.csv"
label = "warning"
features = ["wind", "pm10"]
client = "station"
edge = "network"
[scale]
pm10 = [30, 15]
[model]
hidden = [4]
[plan]
rounds = 12
local_steps = 10
edge_rounds = 1
learning_rate = 0.5
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    draw = np.random.default_rng(2)
    lines = ["station,network,day,wind,pm10,warning"]
    for station, network in (("s1", "north"), ("s2", "north"), ("s3", "south")):
        for day in range(60):
            pm10 = draw.normal(30, 15)
            lines.append(f"{station},{network},{day},{draw.normal():.3f},{pm10:.2f},{'yes' if pm10 > 35 else 'no'}")
    (tmp_path / "readings.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "task.toml").write_text(TOML, encoding="utf-8")
    return tmp_path / "task.toml"


def test_a_csv_file_is_a_task_without_code(own: Path) -> None:
    found = table.load(own, everybody=True)
    assert found.federation.edges == (("north", ("s1", "s2")), ("south", ("s3",)))
    assert (found.sizes, found.classes) == ((2, 4, 2), ("no", "yes"))
    assert (found.plan.rounds, found.plan.learning_rate, found.plan.batch) == (12, 0.5, 32)
    assert {name: len(data) for name, data in found.federation.data.items()} == {"s1": 48, "s2": 48, "s3": 48}
    assert {name: len(data) for name, data in found.federation.validation.items()} == {"s1": 12, "s2": 12, "s3": 12}
    inputs = np.concatenate([data.inputs for data in found.federation.data.values()])
    assert abs(inputs[:, 1].mean()) < 0.3, "scaled by the public constants"
    assert last_metric(*task_alone(str(own), {}), 12) > 0.9


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'label = "warning"',
            'label = "alarm"',
            "readings.csv: alarm: expected one column of this name, got",
        ),
        ('label = "warning"', "", r"task.toml: data.label: expected a value, but the field is missing"),
        (
            'label = "warning"',
            'label = "network"\nlabels = 3',
            "data.labels: unknown field; expected one of file",
        ),
        ('features = ["wind", "pm10"]', "features = []", "data.features: expected a list of different columns"),
        (
            'features = ["wind", "pm10"]',
            'features = ["pm10", "network"]',
            "readings.csv, line 2: network: a number, got 'north'",
        ),
        (
            "pm10 = [30, 15]",
            "pm10 = [30, 0]",
            r"scale.pm10: expected \[centre, spread\], two numbers, the spread",
        ),
        ("pm10 = [30, 15]", "day = [30, 1]", "scale.day: unknown field; expected one of wind, pm10"),
        ("hidden = [4]", "hidden = [0]", r"model.hidden\[0\]: expected a whole number above 0, got 0"),
        ("rounds = 12", "round = 12", "plan.round: unknown field; expected one of local_steps"),
        ("rounds = 12", "rounds = 1.5", "plan.rounds: expected an integer, got 1.5"),
        ("rounds = 12", "rounds = 0", "plan.rounds: at least 1"),
        ("[scale]", "[scales]", "scales: unknown field; expected one of data, scale"),
        ("[scale]", "[scale", "task.toml: a TOML file"),
        (
            'edge = "network"',
            'edge = "network"\ntest_share = 1',
            "data.test_share: expected a number above 0",
        ),
        ('edge = "network"', 'edge = "day"', r"line 3: day: one edge a client; s1 was at 0"),
        ('file = "readings.csv"', 'file = "absent.csv"', "absent.csv: no such file"),
    ],
)
def test_a_wrong_table_is_one_clear_line(own: Path, old: str, new: str, message: str) -> None:
    text = own.read_text(encoding="utf-8")
    assert old in text
    own.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=message) as refusal:
        table.load(own, everybody=True)
    assert "\n" not in str(refusal.value)


def test_wrong_cells_are_named_by_line(own: Path) -> None:
    path = own.with_name("readings.csv")
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[7].split(",")
    for place, value, message in (
        (4, "nan", "line 8: pm10: a number, got 'nan'"),
        (0, "", "line 8: station: not empty"),
    ):
        changed = [*cells[:place], value, *cells[place + 1 :]]
        path.write_text("\n".join([*lines[:7], ",".join(changed), *lines[8:]]) + "\n", encoding="utf-8")
        with pytest.raises(InputError, match=message):
            table.load(own, everybody=True)
    path.write_text(lines[0] + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="at least one row"):
        table.load(own, everybody=True)
    path.write_text("\n".join([lines[0], lines[1]]) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="warning: at least two different labels"):
        table.load(own, everybody=True)


def test_a_cohort_is_drawn_by_the_seed_alone(own: Path) -> None:
    members = table.load(own, everybody=True).federation
    for size in (1, 2, 3):
        cohort = drawn_cohort(members, size, seed=4)
        assert len(cohort.clients) == size
        assert cohort.edges == drawn_cohort(members, size, seed=4).edges
    assert len({drawn_cohort(members, 1, seed).clients for seed in range(20)}) == 3
    with pytest.raises(InputError, match="from 1 to the number of clients, 3, got 4"):
        drawn_cohort(members, 4, seed=1)
