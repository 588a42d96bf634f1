"""Gain of federation by how much history a station has: training alone, the funded model, one model of all data.

Stations of owners lend nothing to the federation. The funded model is trained on clients that have as much history as
the station, or all that they ever measured; the central one on the rows of the same clients in one place, with as many
steps as a client makes and as many rows a step as all of them together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cofund.study.interval import Interval, interval, joined, over_seeds
from cofund.study.result import Cell, ResultTable
from cofund.training.evaluation import train_alone
from cofund.training.model import Model
from cofund.training.plan import Federation, Plan
from cofund.training.tasks import air_quality
from cofund.training.tasks.air_quality_parties import OWN_DAYS, site

HISTORIES: Final[dict[str, int | None]] = {"90 days": OWN_DAYS, "a year": 365, "all": None}
"""Name -> days of history before the test; None is all that was ever measured."""

ALL: Final = "all"

ByStation = dict[str, float]


@dataclass(frozen=True, slots=True)
class Measured:
    """AUC of every station in the test years, by history, for one seed."""

    alone: dict[str, ByStation]
    funded: dict[str, ByStation]
    central: dict[str, ByStation]


def measure(
    plan: Plan, steps: int, stations: Iterable[str], trained: Mapping[str, tuple[Federation, Model]]
) -> Measured:
    """Train alone and centrally; the funded models are there already.

    Args:
        plan: its seed is that of all training.
        steps: local steps of a client in the whole training.
        stations: where to measure.
        trained: history -> the federation with that history, and the model that it trained.
    """
    task = air_quality.task(plan)
    judged = list(stations)
    tests = {name: site(name).test for name in judged}

    def everywhere(model: Model) -> ByStation:
        return {name: task.evaluate(model, test) for name, test in tests.items()}

    def alone(name: str, days: int | None) -> float:
        return task.evaluate(train_alone(task, name, site(name, days).own, steps, plan.seed), tests[name])

    return Measured(
        alone={history: {name: alone(name, days) for name in judged} for history, days in HISTORIES.items()},
        funded={history: everywhere(model) for history, (_, model) in trained.items()},
        central={history: everywhere(central(plan, steps, members)) for history, (members, _) in trained.items()},
    )


def central(plan: Plan, steps: int, members: Federation) -> Model:
    """One model of all clients' rows in one place."""
    large = replace(plan, batch=plan.batch * len(members.clients))
    rows = joined(members.data[client] for client in members.clients)
    return train_alone(air_quality.task(large), "central", rows, steps, plan.seed)


def gain(found: Sequence[Measured], stations: Iterable[str], own: str, clients: str) -> Interval:
    """What the funded model adds to training alone, seed by seed."""
    names = list(stations)
    funded = over_seeds([each.funded[clients] for each in found], names)
    return interval((funded - over_seeds([each.alone[own] for each in found], names)).tolist())


def gaining(found: Sequence[Measured], stations: Sequence[str], own: str, clients: str) -> str:
    """How many of the stations gain, in the mean over seeds."""
    return f"{sum(gain(found, [name], own, clients).mean > 0 for name in stations)}/{len(stations)}"


def table(found: Sequence[Measured], groups: Mapping[str, Sequence[str]], *, name: str, title: str) -> ResultTable:
    """A line for every group of stations, history of its own and history of the clients: as much, or all."""
    rows: list[tuple[Cell, ...]] = []
    for group, stations in groups.items():
        for own in HISTORIES:
            alone = float(over_seeds([each.alone[own] for each in found], stations).mean())
            for clients in dict.fromkeys((own, ALL)):
                funded, pooled = (
                    float(over_seeds([way[clients] for way in ways], stations).mean())
                    for ways in ([each.funded for each in found], [each.central for each in found])
                )
                gained = gain(found, stations, own, clients)
                some = gaining(found, stations, own, clients)
                rows.append((group, own, clients, alone, funded, pooled, gained.mean, gained.low, gained.high, some))
    header = ("at", "own", "clients", "alone", "funded", "central", "gain", "from", "to", "gains")
    return ResultTable(name, title, header, tuple(rows))


def owners_table(found: Sequence[Measured], owners: Mapping[str, Sequence[str]]) -> ResultTable:
    """The same for the stations of every owner, without what few stations do not bear."""
    whole = table(found, owners, name="federation-gain-owners", title="The same for every owner")
    kept = (0, 1, 2, 3, 4, 6, 7, 8)
    rows = tuple(tuple(row[at] for at in kept) for row in whole.rows)
    return replace(whole, header=tuple(whole.header[at] for at in kept), rows=rows)


def stations_table(found: Sequence[Measured]) -> ResultTable:
    """A line for every seed, station and history, from which all gains can be computed again."""
    rows = tuple(
        (seed, station, history, *(getattr(each, way)[history][station] for way in ("alone", "funded", "central")))
        for seed, each in enumerate(found, 1)
        for history in HISTORIES
        for station in each.alone[history]
    )
    header = ("seed", "station", "history", "alone", "funded", "central")
    return ResultTable("federation-gain-stations", "Every station", header, rows, shown=False)
