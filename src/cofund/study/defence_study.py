"""What a few malicious clients at every edge do to a model, for each way of averaging at the edges (training.md).

Attacks: labels flipped to nine minus the digit; updates reversed and ten times as large; updates reversed and as large
as the norm bound lets them be. Ways: the mean under the loosest bound there is, the mean under a bound that honest
updates stay within, and the robust rules under that bound too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from cofund.study.figure import style
from cofund.study.result import Result, ResultTable, Tick, ticking
from cofund.training.aggregate import MAX_NORM
from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import train_rounds
from cofund.training.model import Model, flat, unflat
from cofund.training.network import Samples
from cofund.training.plan import Federation, Plan
from cofund.training.robust import MEAN, RULES
from cofund.training.task import Task, Trained
from cofund.training.tasks import digits
from cofund.training.tasks.labelled import Division, federation

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class DefenceConfiguration:
    """Digits; ``malicious`` of the clients at each edge attack, and rules are told to tolerate so many.

    ``alpha`` says how alike clients are (``partition.dirichlet``); ``norm_bound`` is the bound that honest updates stay
    within.
    """

    seeds: int = 5
    rounds: int = 20
    clients: int = 50
    edges: int = 5
    malicious: int = 2
    alpha: tuple[float, ...] = (1.0, 100.0)
    norm_bound: float = 1.0


DEFAULT: Final = DefenceConfiguration()
FULL: Final = DefenceConfiguration(seeds=10, rounds=40, alpha=(0.3, 1.0, 10.0, 100.0))

LOOSE: Final = "mean, no bound"
BOUNDED: Final = "mean"
WAYS: Final = (LOOSE, BOUNDED, *RULES)
HONEST, FLIPPED, REVERSED, HIDDEN = "none", "labels flipped", "updates x -10", "reversed, at bound"
ATTACKS: Final = (HONEST, FLIPPED, REVERSED, HIDDEN)

FACTOR: Final = -10.0
JUST_BELOW: Final = 0.999


@dataclass(frozen=True, slots=True)
class Malicious(Samples):
    """Rows of a client that sends a wrong update: reversed, and large."""

    attack: str


def plan_of(way: str, configuration: DefenceConfiguration, seed: int) -> Plan:
    """The plan of one way of averaging."""
    return Plan(
        local_steps=10,
        edge_rounds=2,
        rounds=configuration.rounds,
        learning_rate=0.1,
        batch=16,
        seed=seed,
        norm_bound=MAX_NORM if way == LOOSE else configuration.norm_bound,
        rule=way if way in RULES else MEAN,
        tolerated=configuration.malicious,
    )


def attacked(members: Federation, attack: str, malicious: int) -> Federation:
    """The same federation in which the first clients of each edge attack."""
    data = dict(members.data)
    for _, clients in members.edges:
        for client in clients[: malicious if attack != HONEST else 0]:
            own: Samples = data[client]
            if attack == FLIPPED:
                data[client] = Samples(own.inputs, 9 - own.labels)
            else:
                data[client] = Malicious(own.inputs, own.labels, attack)
    return replace(members, data=data)


def with_attackers(task: Task, norm_bound: float) -> Task:
    """The task, but clients with ``Malicious`` rows change what they send."""

    def turned(model: Model, row: np.ndarray, data: Samples) -> np.ndarray:
        if not isinstance(data, Malicious):
            return row
        change = row - flat(model)
        at_bound = -JUST_BELOW * norm_bound / max(float(np.linalg.norm(change)), 1e-12)
        sent: np.ndarray = flat(model) + change * np.float32(FACTOR if data.attack == REVERSED else at_bound)
        return sent

    def train_stack(
        model: Model, data: Sequence[Samples], steps: int, seeds: Sequence[int]
    ) -> tuple[np.ndarray, Sequence[int]]:
        if task.train_stack is None:
            raise TypeError("a task that can be stacked is needed")
        rows, samples = task.train_stack(model, data, steps, seeds)
        return np.stack([turned(model, row, own) for row, own in zip(rows, data, strict=True)]), samples

    def train(model: Model, data: Samples, steps: int, seed: int) -> Trained:
        rows, samples = train_stack(model, [data], steps, [seed])
        return unflat(rows[0], model), samples[0]

    return replace(task, train=train, train_stack=train_stack)


def measure(configuration: DefenceConfiguration, alpha: float, way: str, attack: str, seed: int) -> tuple[float, float]:
    """Accuracy in the end, and the share of honest clients' deliveries that were refused."""
    plan = plan_of(way, configuration, seed)
    layout = Division(configuration.clients, configuration.edges, alpha=alpha, seed=seed)
    honest = federation(*digits.load(), layout)
    members = attacked(honest, attack, configuration.malicious)
    task = with_attackers(digits.task(plan), plan.norm_bound)
    rounds = list(train_rounds(task, InProcess(), members, plan))
    good = {client for client in members.clients if members.data[client] is honest.data[client]}
    refused = [not each.accepted for finished in rounds for each in finished.deliveries if each.client in good]
    return rounds[-1].metric or 0.0, float(np.mean(refused))


def study(configuration: DefenceConfiguration, tick: Tick) -> Result:
    """Every way under every attack, for every seed."""
    cases = [(alpha, way, attack) for alpha in configuration.alpha for way in WAYS for attack in ATTACKS]
    runs = [(case, seed) for case in cases for seed in range(1, configuration.seeds + 1)]
    found: dict[tuple[float, str, str], list[tuple[float, float]]] = {}
    for case, seed in ticking(runs, tick):
        found.setdefault(case, []).append(measure(configuration, *case, seed))
    rows = []
    for case, measured in found.items():
        accuracy, refused = zip(*measured, strict=True)
        rows.append((*case, float(np.mean(accuracy)), float(np.std(accuracy)), float(np.mean(refused))))
    header = ("alpha", "average", "attack", "accuracy", "std", "honest refused")
    title = f"Accuracy after {configuration.rounds} rounds, {configuration.malicious} malicious of "
    title += f"{configuration.clients // configuration.edges} clients at each edge, {configuration.seeds} seeds"
    table = ResultTable("defence", title, header, tuple(rows))
    return Result((table,), lambda figure: draw(figure, table), (7.2, 3.0))


def draw(figure: "Figure", table: ResultTable) -> None:
    """One panel for each alpha: attacks below each other, a point for each way."""
    values = sorted({float(row[0]) for row in table.rows})
    panels = figure.subplots(1, len(values), sharex=True, sharey=True, squeeze=False)[0]
    for axes, alpha in zip(panels, values, strict=True):
        for at, way in enumerate(WAYS):
            reached = [float(row[3]) for row in table.rows if row[:2] == (alpha, way)]
            places = np.arange(len(ATTACKS)) + 0.13 * (at - (len(WAYS) - 1) / 2)
            axes.plot(reached, places, label=way, **style(at) | {"linestyle": "none"})
        axes.set_title(f"alpha {alpha:g}")
    panels[0].set_yticks(range(len(ATTACKS)), ATTACKS)
    panels[0].invert_yaxis()
    figure.supxlabel("Accuracy", fontsize="medium")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(WAYS))
