"""When federation does not pay: airlines that forecast late arrivals, with little history and with a year of it.

Every party trains alone, all parties train together, and one model is trained on all their flights. A seed draws the
days to test on, the days that parties remember, one in five of which they keep to stop by, first models and batches.
Each way stops where the mean AUC on the days kept is highest: all parties together for a shared model, the parties of
a size for models of their own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from cofund.study.figure import style
from cofund.study.flights_parties import SIZES, FlightSamples, edges, parties, size_of, task
from cofund.study.interval import Interval, interval, joined, over_seeds
from cofund.study.result import Cell, Result, ResultTable, Tick, ticking
from cofund.training.edge import StartingPoint, local_seed
from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import train_rounds
from cofund.training.model import Model
from cofund.training.plan import Federation, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class FlightsConfiguration:
    """Seeds 1 to ``seeds``; ``days`` that parties remember of the 292 that are not for testing."""

    seeds: int = 3
    days: tuple[int, ...] = (30, 292)
    test_days: int = 73


DEFAULT: Final = FlightsConfiguration()
FULL: Final = FlightsConfiguration(seeds=10, days=(30, 90, 292))

PLAN: Final = Plan()
STEPS: Final = (100, 400, 1600, 6400)
"""Where a model of one's own, or of all flights together, may stop."""

ROUNDS: Final = (2, 5, 10, 20, 40)
"""Where the federation may stop; a client makes ``CLIENT_STEPS`` in a round."""

CLIENT_STEPS: Final = PLAN.edge_rounds * PLAN.local_steps

KEPT: Final = 5
"""One day in so many is kept to stop by."""

ALONE, FEDERATED, CENTRAL = WAYS = "alone", "federated", "central"

Scores = dict[str, dict[str, float]]
"""Way -> party -> AUC on the test days."""


@dataclass(frozen=True, slots=True)
class Split:
    """Flights of every party to train on, to stop by and to test on."""

    train: Mapping[str, FlightSamples]
    stop: Mapping[str, FlightSamples]
    test: Mapping[str, FlightSamples]


def split(days: int, test_days: int, seed: int) -> Split:
    """Draw the days; the same for all parties."""
    order = np.random.default_rng(seed).permutation(365)
    test, known = order[:test_days], order[test_days : test_days + days]
    stop, train = known[: days // KEPT], known[days // KEPT :]
    parts = [{name: own.on(some) for name, own in parties().items()} for some in (train, stop, test)]
    return Split(*parts)


def measure(days: int, test_days: int, seed: int) -> Scores:
    """AUC of every party on the test days, each way, for one seed."""
    parts, plan = split(days, test_days, seed), replace(PLAN, seed=seed)
    alone = {name: list(stops(plan, name, own, STEPS)) for name, own in parts.train.items()}
    large = replace(plan, batch=plan.batch * len(alone))  # as many flights a step as all clients together
    central = list(stops(large, "all", joined(parts.train.values()), [CLIENT_STEPS * at for at in ROUNDS]))
    rounds = list(train_rounds(task(plan), InProcess(), Federation(edges(list(alone)), parts.train), plan))
    shared = {FEDERATED: [rounds[at - 1].model for at in ROUNDS], CENTRAL: central}
    scores = {way: tested(dict.fromkeys(alone, models), parts) for way, models in shared.items()}
    of_size = [tested({name: alone[name] for name in members}, parts) for members in by_size().values()]
    return scores | {ALONE: {name: metric for each in of_size for name, metric in each.items()}}


def stops(plan: Plan, name: str, own: FlightSamples, steps: Sequence[int]) -> Iterator[Model]:
    """The model of one party's data after each of these numbers of steps."""
    learnt = task(plan)
    model, done = learnt.initial(plan.seed), 0
    for at in steps:
        model, _ = learnt.train(model, own, at - done, local_seed(plan, StartingPoint(at, 0, model), name))
        done = at
        yield model


def tested(models: Mapping[str, Sequence[Model]], parts: Split) -> dict[str, float]:
    """AUC of each party on the test days, at the stop that is best on the days kept, in the mean of these parties."""
    forecast = task(PLAN)
    judges = [name for name in models if 0 < parts.stop[name].late.sum() < len(parts.stop[name].late)]
    kept = [[forecast.evaluate(model, parts.stop[name]) for model in models[name]] for name in judges]
    best = int(np.argmax(np.mean(kept, axis=0)))
    return {name: forecast.evaluate(each[best], parts.test[name]) for name, each in models.items()}


def by_size() -> dict[str, list[str]]:
    """Size -> its parties."""
    sizes = {name: size_of(len(own.late)) for name, own in parties().items()}
    return {size: [name for name in sizes if sizes[name] == size] for size in SIZES}


def study(configuration: FlightsConfiguration, tick: Tick) -> Result:
    """Measure every number of days with every seed."""
    runs = [(days, seed) for days in configuration.days for seed in range(1, configuration.seeds + 1)]
    found: dict[int, list[Scores]] = {}
    for days, seed in ticking(runs, tick):
        found.setdefault(days, []).append(measure(days, configuration.test_days, seed))
    table = sizes_table(found, configuration)
    return Result((table, parties_table(found)), lambda figure: draw(figure, table), (4.8, 3.2))


def gain(scores: Sequence[Scores], members: Sequence[str]) -> Interval:
    """What federation adds to training alone, seed by seed."""
    federated, alone = (over_seeds([each[way] for each in scores], members) for way in (FEDERATED, ALONE))
    return interval((federated - alone).tolist())


def compared(scores: Sequence[Scores], members: Sequence[str]) -> tuple[float, ...]:
    """Mean AUC each way, and the gain with its interval."""
    means = (float(over_seeds([each[way] for each in scores], members).mean()) for way in WAYS)
    return (*means, *astuple(gain(scores, members)))


_COMPARED: Final = (*WAYS, "gain", "from", "to")


def sizes_table(found: Mapping[int, Sequence[Scores]], configuration: FlightsConfiguration) -> ResultTable:
    """A line for every number of days and size of a party."""
    rows: list[tuple[Cell, ...]] = []
    for days, scores in found.items():
        for size, members in by_size().items():
            rows.append((days, size, len(members), *compared(scores, members)))
    title = f"Mean AUC over parties by their flights in the year, {configuration.seeds} seeds; gain of federation over "
    title += "training alone, 95 % interval over seeds"
    header = ("days", "flights", "parties", *_COMPARED)
    return ResultTable("flights", title, header, tuple(rows))


def parties_table(found: Mapping[int, Sequence[Scores]]) -> ResultTable:
    """A line for every number of days and party."""
    rows: list[tuple[Cell, ...]] = []
    for days, scores in found.items():
        for name, own in parties().items():
            rows.append((days, name, len(own.late), *compared(scores, [name])))
    header = ("days", "party", "flights", *_COMPARED)
    return ResultTable("flights-parties", "Every party", header, tuple(rows), shown=False)


def draw(figure: "Figure", table: ResultTable) -> None:
    """Gain by size of the party, a line for each number of days."""
    axes = figure.subplots()
    axes.axhline(0, color="black", linewidth=0.8)
    days = sorted({int(row[0]) for row in table.rows})
    for number, remembered in enumerate(days):
        rows = [row for row in table.rows if row[0] == remembered]
        gains, low, high = (np.array([float(row[at]) for row in rows]) for at in (6, 7, 8))
        look = style(number) | {"linestyle": "none"}
        across = np.arange(len(rows)) + 0.08 * (number - (len(days) - 1) / 2)
        bars = (gains - low, high - gains)
        axes.errorbar(across, gains, bars, capsize=3, label=f"{remembered} days", **look)
    axes.set_xticks(range(len(SIZES)), list(SIZES))
    axes.set_xlabel("Flights of the party in the year")
    axes.set_ylabel("AUC gained by federation")
    axes.legend()
