"""What a funded model adds over training alone, on the packaged air-quality data (training.md).

For every seed a random cohort of 20 to 26 of the clients trains; owners' stations, and all stations that can be judged,
are forecast over 2008 and 2009. Stated are means over seeds of the mean station AUC, and 95 % intervals over seeds: a
seed draws the cohort, the first model and all batches, while stations and test years stay the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from cofund.data.air_quality.measurements import load
from cofund.study import federation_histories as histories
from cofund.study.federation_histories import ALL, HISTORIES, Measured
from cofund.study.figure import COLOURS, style
from cofund.study.interval import Interval, interval, joined
from cofund.study.result import Result, ResultTable, Tick, ticking
from cofund.training import curve
from cofund.training.auc import auc
from cofund.training.engines.in_process import InProcess
from cofund.training.evaluation import Site, alone_metric, mean_metric
from cofund.training.hierfavg import train_rounds
from cofund.training.model import Model
from cofund.training.plan import Federation, Plan
from cofund.training.tasks import air_quality
from cofund.training.tasks.air_quality import DaySamples
from cofund.training.tasks.air_quality_parties import OWNERS, PLAN, can_be_judged, edges, federation, rehearsal, site

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class FederationGainConfiguration:
    """Seeds 1 to ``seeds``; about ten seconds each."""

    seeds: int = 2


DEFAULT: Final = FederationGainConfiguration()
FULL: Final = FederationGainConfiguration(seeds=10)

ALONE_STEPS = PLAN.rounds * PLAN.edge_rounds * PLAN.local_steps
ALONE = f"alone, 90 days, {ALONE_STEPS} steps"
OTHER_ALONE_STEPS = (50, 100, 200, 400, 800, 3200)
SHOWN_ROUNDS = (1, 5, 10, 20, 30, 40)
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
    own = joined(each.own for each in sites.values())
    return {name: replace(each, own=own) for name, each in sites.items()}


def before_an_episode(data: DaySamples) -> DaySamples:
    """Only the days after a day that did not exceed the threshold: when a warning says something new."""
    limit = (np.log1p(air_quality.THRESHOLD) - air_quality.CENTRE) / air_quality.SPREAD
    kept = data.inputs[:, TODAY] <= limit
    return DaySamples(data.day[kept], data.inputs[kept], data.exceeded[kept])


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


def measure(seed: int, stations: Groups) -> tuple[dict[str, float], Measured]:
    """All numbers of one seed: those printed under a label, and those of every station."""
    plan = replace(PLAN, seed=seed)
    clients = cohort(seed)
    members = {history: federation(clients, days) for history, days in HISTORIES.items()}
    models = {history: checkpoints(plan, each)[0] for history, each in members.items()}
    last = {history: (members[history], each[PLAN.rounds]) for history, each in models.items()}
    found = histories.measure(plan, ALONE_STEPS, stations.judged, last)
    row: dict[str, float] = {"clients in the cohort": len(clients)}
    row |= by_round(plan, models[ALL], stations) | without_federation(plan, found, stations)
    row |= before_episodes(plan, models[ALL][PLAN.rounds], stations)
    fitted = curve.fit(checkpoints(plan, rehearsal(clients))[1])
    row |= {"rehearsal | rate": float(fitted.rate), "rehearsal | full": fitted.full, "rehearsal | RMSE": fitted.rmse}
    return row, found


def by_round(plan: Plan, models: Mapping[int, Model], stations: Groups) -> dict[str, float]:
    """The funded model, whose clients have all history, after some rounds."""
    task = air_quality.task(plan)
    groups = {"owners": stations.owned, "all": stations.judged}
    return {
        f"{name} | funded, round {number}": mean_metric(task, models[number], sites)
        for name, sites in groups.items()
        for number in SHOWN_ROUNDS
    }


def without_federation(plan: Plan, found: Measured, stations: Groups) -> dict[str, float]:
    """What there is without a funded model: no training, and training alone, with other steps and stations too."""
    task, row = air_quality.task(plan), {}
    for name, sites in (("owners", stations.owned), ("all", stations.judged)):
        row[f"{name} | no training: rank by today's PM10"] = persistence(sites)
        row[f"{name} | {ALONE}"] = float(np.mean([found.alone["90 days"][station] for station in sites]))
    for steps in OTHER_ALONE_STEPS:
        row[f"owners | alone, 90 days, {steps} steps"] = alone_metric(task, stations.owned, steps, plan.seed)
    per_owner = [
        alone_metric(task, pooled(sites), ALONE_STEPS, plan.seed) * len(sites) for sites in stations.per_owner.values()
    ]
    row["owners | alone, 90 days of all stations of the owner"] = sum(per_owner) / len(stations.owned)
    return row


def before_episodes(plan: Plan, final: Model, stations: Groups) -> dict[str, float]:
    """The owners' stations on days that follow a day below the limit."""
    task = air_quality.task(plan)
    episodes = {name: replace(each, test=before_an_episode(each.test)) for name, each in stations.owned.items()}
    return {
        "owners before an episode | no training": persistence(episodes),
        f"owners before an episode | {ALONE}": alone_metric(task, episodes, ALONE_STEPS, plan.seed),
        "owners before an episode | funded, last round": mean_metric(task, final, episodes),
    }


def study(configuration: FederationGainConfiguration, tick: Tick) -> Result:
    """Measure every seed, and the curve of a rehearsal of all clients."""
    stations, rows, found = groups(), [], []
    for seed in ticking(range(1, configuration.seeds + 1), tick):
        row, measured = measure(seed, stations)
        rows.append(row)
        found.append(measured)
    fitted = curve.fit(checkpoints(PLAN, rehearsal())[1])
    tables = (*gains(found, stations), *context(rows, fitted))
    return Result(tables, lambda figure: draw(figure, *shown(rows), tables[1]), (7.2, 3.2))


def gains(found: Sequence[Measured], stations: Groups) -> tuple[ResultTable, ResultTable, ResultTable]:
    """Gains of the groups, of every owner, and what they are computed from."""
    title = f"Mean station AUC over {len(found)} seeds; gain of the funded model over training alone, 95 %"
    title += " interval; by history of a station and of the clients; gains: stations that gain"
    both = {"owners": list(stations.owned), "all": list(stations.judged)}
    owners = {name.removesuffix(" (new stations)"): list(sites) for name, sites in stations.per_owner.items()}
    return (
        histories.table(found, both, name="federation-gain", title=title),
        histories.owners_table(found, owners),
        histories.stations_table(found),
    )


def context(rows: Sequence[Mapping[str, float]], fitted: curve.Curve) -> tuple[ResultTable, ResultTable]:
    """What gains are to be compared with, and the rehearsal."""
    rehearsed = (("rate", float(fitted.rate)), ("full", fitted.full), ("RMSE", fitted.rmse))
    return (
        ResultTable("context", "Rounds, and what there is without them", ("", "mean", "from", "to"), summary(rows)),
        ResultTable(
            "rehearsal", "Learning curve fitted to a rehearsal of all clients", ("", "value"), rehearsed, decimals=4
        ),
    )


def summary(rows: Sequence[Mapping[str, float]]) -> tuple[tuple[str, float, float, float], ...]:
    """Mean and interval of every number over the seeds."""
    found = {label: interval([row[label] for row in rows]) for label in rows[0]}
    return tuple((label, each.mean, each.low, each.high) for label, each in found.items())


def shown(rows: Sequence[Mapping[str, float]]) -> tuple[dict[int, Interval], dict[str, float]]:
    """What the figure shows of the context: the funded model by round, and levels without it."""
    means = {label: Interval(*numbers) for label, *numbers in summary(rows)}
    by_number = {number: means[f"owners | funded, round {number}"] for number in SHOWN_ROUNDS}
    levels = {"today's PM10, no training": means["owners | no training: rank by today's PM10"].mean}
    return by_number, levels | {"alone, own 90 days": means[f"owners | {ALONE}"].mean}


def draw(figure: "Figure", by_round: Mapping[int, Interval], levels: Mapping[str, float], owners: ResultTable) -> None:
    """Rounds on the left, owners on the right."""
    left, right = figure.subplots(1, 2, width_ratios=(3, 4))
    _by_round(left, by_round, levels)
    _gained(right, owners)


def _by_round(axes: "Axes", by_round: Mapping[int, Interval], levels: Mapping[str, float]) -> None:
    """The owners' stations: the funded model by round, and what there is without it."""
    seen = list(by_round.values())
    axes.errorbar(list(by_round), [each.mean for each in seen], bars(seen), capsize=3, label="funded", **style(0))
    for at, (label, height) in enumerate(levels.items(), 1):
        axes.axhline(height, color=COLOURS[at], linestyle=("--", ":")[at - 1], linewidth=1.8, label=label)
    axes.set_xlabel("Rounds")
    axes.set_ylabel("Mean AUC at the owners' stations")
    axes.legend(loc="center right", bbox_to_anchor=(1, 0.3))  # where no line runs


def _gained(axes: "Axes", owners: ResultTable) -> None:
    """What the funded model, from clients with all their history, adds to what each owner reaches alone."""
    rows = [row for row in owners.rows if row[2] == ALL]
    names = list(dict.fromkeys(str(row[0]) for row in rows))
    lengths = list(dict.fromkeys(str(row[1]) for row in rows))
    for at, length in enumerate(lengths):
        found = [Interval(*map(float, row[5:8])) for row in rows if row[1] == length]
        places = np.arange(len(names)) + 0.2 * (at - (len(lengths) - 1) / 2)
        look = style(at) | {"linestyle": "none"}
        label = "all its history" if length == ALL else length
        axes.errorbar([each.mean for each in found], places, xerr=bars(found), capsize=2, label=label, **look)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel("AUC gained by the funded model")
    axes.legend(loc="lower right", title="over alone with")


def bars(found: Sequence[Interval]) -> np.ndarray:
    """Lengths of error bars below and above the means, (2, n)."""
    return np.array([[each.mean - each.low, each.high - each.mean] for each in found]).T
