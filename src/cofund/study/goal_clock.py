"""The clock with the table that is best for a prior.

A price p of full quality climbs; k owners have a value of at least p. Stopping sells them the level l of those that
they can pay, ``k p Q(l) >= l P'``, with the greatest expected welfare ``k E[v | v >= p] Q(l) - l C``; going on leaves a
binomial number of them. Backward induction gives the best table (mechanism.md, L.1: truthful for every table).
"""

from dataclasses import dataclass
from math import comb
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cofund.mechanism.planning.expectation import Draws
from cofund.mechanism.planning.supply import Supply
from cofund.mechanism.value_distribution import Floats, ValueDistribution
from cofund.units import ONE

PRICES: Final = 120
_EQUAL: Final = 1 - 1e-12


@dataclass(frozen=True, slots=True)
class LevelTable:
    """What the clock sells.

    Attributes:
        prices: ascending. Shape (n,).
        levels: at each price with 0, 1, ... survivors; 0 to go on. Shape (n, owners + 1).
    """

    prices: Floats
    levels: NDArray[np.intp]


def best_table(prior: ValueDistribution, owners: int, quality: tuple[int, ...], clients: Supply) -> LevelTable:
    """The table with the greatest expected welfare, over prices that are values of the prior."""
    at = np.unique(np.linspace(0, len(prior.values) - 1, PRICES).astype(int))  # from the dearest price down
    stay = np.cumsum(prior.chances)
    worth = np.cumsum(prior.chances * prior.values) / stay
    ahead, above = np.zeros(owners + 1), 0.0
    rows: list[NDArray[np.intp]] = []
    for each in at:
        stopped, level = _stopped(float(prior.values[each]), float(worth[each]), owners, quality, clients)
        going_on = _survivors(owners, above / float(stay[each])) @ ahead
        rows.append(np.where(stopped >= going_on, level, 0))
        ahead, above = np.maximum(stopped, going_on), float(stay[each])
    return LevelTable(prior.values[at][::-1].copy(), np.array(rows[::-1]))


def clock_welfare(draws: Draws, quality: tuple[int, ...], table: LevelTable) -> float:
    """Mean welfare of drawn markets: each stops at the first price at which the table sells something."""
    rows = np.arange(len(draws.values))
    welfare, waiting = np.zeros(len(rows)), np.ones(len(rows), bool)
    learned = np.concatenate([[0.0], np.cumsum(quality) / ONE])
    for price, levels in zip(table.prices, table.levels, strict=True):
        survives = draws.values >= np.floor(price)  # values are whole
        level = np.where(waiting, levels[survives.sum(axis=1)], 0)
        created = np.where(survives, draws.values, 0).sum(axis=1) * learned[level] - level * draws.of_supply(
            "true_round_cost"
        )
        welfare += np.where(level > 0, created, 0)
        waiting &= level == 0
    return float(welfare.mean())


def _stopped(
    price: float, worth: float, owners: int, quality: tuple[int, ...], clients: Supply
) -> tuple[Floats, NDArray[np.intp]]:
    """Welfare and level of stopping with 0, 1, ..., ``owners`` survivors; both 0 if they pay for no level."""
    survivors = np.arange(owners + 1)[:, None]
    learned, rounds = np.concatenate([[0.0], np.cumsum(quality) / ONE]), np.arange(len(quality) + 1)
    paid = survivors * price * learned >= rounds * clients.owners_cost * _EQUAL
    welfare = np.where(paid, survivors * worth * learned - rounds * clients.true_round_cost, -np.inf)
    return welfare.max(axis=1), welfare.argmax(axis=1)


def _survivors(owners: int, stay: float) -> Floats:
    """Row k: the chances of 0, 1, ... survivors of k, each staying with the same chance."""
    chances = np.zeros((owners + 1, owners + 1))
    for k in range(owners + 1):
        chances[k, : k + 1] = [comb(k, left) * stay**left * (1 - stay) ** (k - left) for left in range(k + 1)]
    return chances
