"""More frequent edge aggregation needs fewer rounds of the coordinator (training.md, "A round"; Liu et al. 2020).

Every client holds images of one class. Between two rounds a client always makes the same number of local steps; rows
differ in how often its edge averages meanwhile. Edges either all hold the same mixture of classes (edge-IID) or as few
classes as possible (edge-non-IID). Local steps are the same everywhere, so rounds are what crosses the wide network.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from cofund.study.figure import style
from cofund.study.result import Result, ResultTable, Tick, ticking
from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import train_rounds
from cofund.training.network import Samples
from cofund.training.plan import Plan
from cofund.training.tasks import digits, images
from cofund.training.tasks.labelled import Division, federation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GROUPINGS: Final = ("edge-iid", "edge-non-iid")


@dataclass(frozen=True, slots=True)
class HierarchyConfiguration:
    """What is trained: the digits, or 8,000 images of a ``folder`` of IDX files and 2,000 to test on.

    ``steps`` are the local steps of a client between two rounds; each of ``edge_rounds`` must divide them.
    """

    folder: Path | None = None
    seeds: int = 3
    rounds: int = 60
    steps: int = 60
    edge_rounds: tuple[int, ...] = (1, 2, 4, 10)
    clients: int = 50
    edges: int = 5
    learning_rate: float = 0.01
    batch: int = 20
    target: float = 0.8


DEFAULT: Final = HierarchyConfiguration()
FULL: Final = HierarchyConfiguration(folder=images.FOLDER, target=0.7)

Curves = dict[tuple[int, str], list[list[float]]]
"""Edge rounds and grouping -> accuracy by seed and round."""


def load(configuration: HierarchyConfiguration) -> tuple[Samples, Samples]:
    """Rows to train on and to test on."""
    return digits.load() if configuration.folder is None else images.load(configuration.folder, 8_000, 2_000)


def trained(
    configuration: HierarchyConfiguration, data: tuple[Samples, Samples], seed: int, key: tuple[int, str]
) -> list[float]:
    """Accuracy after each round."""
    edge_rounds, grouping = key
    plan = Plan(
        local_steps=configuration.steps // edge_rounds,
        edge_rounds=edge_rounds,
        rounds=configuration.rounds,
        learning_rate=configuration.learning_rate,
        batch=configuration.batch,
        seed=seed,
    )
    layout = Division(configuration.clients, configuration.edges, "one-class", grouping=grouping, seed=seed)
    task = digits.task(plan) if configuration.folder is None else images.task(plan, data[0])
    rounds = train_rounds(task, InProcess(), federation(*data, layout), plan)
    return [each.metric for each in rounds if each.metric is not None]


def rounds_to(target: float, curve: list[float]) -> int:
    """First round that reaches the target; one more than all if none does."""
    return next((at for at, metric in enumerate(curve, 1) if metric >= target), len(curve) + 1)


def study(configuration: HierarchyConfiguration, tick: Tick) -> Result:
    """Train every division of the local steps into edge rounds, for both kinds of edges and every seed."""
    data, curves = load(configuration), Curves()
    keys = [(each, grouping) for each in configuration.edge_rounds for grouping in GROUPINGS]
    runs = [(key, seed) for key in keys for seed in range(1, configuration.seeds + 1)]
    for key, seed in ticking(runs, tick):
        curves.setdefault(key, []).append(trained(configuration, data, seed, key))
    header = (
        "local steps",
        "edge rounds",
        "edges",
        f"accuracy after {configuration.rounds} rounds",
        "std",
        f"rounds to {configuration.target:g}",
    )
    name = "digits" if configuration.folder is None else configuration.folder.name
    title = f"{name}, {configuration.clients} clients of one class, {configuration.edges} edges, "
    title += f"{configuration.seeds} seeds; {configuration.rounds + 1} rounds: not reached"
    table = ResultTable("hierarchy", title, header, tuple(row(configuration, key, curves[key]) for key in keys))
    by_round = tuple(
        (configuration.steps // key[0], *key, number, float(np.mean(metrics)))
        for key in keys
        for number, metrics in enumerate(zip(*curves[key], strict=True), 1)
    )
    columns = ("local steps", "edge rounds", "edges", "round", "mean accuracy")
    long = ResultTable("hierarchy-rounds", "Accuracy by round", columns, by_round, shown=False)
    return Result((table, long), lambda figure: draw(figure, curves, configuration.target), (4.8, 3.4))


def row(
    configuration: HierarchyConfiguration, key: tuple[int, str], curves: list[list[float]]
) -> tuple[int, int, str, float, float, float]:
    """Means over seeds."""
    last = [curve[-1] for curve in curves]
    needed = float(np.mean([rounds_to(configuration.target, curve) for curve in curves]))
    return configuration.steps // key[0], key[0], key[1], float(np.mean(last)), float(np.std(last)), needed


def draw(figure: "Figure", curves: Mapping[tuple[int, str], list[list[float]]], target: float) -> None:
    """Accuracy by round: colour and marker for each number of edge rounds, solid edge-IID, dashed edge-non-IID."""
    axes = figure.subplots()
    numbers = sorted({edge_rounds for edge_rounds, _ in curves})
    for (edge_rounds, grouping), each in curves.items():
        mean, at = np.mean(each, axis=0), numbers.index(edge_rounds)
        look = style(at) | {"linestyle": "-" if grouping == GROUPINGS[0] else "--"}
        often = "1 edge round" if edge_rounds == 1 else f"{edge_rounds} edge rounds"
        label = often if grouping == GROUPINGS[0] else None
        axes.plot(range(1, len(mean) + 1), mean, markevery=(2 * at, 10), label=label, **look)
    axes.plot([], [], color="black", linestyle="--", label="edge-non-IID")
    axes.axhline(target, color="black", linewidth=0.8, linestyle=":", label=f"target {target:g}")
    axes.set_xlabel("Rounds of the coordinator")
    axes.set_ylabel("Accuracy")
    axes.legend(loc="lower right")
