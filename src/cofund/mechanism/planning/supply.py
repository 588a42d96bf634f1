"""What a round may cost, from what the clients are expected to ask.

Each expected client's cost is drawn from its range; the cohort and its prices are those of mechanism.md, 2.
"""

from dataclasses import dataclass
from math import inf
from typing import Final

import numpy as np

from cofund.market.draft import CohortOption, Draft
from cofund.market.instance import Client, Instance
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.serial import cost_of_a_round

DRAWN: Final = 8
"""Supplies that are drawn if any cost is uncertain."""


@dataclass(frozen=True, slots=True)
class Supply:
    """One possible cohort.

    Attributes:
        owners_cost: what a round costs the owners after the match (P'); infinite if clients are too few.
        true_round_cost: what it costs the clients, edges and coordinator (C); infinite if clients are too few.
        client_pay: what a round pays all clients together, edge fees not included.
    """

    owners_cost: float
    true_round_cost: float
    client_pay: int


def supplies(draft: Draft, option: CohortOption, seed: int) -> tuple[Supply, ...]:
    """Draw supplies for a cohort; one is enough if every cost is certain."""
    certain = all(group.low == group.high for group in draft.clients)
    generator = np.random.default_rng([seed, 1])
    return tuple(supply(market(draft, option, generator)) for _ in range(1 if certain else DRAWN))


def market(draft: Draft, option: CohortOption, generator: np.random.Generator) -> Instance:
    """The market without owners, its clients' costs drawn."""
    asked: list[Client] = []
    for group in draft.clients:
        above_low = [int(part * (group.high - group.low + 1)) for part in generator.random(group.count)]
        asked += [Client(f"{len(asked) + at + 1}", group.edge, group.low + more) for at, more in enumerate(above_low)]
    return draft.market(option, tuple(asked))


def supply(without_owners: Instance) -> Supply:
    """The cohort of a market, as its owners see it."""
    cohort = choose_cohort(without_owners)
    if len(cohort.winners) < without_owners.min_cohort:
        return Supply(inf, inf, 0)
    fees = sum(edge.fee * count for edge, count in zip(without_owners.edges, cohort.counts, strict=True))
    client_pay = cohort.round_cost - without_owners.coordinator_fee - fees
    return Supply(cost_of_a_round(without_owners, cohort)[0], cohort.true_round_cost, client_pay)
