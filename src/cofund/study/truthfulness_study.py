"""What an agent is left with for everything that it could say: never more than for the truth.

A few owners and clients of one market each try reports from nothing to well above the truth, while all others tell the
truth. The figure shows ``serial``; the table also has the largest gain under the other standard rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

from cofund.mechanism.registry import rule
from cofund.study.families import Family
from cofund.study.figure import lines
from cofund.study.regret import Agent, Clear, agents
from cofund.study.result import Result, ResultTable, Tick, ticking

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cofund.market.instance import Instance

SHOWN: Final = "serial"
ALSO: Final = ("vcg", "provision")
FAMILY: Final = Family(owners=8, values="lognormal", curve="power 0.5", ratio=4, costs="spread")


@dataclass(frozen=True, slots=True)
class TruthfulnessConfiguration:
    """Which market, which agents, which reports.

    Attributes:
        market: number of the market in ``FAMILY``.
        each: how many owners, and how many clients.
        points: reports tried, evenly spaced.
        furthest: the largest report, times the truth.
    """

    market: int = 1
    each: int = 4
    points: int = 126
    furthest: float = 2.5


DEFAULT: Final = TruthfulnessConfiguration()
FULL: Final = TruthfulnessConfiguration(each=8, points=1251)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Utilities of one agent, in thousands of base units, by report; ``truthful`` is that of the truth.

    ``stake``, in base units, is its true bid, or its true cost of all rounds.
    """

    agent: Agent
    name: str
    utilities: tuple[float, ...]
    truthful: float
    stake: float


def study(configuration: TruthfulnessConfiguration, tick: Tick) -> Result:
    """Sweep the reports of every chosen agent under every rule."""
    market = FAMILY.market(configuration.market)
    factors = [at * configuration.furthest / (configuration.points - 1) for at in range(configuration.points)]
    chosen = choose(market, configuration.each)
    swept: dict[str, list[Sweep]] = {name: [] for name in (SHOWN, *ALSO)}
    for name, agent in ticking(list(product(swept, chosen)), tick):
        swept[name].append(sweep(rule(name).clear, market, agent, factors))
    tables = (_table(swept), _curves(factors, swept[SHOWN]))
    return Result(tables, lambda figure: draw(figure, factors, swept[SHOWN]), (7.2, 3.2))


def choose(market: "Instance", each: int) -> list[Agent]:
    """Owners and clients evenly spread from the lowest to the highest report."""
    chosen: list[Agent] = []
    for kind in ("owner", "client"):
        side = sorted((agent for agent in agents(market) if agent.kind == kind), key=lambda agent: agent.truth)
        gaps = max(1, each - 1)
        chosen += [side[(len(side) - 1) * at // gaps] for at in range(each)]
    return chosen


def sweep(clear: Clear, market: "Instance", agent: Agent, factors: Sequence[float]) -> Sweep:
    """Utility of every report ``factor * truth``."""

    def utility(amount: int) -> float:
        return agent.utility(market, clear(agent.says(market, amount))) / 1000

    stake = agent.truth * (1 if agent.kind == "owner" else len(market.quality))
    found = tuple(utility(round(agent.truth * factor)) for factor in factors)
    return Sweep(agent, agent.name(market), found, utility(agent.truth), float(stake))


def _table(swept: dict[str, list[Sweep]]) -> ResultTable:
    rows = []
    for each in zip(*swept.values(), strict=True):
        gains = tuple(max(0.0, *(utility - one.truthful for utility in one.utilities)) for one in each)
        rows.append((each[0].name, each[0].agent.truth, each[0].truthful, min(each[0].utilities), *gains))
    header = ("agent", "truth", "utility", "worst lie", *(f"gain, {name}" for name in swept))
    title = f"Utility under {SHOWN} in thousands of base units, and the largest gain by a lie under each rule"
    return ResultTable("truthfulness", title, header, tuple(rows))


def _curves(factors: Sequence[float], sweeps: Sequence[Sweep]) -> ResultTable:
    rows = tuple((factor, *(each.utilities[at] for each in sweeps)) for at, factor in enumerate(factors))
    header = ("report/truth", *(each.name for each in sweeps))
    return ResultTable(
        "truthfulness-curves", "Utility by report, in thousands of base units", header, rows, shown=False
    )


def draw(figure: "Figure", factors: Sequence[float], sweeps: Sequence[Sweep]) -> None:
    """Owners left, clients right; a vertical line at the truth."""
    for panel, kind in zip(figure.subplots(1, 2), ("owner", "client"), strict=True):
        said, stake = ("bid", "true bid") if kind == "owner" else ("cost", "true cost of all rounds")
        side = [each for each in sweeps if each.agent.kind == kind]
        heights = {
            f"{each.name} ({said} {each.agent.truth:,})": [1000 * utility / each.stake for utility in each.utilities]
            for each in side
        }
        lines(panel, factors, heights, f"Reported {said} / true {said}", every=12)
        panel.axvline(1, color="black", linewidth=1)
        panel.axhline(0, color="black", linewidth=0.5)
        panel.set_title(f"{kind.capitalize()}s", fontsize=9, loc="left")
        panel.set_ylabel(f"Utility / {stake}")
        panel.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
