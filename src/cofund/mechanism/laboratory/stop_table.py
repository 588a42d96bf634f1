"""When the clock stops: a table by dynamic programming, computed without any bid (mechanism.md, "Laboratory").

State: step g of the price and number s of survivors. The prior takes bids per unit of weight as independent and uniform
up to ``high``, three times an equal part of the dearest campaign, ``(K ceiling + f) R``. With W the expected welfare of
stopping (each survivor's bid then averages ``(p + high) / 2``) and s' binomial,

    V(g, s) = max(W(g, s), E V(g + 1, s'))     and the clock stops where W is the larger and a level is paid for.

Integers only, so everyone computes the same table; a wrong prior costs welfare and nothing else. The table is a
function of the owners' number and weights, the terms and P', which no buyer and no hired client can move.
Time O(steps (owners**2 + rounds)), once a market.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import comb
from typing import Final

from cofund.market.instance import Instance
from cofund.units import ONE, div_down, div_up

STEPS: Final = 32


@dataclass(frozen=True, slots=True)
class StopTable:
    """Prices that the clock climbs, and for each whether it stops with 0, 1, ... survivors (the last entry: or more).

    Attributes:
        prices: per unit of weight for full quality, strictly increasing.
        stops: one row a price.
    """

    prices: tuple[int, ...]
    stops: tuple[tuple[bool, ...], ...]


def stop_table(instance: Instance, round_cost: int) -> StopTable:
    """The table of the default prior for a market whose owners have to raise ``round_cost`` a round."""
    weight = sum(owner.weight for owner in instance.owners)
    dearest = (instance.cohort * instance.ceiling + instance.coordinator_fee) * len(instance.quality)
    high = max(STEPS, div_up(3 * dearest, max(1, weight)))
    return _solve(len(instance.owners), weight, instance.quality, round_cost, high)


@lru_cache(maxsize=64)
def _solve(owners: int, weight: int, quality: tuple[int, ...], round_cost: int, high: int) -> StopTable:
    prices = tuple(div_down(high * step, STEPS) for step in range(1, STEPS + 1))
    ahead = [0] * (owners + 1)
    rows: list[tuple[bool, ...]] = []
    for step in range(STEPS, 0, -1):
        stopped = [
            _stop_welfare(prices[step - 1], high, div_down(weight * s, max(1, owners)), quality, round_cost)
            for s in range(owners + 1)
        ]
        going_on = [_expected(ahead, s, STEPS - step - 1, STEPS - step) for s in range(owners + 1)]
        rows.append(tuple(stop >= go for stop, go in zip(stopped, going_on, strict=True)))
        ahead = [max(stop, go) for stop, go in zip(stopped, going_on, strict=True)]
    return StopTable(prices, tuple(reversed(rows)))


def _stop_welfare(price: int, high: int, weight: int, quality: tuple[int, ...], round_cost: int) -> int:
    """Twice the expected value of the survivors less the round costs at the largest level they pay for; 0 if none."""
    welfare = 0
    for level, learned in enumerate(accumulate(quality), start=1):
        if div_down(weight * price * learned, ONE) >= level * round_cost:
            welfare = div_down(weight * (price + high) * learned, ONE) - 2 * level * round_cost
    return welfare


def _expected(ahead: list[int], survivors: int, stay: int, of: int) -> int:
    """Expectation of ``ahead`` when each survivor stays with probability ``stay / of``, rounded down."""
    if of == 0:
        return 0
    leave = of - stay
    terms = (comb(survivors, s) * stay**s * leave ** (survivors - s) * ahead[s] for s in range(survivors + 1))
    return div_down(sum(terms), of**survivors)
