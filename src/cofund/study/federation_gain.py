"""What a funded model adds over training alone, on the packaged air-quality data (training.md).

For every seed a random cohort of 20 to 26 of the clients trains; owners' stations, and all stations that can be judged,
are forecast over 2008 and 2009. Stated are means and standard deviations over seeds of the mean station AUC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from cofund.data.air_quality.measurements import load
from cofund.study.figure import COLOURS
from cofund.study.result import Result, Table, Tick
from cofund.training import curve
from cofund.training.auc import auc
from cofund.training.engines.in_process import InProcess
from cofund.training.evaluation import Site, alone_metric, mean_metric
from cofund.training.hierfavg import train_rounds
from cofund.training.model import Model
from cofund.training.plan import Federation, Plan
from cofund.training.tasks import air_quality
from cofund.training.tasks.air_quality import Samples
from cofund.training.tasks.air_quality_parties import OWNERS, can_be_judged, edges, federation, rehearsal, site

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Configuration:
    """Seeds 1 to ``seeds``; about twelve seconds each."""

    seeds: int = 5


DEFAULT: Final = Configuration()
FULL: Final = Configuration(seeds=30)

PLAN = Plan()
ALONE_STEPS = PLAN.rounds * PLAN.edge_rounds * PLAN.local_steps
ALONE = f"alone, 90 days, {ALONE_STEPS} steps"
OTHER_ALONE_STEPS = (50, 100, 200, 400, 800, 3200)
SHOWN_ROUNDS = (1, 5, 10, 20, 30, 40)
HISTORIES = (90, 365, None)
"""Days of history of every client; None is all that it ever measured, the default of the demonstration."""

TODAY = air_quality.DAYS_BACK - 1
"""Input that holds today's PM10 (scaled, which no ranking notices)."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Stations to judge by: those of the owners, all that can be judged, and per owner."""

    owned: Mapping[str, Site]
    judged: Mapping[str, Site]
    per_owner: Mapping[str, Mapping[str, Site]]


def groups() -> Groups:
    """Sites of the whole study."""
    per_owner = {owner.name: {station: site(station) for station in owner.stations} for owner in OWNERS}
    owned = {station: each for sites in per_owner.values() for station, each in sites.items()}
    judged = {station.id: site(station.id) for station in load().stations if can_be_judged(station.id)}
    return Groups(owned, judged, per_owner)


def pooled(sites: Mapping[str, Site]) -> dict[str, Site]:
    """The same sites, but each with the own data of all of them: an owner that trains on all its stations together."""
    parts = [each.own for each in sites.values()]
    own = Samples(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("day", "inputs", "exceeded")))
    return {name: replace(each, own=own) for name, each in sites.items()}


def before_an_episode(data: Samples) -> Samples:
    """Only the days after a day that did not exceed the threshold: when a warning says something new."""
    limit = (np.log1p(air_quality.THRESHOLD) - air_quality.CENTRE) / air_quality.SPREAD
    kept = data.inputs[:, TODAY] <= limit
    return Samples(data.day[kept], data.inputs[kept], data.exceeded[kept])


def persistence(sites: Mapping[str, Site]) -> float:
    """Mean AUC of a forecast without any training: the more PM10 today, the likelier an exceedance tomorrow."""
    return float(np.mean([auc(each.test.exceeded, each.test.inputs[:, TODAY]) for each in sites.values()]))


def checkpoints(plan: Plan, members: Federation) -> tuple[dict[int, Model], list[float]]:
    """Model after every round, and the clients' own metric by round."""
    rounds = list(train_rounds(air_quality.task(plan), InProcess(), members, plan))
    return {each.number: each.model for each in rounds}, [each.metric for each in rounds if each.metric is not None]


def cohort(seed: int) -> list[str]:
    """A random cohort of 20 to 26 clients."""
    draw = np.random.default_rng(seed)
    clients = [client for _, stations in edges() for client in stations]
    return sorted(draw.choice(clients, size=draw.integers(20, 27), replace=False).tolist())


def measure(seed: int, stations: Groups) -> dict[str, float]:
    """All numbers of one seed, by the label they are printed under."""
    plan = replace(PLAN, seed=seed)
    task = air_quality.task(plan)
    clients = cohort(seed)
    row: dict[str, float] = {"clients in the cohort": len(clients)}
    episodes = {name: replace(each, test=before_an_episode(each.test)) for name, each in stations.owned.items()}
    row["owners | no training: rank by today's PM10"] = persistence(stations.owned)
    row[f"owners | {ALONE}"] = alone_metric(task, stations.owned, ALONE_STEPS, seed)
    for steps in OTHER_ALONE_STEPS:
        row[f"owners | alone, 90 days, {steps} steps"] = alone_metric(task, stations.owned, steps, seed)
    per_owner = [
        alone_metric(task, pooled(sites), ALONE_STEPS, seed) * len(sites) for sites in stations.per_owner.values()
    ]
    row["owners | alone, 90 days of all stations of the owner"] = sum(per_owner) / len(stations.owned)
    row["all    | no training: rank by today's PM10"] = persistence(stations.judged)
    row[f"all    | {ALONE}"] = alone_metric(task, stations.judged, ALONE_STEPS, seed)
    for days in HISTORIES:
        models, _ = checkpoints(plan, federation(clients, days))
        history = "all history" if days is None else f"{days} days"
        for number in SHOWN_ROUNDS if days is None else SHOWN_ROUNDS[-1:]:
            row[f"owners | funded, {history}, round {number}"] = mean_metric(task, models[number], stations.owned)
            row[f"all    | funded, {history}, round {number}"] = mean_metric(task, models[number], stations.judged)
    final = models[PLAN.rounds]
    row["owners | gain at the last round"] = mean_metric(task, final, stations.owned) - row[f"owners | {ALONE}"]
    row["all    | gain at the last round"] = mean_metric(task, final, stations.judged) - row[f"all    | {ALONE}"]
    row["owners before an episode | no training"] = persistence(episodes)
    row[f"owners before an episode | {ALONE}"] = alone_metric(task, episodes, ALONE_STEPS, seed)
    row["owners before an episode | funded, last round"] = mean_metric(task, final, episodes)
    for name, sites in stations.per_owner.items():
        row[f"{name} | alone"] = alone_metric(task, sites, ALONE_STEPS, seed)
        row[f"{name} | funded"] = mean_metric(task, final, sites)
    fitted = curve.fit(checkpoints(plan, rehearsal(clients))[1])
    row |= {"rehearsal | rate": float(fitted.rate), "rehearsal | full": fitted.full, "rehearsal | RMSE": fitted.rmse}
    return row


def study(configuration: Configuration, tick: Tick) -> Result:
    """Measure every seed, and the curve of a rehearsal of all clients."""
    stations, rows = groups(), []
    for seed in range(1, configuration.seeds + 1):
        tick(seed - 1, configuration.seeds + 1)
        rows.append(measure(seed, stations))
    tick(configuration.seeds, configuration.seeds + 1)
    fitted = curve.fit(checkpoints(PLAN, rehearsal())[1])
    tick(configuration.seeds + 1, configuration.seeds + 1)
    rehearsed = (("rate", float(fitted.rate)), ("full", fitted.full), ("RMSE", fitted.rmse))
    return Result(
        (
            Table("federation-gain", f"Mean station AUC over {len(rows)} seeds", _HEADER, summary(rows)),
            Table(
                "rehearsal", "Learning curve fitted to a rehearsal of all clients", ("", "value"), rehearsed, decimals=4
            ),
        ),
        lambda figure: draw(figure, rows),
        (4.8, 3.4),
    )


_HEADER: Final = ("", "mean", "std", "min")


def summary(rows: Sequence[Mapping[str, float]]) -> tuple[tuple[str, float, float, float], ...]:
    """Mean, standard deviation and smallest value of every number over the seeds."""
    values = {label: [row[label] for row in rows] for label in rows[0]}
    return tuple((label, float(np.mean(each)), float(np.std(each)), min(each)) for label, each in values.items())


def draw(figure: "Figure", rows: Sequence[Mapping[str, float]]) -> None:
    """The owners' stations: the funded model by round, and what there is without it."""
    axes = figure.subplots()
    by_round = [[row[f"owners | funded, all history, round {number}"] for row in rows] for number in SHOWN_ROUNDS]
    means, spread = np.mean(by_round, axis=1), np.std(by_round, axis=1)
    axes.errorbar(
        SHOWN_ROUNDS,
        means,
        spread,
        color=COLOURS[0],
        marker="o",
        capsize=3,
        label="funded model, mean ± std over seeds",
    )
    levels = {"owners | no training: rank by today's PM10": "rank days by today's PM10, no training"}
    levels[f"owners | {ALONE}"] = "alone, own 90 days"
    for at, (label, name) in enumerate(levels.items(), 1):
        height = float(np.mean([row[label] for row in rows]))
        axes.axhline(height, color=COLOURS[at], linestyle=("--", ":")[at - 1], linewidth=1.8, label=name)
    axes.set_xlabel("Rounds")
    axes.set_ylabel("Mean AUC at the owners' stations")
    axes.legend(loc="center right")  # between the levels, where no line runs
