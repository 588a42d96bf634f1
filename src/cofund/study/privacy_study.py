"""What differential privacy costs in accuracy: noise, epsilon and clients (training.md, "Differential privacy").

The same images, divided among more clients, need less noise for each of them: noise is as large as one client's
influence, and the sum of many hides it better.
"""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from cofund.study.figure import style
from cofund.study.result import Result, ResultTable, Tick, ticking
from cofund.training.accountant import epsilons
from cofund.training.aggregate import MAX_NORM
from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import train_rounds
from cofund.training.plan import Plan
from cofund.training.tasks import digits
from cofund.training.tasks.labelled import Division, federation

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class PrivacyConfiguration:
    """Digits; ``noise`` are noise multipliers, of which 0 is plain federated averaging without a tight bound."""

    seeds: int = 5
    rounds: int = 20
    clients: tuple[int, ...] = (50, 200)
    edges: int = 5
    alpha: float = 1.0
    norm_bound: float = 1.0
    noise: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)


DEFAULT: Final = PrivacyConfiguration()
FULL: Final = PrivacyConfiguration(seeds=20, rounds=40, clients=(50, 100, 200, 400))


def plan_of(configuration: PrivacyConfiguration, noise: float, seed: int) -> Plan:
    """The plan for one noise multiplier."""
    return Plan(
        local_steps=20,
        edge_rounds=1,
        rounds=configuration.rounds,
        learning_rate=0.1,
        batch=16,
        seed=seed,
        norm_bound=configuration.norm_bound if noise else MAX_NORM,
        noise_multiplier=noise,
    )


def measure(configuration: PrivacyConfiguration, clients: int, noise: float, seed: int) -> float:
    """Accuracy in the end; the key is no secret here, so that the study can be repeated."""
    plan = plan_of(configuration, noise, seed)
    layout = Division(clients, configuration.edges, alpha=configuration.alpha, seed=seed)
    key = hashlib.sha256(f"cofund.study.privacy_study/{seed}".encode()).digest()
    members = federation(*digits.load(), layout)
    *_, last = train_rounds(digits.task(plan), InProcess(), members, plan, noise_key=key)
    return last.metric or 0.0


def study(configuration: PrivacyConfiguration, tick: Tick) -> Result:
    """Every noise for every number of clients and every seed."""
    rows: list[tuple[int | float, ...]] = []
    cases = [(clients, noise) for clients in configuration.clients for noise in configuration.noise]
    for clients, noise in ticking(cases, tick):
        found = [measure(configuration, clients, noise, seed) for seed in range(1, configuration.seeds + 1)]
        plan = plan_of(configuration, noise, 1)
        half, end = (epsilons(plan)[at - 1] if noise else float("inf") for at in (plan.rounds // 2, plan.rounds))
        rows.append((clients, noise, half, end, float(np.mean(found)), float(np.std(found))))
    header = ("clients", "noise", f"epsilon, round {configuration.rounds // 2}", "epsilon, end", "accuracy", "std")
    title = f"Accuracy after {configuration.rounds} rounds, bound {configuration.norm_bound:g}, delta 1e-5, "
    title += f"{configuration.seeds} seeds"
    table = ResultTable("privacy", title, header, tuple(rows))
    return Result((table,), lambda figure: draw(figure, table), (4.6, 3.2))


def draw(figure: "Figure", table: ResultTable) -> None:
    """Accuracy over epsilon, a line for each number of clients; without noise as a level."""
    axes = figure.subplots()
    for at, clients in enumerate(dict.fromkeys(row[0] for row in table.rows)):
        own = [row for row in table.rows if row[0] == clients and row[1]]
        plain = next(float(row[4]) for row in table.rows if row[0] == clients and not row[1])
        axes.plot([row[3] for row in own], [row[4] for row in own], label=f"{clients} clients", **style(at))
        axes.axhline(plain, color=style(at)["color"], linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    axes.set_xlabel("Epsilon at delta 1e-5")
    axes.set_ylabel("Accuracy")
    axes.legend(loc="lower right")
