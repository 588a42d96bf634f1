"""Report, statements, tables and terminal were written for metrics between 0 and 1 that every round has."""

import copy
from pathlib import Path
from typing import Any

import pytest

from cofund.report.figure_curve import _ticks
from cofund.report.html import render_report
from cofund.report.reading import read
from cofund.report.statements import write_statements
from cofund.report.table_files import write_tables
from cofund.report.tables import tables
from cofund.report.terminal import summary
from cofund.report.verdict import findings

NONE = ("none", None)


def with_metrics(record: dict[str, Any], *metrics: tuple[str, int | None]) -> dict[str, Any]:
    """The record, but its rounds have these metrics in turn."""
    changed = copy.deepcopy(record)
    for at, row in enumerate(changed["rounds"]):
        row["metric"], row["metric_ppb"] = metrics[at % len(metrics)]
    return changed


@pytest.mark.parametrize(
    "metrics",
    [
        (NONE,),
        (NONE, ("0.5000", 500_000_000)),
        (("-34.2500", -34_250_000_000), ("-12.0000", -12_000_000_000), NONE),
        (("-2.5e+12", -25 * 10**20), ("1e+60", 10**69)),
    ],
    ids=["none", "some", "negative", "huge"],
)
def test_everything_is_written_whatever_the_metrics_are(
    metrics: tuple[Any, ...], demo_record: dict[str, Any], tmp_path: Path
) -> None:
    record = with_metrics(demo_record, *metrics)
    page = render_report(record)
    assert f"goes from {metrics[0][0]} after round 1" in page
    assert "nan" not in page.lower().replace("finan", "")
    found = findings(read(record))
    write_statements(found, tmp_path / "statements")
    for kind in ("csv", "parquet"):
        write_tables(tables(found), tmp_path / "tables", kind)
    rounds = (tmp_path / "tables" / "rounds.csv").read_text("utf-8").splitlines()
    assert rounds[1].split(",")[2].lstrip("'") == metrics[0][0]
    summary(record)


def test_sites_without_a_metric_are_left_out_of_the_gain(demo_record: dict[str, Any], tmp_path: Path) -> None:
    record = copy.deepcopy(demo_record)
    for row in record["gains"]:
        row["alone"] = row["funded"] = row["final"] = None
    assert "At no site is there a metric to compare, so no gain is measured." in render_report(record)
    write_statements(findings(read(record)), tmp_path)
    summary(record)
    record = copy.deepcopy(demo_record)
    record["gains"][0]["alone"] = None
    assert "At no site" not in render_report(record)


@pytest.mark.parametrize("values", [[0.0], [0.5, 0.5], [-0.25, -0.125], [-3e4, 5.0], [-1e60, 1e60]])
def test_an_axis_has_a_handful_of_ticks_around_every_value(values: list[float]) -> None:
    step, low, high = _ticks(values)
    assert low <= min(values) * 1000 <= max(values) * 1000 <= high
    assert 1 <= (high - low) / step <= 8
