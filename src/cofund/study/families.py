"""Families of markets: who bids, who offers, and what is known beforehand.

A family fixes the clients, the learning curve and the distribution of owners' values; a market of it draws the values.
Owners' mean value is set so that together they expect the finished model to be worth ``ratio`` times its true cost.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Final

import numpy as np

from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.market.quality import exponential_quality, power_quality
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.value_distribution import (
    ValueDistribution,
    discrete,
    exponential,
    lognormal,
    pareto,
    uniform,
)

VALUES: Final[dict[str, ValueDistribution]] = {
    "uniform": uniform(0, 1),
    "exponential": exponential(1),
    "lognormal": lognormal(1, 1),
    "two-point": discrete({1.0: 0.75, 5.0: 0.25}),
    "pareto": pareto(1.5, 1, 30),
}
"""Of one owner's value of the finished model, up to its unit."""

ROUNDS: Final = 20
CURVES: Final = {
    "power 0.5": power_quality(Decimal("0.5"), ROUNDS),
    "exponential 0.2": exponential_quality(Decimal("0.2"), ROUNDS),
}
COSTS: Final = {"alike": (900, 900), "spread": (600, 1200)}
"""Range of what a client asks for a round; clients that ask the same are paid what they ask."""

CLIENTS, COHORT, EDGES = 24, 8, 3
FEE, CEILING = 100, 1500


@dataclass(frozen=True)
class Family:
    """Markets that differ only in the owners' values.

    Attributes:
        owners: how many.
        values: a key of ``VALUES``.
        curve: a key of ``CURVES``.
        ratio: expected value of the finished model to all owners, over the true cost of all rounds.
        costs: a key of ``COSTS``.
        clients: how many.
        seed: of the clients' costs.
    """

    owners: int
    values: str
    curve: str
    ratio: float
    costs: str
    clients: int = CLIENTS
    seed: int = 1

    @cached_property
    def supply(self) -> Instance:
        """The clients alone; their costs belong to the family."""
        low, high = COSTS[self.costs]
        asked = np.random.default_rng(self.seed).integers(low, high, self.clients, endpoint=True)
        names = [f"edge-{at + 1}" for at in range(EDGES)]
        return Instance(
            cohort=COHORT,
            min_cohort=COHORT,
            ceiling=CEILING,
            coordinator_fee=0,
            goal=1,
            match=0,
            quality=CURVES[self.curve],
            edges=tuple(Edge(name, COHORT, FEE) for name in names),
            owners=(),
            clients=tuple(Client(f"client-{at + 1}", names[at % EDGES], int(cost)) for at, cost in enumerate(asked)),
        )

    @cached_property
    def true_round_cost(self) -> int:
        """What a round costs the cheapest cohort."""
        return choose_cohort(self.supply).true_round_cost

    @cached_property
    def distribution(self) -> ValueDistribution:
        """Of one owner's value, in base units."""
        known = VALUES[self.values]
        return known.scaled(self.ratio * self.true_round_cost * ROUNDS / self.owners / known.mean)

    def market(self, number: int) -> Instance:
        """Market ``number`` of the family: its own draw of the values, whatever else is drawn."""
        generator = np.random.default_rng([self.seed, number])
        drawn = self.distribution.values[self.distribution.draw(generator, self.owners)]
        owners = tuple(Owner(f"owner-{at + 1}", int(value)) for at, value in enumerate(drawn))
        return replace(self.supply, owners=owners)
