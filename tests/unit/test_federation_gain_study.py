"""The gain of federation: paired by seed, each station once, and histories that hold no more than they say."""

from dataclasses import replace

import numpy as np
import pytest

from cofund.data.air_quality.measurements import load
from cofund.study import federation_gain_study
from cofund.study.federation_histories import (
    ALL,
    HISTORIES,
    Measured,
    central,
    gain,
    gaining,
    over_seeds,
    stations_table,
    table,
)
from cofund.training.evaluation import mean_metric
from cofund.training.plan import Federation, Plan
from cofund.training.tasks import air_quality
from cofund.training.tasks.air_quality_parties import OWNERS, TEST_START, can_be_judged, federation, site


def made(alone: dict[str, float], funded: dict[str, float]) -> Measured:
    """The same numbers for every history."""
    return Measured(*(dict.fromkeys(HISTORIES, numbers) for numbers in (alone, funded, funded)))


NOISY = [made({"a": 0.5, "b": 0.6}, {"a": 0.6, "b": 0.7}), made({"a": 0.9, "b": 1.0}, {"a": 1.0, "b": 1.1})]
"""Seeds differ by .4, but within each the gain is .1."""


def test_gains_are_paired_by_seed() -> None:
    found = gain(NOISY, ["a", "b"], "90 days", ALL)
    assert (found.mean, found.low, found.high) == (pytest.approx(0.1),) * 3


def test_stations_count_alike_and_gains_are_counted() -> None:
    found = [made({"a": 0.5, "b": 0.7}, {"a": 0.6, "b": 0.5})]
    assert over_seeds([each.funded[ALL] for each in found], ["a", "b"]).tolist() == [pytest.approx(0.55)]
    assert gaining(found, ["a", "b"], "a year", ALL) == "1/2"


def test_a_line_for_every_history_of_the_station_and_of_the_clients() -> None:
    rows = table(NOISY, {"both": ["a", "b"]}, name="x", title="").rows
    assert [row[1:3] for row in rows] == [
        ("90 days", "90 days"),
        ("90 days", "all"),
        ("a year", "a year"),
        ("a year", "all"),
        ("all", "all"),
    ]
    assert rows[0][3:5] == (pytest.approx(0.75), pytest.approx(0.85))
    assert len(stations_table(NOISY).rows) == 2 * 3 * 2


@pytest.mark.parametrize(("history", "days"), HISTORIES.items())
def test_a_station_remembers_no_more_than_its_history(history: str, days: int | None) -> None:
    station, end = OWNERS[0].stations[0], load().day(TEST_START)
    own = site(station, days).own
    assert own.day[-1] < end, history
    assert len(own.day) <= (days or end)
    assert own.day[0] >= (end - days if days else 0)
    assert len(own.day) > 0.8 * (days or 1000)


def test_owners_are_among_the_stations_that_are_judged_and_train_nothing() -> None:
    owned = {station for owner in OWNERS for station in owner.stations}
    assert all(map(can_be_judged, owned))
    for seed in (1, 2):
        assert not owned & set(federation(federation_gain_study.cohort(seed)).clients)


def test_the_central_model_sees_every_row_once_and_learns() -> None:
    members = federation(federation_gain_study.cohort(1)[:4], 365)
    plan = Plan(rounds=1)
    sites = {name: site(name) for name in OWNERS[1].stations}
    reached = mean_metric(air_quality.task(plan), central(plan, 200, members), sites)
    assert reached > 0.8
    silent = {client: replace(own, exceeded=np.zeros_like(own.exceeded)) for client, own in members.data.items()}
    nothing = central(plan, 200, Federation(members.edges, silent))
    assert mean_metric(air_quality.task(plan), nothing, sites) < reached - 0.03
