"""Reports worth trying: every number in a small market, in a large one the numbers near which an outcome changes."""

from typing import Final

from cofund.market.instance import Client, Instance, Owner
from cofund.market.validation import MAX_AMOUNT
from cofund.mechanism.outcome import Outcome
from cofund.units import ONE, div_down, div_up

SMALL: Final = 64
"""Up to this amount every whole number is tried."""

_PARTS: Final = ((0, 1), (1, 2), (9, 10), (99, 100), (101, 100), (11, 10), (2, 1), (10, 1))
_MOST_SHARERS: Final = 12


def bids_to_try(instance: Instance, outcome: Outcome, owner: Owner) -> list[int]:
    """Other bids of ``owner``: near the others' bids, and where a block is worth a share of its cost."""
    largest = max(one.bid for one in instance.owners)
    if largest <= SMALL:
        return [bid for bid in range(largest + 8) if bid != owner.bid]
    known = {one.bid for one in instance.owners} | set(_share_bids(instance, outcome, owner))
    return _around(known, owner.bid)


def costs_to_try(instance: Instance, outcome: Outcome, client: Client) -> list[int]:
    """Other offers of ``client``: near the others' total costs, the prices and the ceiling, net of its edge's fee."""
    if instance.ceiling <= SMALL:
        return [cost for cost in range(instance.ceiling + 3) if cost != client.cost]
    edges = zip(instance.edges, instance.path_fees(), strict=True)
    fee = next(fee for edge, fee in edges if edge.id == client.edge)
    totals = {amount for _, amount in instance.offers()} | {instance.ceiling, *outcome.prices.values()}
    return _around({total - fee for total in totals}, client.cost)


def _share_bids(instance: Instance, outcome: Outcome, owner: Owner) -> list[int]:
    """Bids at which the goal, a round near the owner's level or all rounds cost as much as they are worth."""
    rounds = len(instance.quality)
    level = next(result.level for result in outcome.owners if result.id == owner.id)
    spans = {(0, 1), (0, instance.goal), (0, rounds), (rounds - 1, rounds)}
    spans |= {(at, at + 1) for at in (level - 1, level) if 0 <= at < rounds}
    cost = outcome.round_cost - div_down(instance.match * outcome.round_cost, ONE)
    found = []
    for first, last in spans:
        quality = sum(instance.quality[first:last])
        for sharers in range(1, min(len(instance.owners), _MOST_SHARERS) + 1):
            share = div_up(owner.weight * (last - first) * cost, sharers)
            found.append(div_up(share * ONE, max(1, quality)))
    return found


def _around(known: set[int], truth: int) -> list[int]:
    near = {amount + step for amount in known for step in (-1, 0, 1)}
    near |= {div_down(truth * part, of) for part, of in _PARTS}
    return sorted(amount for amount in near - {truth} if 0 <= amount <= MAX_AMOUNT)
