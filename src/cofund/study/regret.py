"""What the truth costs and a lie gains: exact utilities (mechanism.md, 1), and a search over misreports."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from cofund.market.instance import Instance
from cofund.mechanism.axioms.deviation import Case, Deviation
from cofund.mechanism.axioms.utility import client_utility, owner_utility
from cofund.mechanism.outcome import Outcome

Clear = Callable[[Instance], Outcome]

FACTORS: Final = (0.0, 0.3, 0.6, 0.8, 0.9, 0.97, 1.03, 1.1, 1.25, 1.6, 3.0)
"""A misreport is the truth times one of these."""


@dataclass(frozen=True, slots=True)
class Agent:
    """An owner or a client of a market, by position, and what it would say if it told the truth."""

    kind: str
    at: int
    truth: int

    def name(self, market: Instance) -> str:
        """Its id there."""
        return (market.owners if self.kind == "owner" else market.clients)[self.at].id

    def says(self, market: Instance, amount: int) -> Instance:
        """The market in which this agent reports ``amount``."""
        said = ((self.name(market), amount),)
        return Case(market, Deviation(bids=said) if self.kind == "owner" else Deviation(costs=said)).deviated()

    def utility(self, market: Instance, outcome: Outcome) -> float:
        """What the agent is left with, in base units, by its true value or cost."""
        measured = owner_utility if self.kind == "owner" else client_utility
        return float(measured(market, outcome, self.name(market)))

    def stake(self, market: Instance) -> float:
        """What gains and losses are shares of: the mean bid, or a mean client's cost of all rounds."""
        if self.kind == "owner":
            return max(1.0, sum(owner.bid for owner in market.owners) / len(market.owners))
        costs = [client.cost for client in market.clients]
        return max(1.0, sum(costs) / len(costs) * len(market.quality))


def agents(market: Instance) -> Iterator[Agent]:
    """Every owner and every client."""
    yield from (Agent("owner", at, owner.bid) for at, owner in enumerate(market.owners))
    yield from (Agent("client", at, client.cost) for at, client in enumerate(market.clients))


def largest_loss(market: Instance, outcome: Outcome) -> float:
    """Largest loss of an agent that tells the truth, as a share of its stake; 0 if nobody loses."""
    return max(0.0, *(-agent.utility(market, outcome) / agent.stake(market) for agent in agents(market)))


def largest_regret(clear: Clear, market: Instance, tried: int, seed: int) -> float:
    """Largest gain by a misreport, as a share of its stake; 0 if none was found.

    Args:
        clear: the rule.
        market: in which everybody else tells the truth.
        tried: how many owners, and how many clients, to try; drawn at random.
        seed: of the draw.
    """
    generator = np.random.default_rng(seed)
    everybody = list(agents(market))
    honest = clear(market)
    largest = 0.0
    for kind in ("owner", "client"):
        side = [agent for agent in everybody if agent.kind == kind]
        for chosen in generator.permutation(len(side))[:tried]:
            agent = side[chosen]
            truthful = agent.utility(market, honest)
            for amount in {round(agent.truth * factor) for factor in FACTORS}:
                lied = clear(agent.says(market, amount))
                largest = max(largest, (agent.utility(market, lied) - truthful) / agent.stake(market))
    return largest
