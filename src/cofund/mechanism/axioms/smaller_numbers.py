"""One number of a case made smaller: terms, bids, costs, reports."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from cofund.market.instance import Instance
from cofund.mechanism.axioms.deviation import Deviation
from cofund.units import ONE, div_down

_T = TypeVar("_T")


def smaller_terms(market: Instance) -> Iterator[dict[str, object]]:
    """Changes of the terms and the edges, as fields of the instance; not all of them are legal."""
    if len(market.quality) > 1:
        yield {"quality": (ONE,), "goal": 1}
        merged = (market.quality[0] + market.quality[-1], *market.quality[1:-1])
        even = div_down(ONE, len(merged))
        level = (ONE - even * (len(merged) - 1), *(even,) * (len(merged) - 1))
        for quality in (level, merged):
            yield {"quality": quality, "goal": min(market.goal, len(quality))}
    for name, least in (("match", 0), ("goal", 1), ("min_cohort", 1), ("coordinator_fee", 0), ("ceiling", 0)):
        for amount in _lower(getattr(market, name), least):
            yield {name: amount}
    for cohort in _lower(market.cohort, 1):
        yield {"cohort": cohort, "min_cohort": min(cohort, market.min_cohort)}
    for at, edge in enumerate(market.edges):
        for fee in _lower(edge.fee):
            yield {"edges": put(market.edges, at, replace(edge, fee=fee))}
        for capacity in _lower(edge.capacity):
            yield {"edges": put(market.edges, at, replace(edge, capacity=capacity))}


def smaller_agents(market: Instance) -> Iterator[dict[str, object]]:
    """True bids, weights and costs made smaller."""
    for at, owner in enumerate(market.owners):
        for bid in _lower(owner.bid):
            yield {"owners": put(market.owners, at, replace(owner, bid=bid))}
        for weight in _lower(owner.weight, 1):
            yield {"owners": put(market.owners, at, replace(owner, weight=weight))}
    for at, client in enumerate(market.clients):
        for cost in _lower(client.cost):
            yield {"clients": put(market.clients, at, replace(client, cost=cost))}


def smaller_reports(deviation: Deviation) -> Iterator[Deviation]:
    """What is reported made smaller, or the truth told after all."""
    for at in range(len(deviation.bids)):
        yield replace(deviation, bids=(*deviation.bids[:at], *deviation.bids[at + 1 :]))
    for at in range(len(deviation.costs)):
        yield replace(deviation, costs=(*deviation.costs[:at], *deviation.costs[at + 1 :]))
    for at, (name, bid) in enumerate(deviation.bids):
        for lower in _lower(bid):
            yield replace(deviation, bids=put(deviation.bids, at, (name, lower)))
    for at, (name, cost) in enumerate(deviation.costs):
        for lower in _lower(cost):
            yield replace(deviation, costs=put(deviation.costs, at, (name, lower)))
    yield from _smaller_identities(deviation)


def _smaller_identities(deviation: Deviation) -> Iterator[Deviation]:
    if deviation.second_owner is not None:
        for lower in _lower(deviation.second_owner.bid):
            yield replace(deviation, second_owner=replace(deviation.second_owner, bid=lower))
    if deviation.fake_offer is not None:
        for lower in _lower(deviation.fake_offer.cost):
            yield replace(deviation, fake_offer=replace(deviation.fake_offer, cost=lower))


def put(items: tuple[_T, ...], at: int, item: _T) -> tuple[_T, ...]:
    """``items`` with ``item`` in place of the one at position ``at``."""
    return (*items[:at], item, *items[at + 1 :])


def _lower(amount: int, least: int = 0) -> Iterator[int]:
    """From the least up: the least, half, seven eighths, one less."""
    steps = {least, div_down(amount, 2), amount - div_down(amount, 8), amount - 1}
    yield from sorted(step for step in steps if least <= step < amount)
