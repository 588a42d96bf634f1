"""What ``serial`` is expected to do for every goal, over drawn markets (mechanism.md, "Choosing the goal").

A block of b rounds and quality q is bought by the k owners with the highest values, k being the largest number with

    v_(k) q / ONE >= ceil(b P' / k).

Whoever buys a later round buys the goal and every round before (mechanism.md, 3.3), so goal and rounds can be looked at
one by one. Owners are alike: weights are 1. Floating point, for this is statistics about
markets before anybody has bid.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cofund.mechanism.planning.supply import Supply
from cofund.mechanism.value_distribution import Floats
from cofund.units import ONE


@dataclass(frozen=True)
class Draws:
    """Drawn markets.

    Attributes:
        values: owners' values of the finished model in whole base units, each row descending. Shape (n, owners).
        supplies: what the clients may cost; row i has number i modulo their count.
    """

    values: Floats
    supplies: tuple[Supply, ...]

    @cached_property
    def supply_of(self) -> NDArray[np.intp]:
        """The supply of each row. Shape (n,)."""
        return np.arange(len(self.values)) % len(self.supplies)

    def of_supply(self, name: str) -> Floats:
        """A field of each row's supply; costs are infinite where there are too few clients. Shape (n,)."""
        return np.array([getattr(each, name) for each in self.supplies], float)[self.supply_of]

    @cached_property
    def highest(self) -> Floats:
        """Sums of the 0, 1, ... highest values. Shape (n, owners + 1)."""
        return np.cumsum(np.pad(self.values, ((0, 0), (1, 0))), axis=1)


@dataclass(frozen=True, slots=True)
class Expected:
    """One goal, over the drawn markets.

    Attributes:
        funded: part of the markets that are funded.
        rounds: mean rounds of those.
        charge: mean charge of an owner that buys.
        client_pay: mean pay of all clients together in a market that is funded.
        welfare: mean welfare of all markets.
    """

    funded: float
    rounds: float
    charge: float
    client_pay: float
    welfare: float


@dataclass(frozen=True, slots=True)
class RoundBlock:
    """A block of rounds in every drawn market: how many buy it, and the welfare it adds. Shapes (n,)."""

    buyers: NDArray[np.intp]
    welfare: Floats


def can_pay(draws: Draws, rounds: int, quality: int) -> NDArray[np.bool_]:
    """Whether the k highest owners can pay so many rounds that add so much quality. Shape (n, owners), from k = 1."""
    costs = np.array([each.owners_cost for each in draws.supplies], float)
    shares = np.ceil(rounds * costs[:, None] / np.arange(1, draws.values.shape[1] + 1))
    needed = shares * ONE / quality if quality else np.where(shares > 0, np.inf, 0.0)
    return draws.values >= needed[draws.supply_of]


def block(draws: Draws, rounds: int, quality: int) -> RoundBlock:
    """Sell so many rounds that add so much quality, in parts of ``ONE``."""
    owners, pays = draws.values.shape[1], can_pay(draws, rounds, quality)
    buyers = np.where(pays.any(axis=1), owners - pays[:, ::-1].argmax(axis=1), 0)
    value = draws.highest[np.arange(len(buyers)), buyers] * quality / ONE
    cost = rounds * np.where(buyers > 0, draws.of_supply("true_round_cost"), 0)
    return RoundBlock(buyers, np.where(buyers > 0, value - cost, 0))


def expectations(draws: Draws, quality: tuple[int, ...]) -> tuple[Expected, ...]:
    """What to expect of the goals 1, 2, ..., ``len(quality)``."""
    stretch = [block(draws, 1, step) for step in quality]
    welfare, runs = np.zeros(len(draws.values)), np.zeros(len(draws.values))
    learned = sum(quality)
    found: list[Expected] = []
    for goal in range(len(quality), 0, -1):
        together = block(draws, goal, learned)
        found.append(_expected(draws, goal, together, runs, welfare))
        last = stretch[goal - 1]
        runs, welfare = runs + (last.buyers > 0), welfare + last.welfare
        learned -= quality[goal - 1]
    return tuple(reversed(found))


def _expected(draws: Draws, goal: int, together: RoundBlock, runs: Floats, welfare: Floats) -> Expected:
    """A goal with the stretch rounds after it, which run only where the goal is reached."""
    funded = together.buyers > 0
    rounds = np.where(funded, goal + runs, 0)
    paid = rounds * np.where(funded, draws.of_supply("owners_cost"), 0)
    client_pay = rounds * draws.of_supply("client_pay")
    buyers, reached = int(together.buyers.sum()), max(1, int(funded.sum()))
    return Expected(
        funded=float(funded.mean()),
        rounds=float(rounds.sum()) / reached,
        charge=float(paid.sum()) / max(1, buyers),
        client_pay=float(client_pay.sum()) / reached,
        welfare=float((together.welfare + welfare).mean()),
    )


def first_best(draws: Draws, quality: tuple[int, ...]) -> float:
    """Mean welfare if every round ran that is worth its true cost to all owners together."""
    together, costs = draws.values.sum(axis=1) / ONE, draws.of_supply("true_round_cost")
    return float(sum(np.maximum(0, together * step - costs).mean() for step in quality))


def chance_of_more_rounds(draws: Draws, quality: tuple[int, ...], goal: int) -> list[float]:
    """For r = 0, 1, ..., the chance that more than r rounds run with this goal. Nonincreasing, ends with 0."""
    reached = float((block(draws, goal, sum(quality[:goal])).buyers > 0).mean())
    later = [float((block(draws, 1, step).buyers > 0).mean()) for step in quality[goal:]]
    return [reached] * goal + later + [0.0]
