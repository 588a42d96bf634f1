"""``clock``: the price of the model rises until a committed table says stop (CLOCK-VCG; mechanism.md, "Laboratory").

Clients and the round cost P' (after the match) are those of mechanism.md, 2. One public price p per unit of weight, for
full quality, climbs the table's prices. The owners with ``b_i >= weight_i p`` survive. Where the table says stop for
that many survivors S, the clock sells the largest level l whose cost the survivors cover,

    weight(S) c >= l P'    with    c = floor(p Q(l) / ONE),

each paying ``weight_i c``. If there is no such level it climbs on. So that rounding never pays for a lie, only *fair*
levels are sold, at which every bid below ``weight p`` is worth at most the charge: ``weight (p Q(l) mod ONE) <= Q(l)``
for the largest weight of all owners. The last level is always fair. Strategyproof and never in deficit, whatever the
table.
"""

from itertools import accumulate
from typing import Final

from cofund.market.instance import Instance
from cofund.mechanism.charges import Charges, not_funded, sold
from cofund.mechanism.cohort import Cohort
from cofund.mechanism.laboratory.stop_table import StopTable, stop_table
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.registry import TRUTHFUL, Rule
from cofund.mechanism.rules import clear_by
from cofund.mechanism.serial import cost_of_a_round
from cofund.units import ONE


def clock(instance: Instance, table: StopTable | None = None) -> Outcome:
    """The outcome of the clock with ``table``, by default the one that ``stop_table`` computes without any bid."""

    def run(market: Instance, cohort: Cohort) -> Charges:
        round_cost, matched = cost_of_a_round(market, cohort)
        level, share, buyers = _climb(market, round_cost, table or stop_table(market, round_cost))
        if not level:
            return not_funded(market, cohort, "the clock ran out of owners before a level was paid for")
        levels = [level * (at in buyers) for at in range(len(market.owners))]
        charges = [owner.weight * share * (at in buyers) for at, owner in enumerate(market.owners)]
        return sold(market, cohort, levels, charges, matched)

    return clear_by(instance, "clock", run)


def _climb(instance: Instance, round_cost: int, table: StopTable) -> tuple[int, int, frozenset[int]]:
    """The level that is sold, its share per unit of weight, and who buys; level 0 if none is."""
    heaviest = max((owner.weight for owner in instance.owners), default=1)
    for price, stops in zip(table.prices, table.stops, strict=True):
        buyers = frozenset(at for at, owner in enumerate(instance.owners) if owner.bid >= owner.weight * price)
        if not buyers:
            break
        if stops[min(len(buyers), len(stops) - 1)]:
            weight = sum(instance.owners[at].weight for at in buyers)
            level, share = _largest_level(instance, price, round_cost, weight, heaviest)
            if level:
                return level, share, buyers
    return 0, 0, frozenset()


def _largest_level(instance: Instance, price: int, round_cost: int, weight: int, heaviest: int) -> tuple[int, int]:
    """The largest fair level that is paid for, with its share per unit of weight; 0 if there is none."""
    best = (0, 0)
    for level, quality in enumerate(accumulate(instance.quality), start=1):
        share, rest = divmod(price * quality, ONE)
        if heaviest * rest <= quality and weight * share >= level * round_cost:
            best = (level, share)
    return best


RULE: Final = Rule("clock", clock, TRUTHFUL, "a rising price per owner, stopped by a table fixed beforehand")
