"""Make a case as small as it can be while it still breaks its axiom: fewer agents, fewer rounds, smaller numbers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from cofund.errors import InputError
from cofund.market.instance import Instance
from cofund.mechanism.axioms.deviation import Case, Deviation
from cofund.mechanism.axioms.smaller_numbers import put, smaller_agents, smaller_reports, smaller_terms
from cofund.units import div_down

MOST_STEPS: Final = 3000
"""Cases tried before what has been reached is returned."""

_SCALES: Final = (1000, 100, 10, 2)


def shrink(case: Case, violates: Callable[[Case], bool], most: int = MOST_STEPS) -> Case:
    """The case that is left when no smaller one tried still violates; ``case`` itself if there is none."""
    left = most
    while True:
        for smaller in smaller_cases(case):
            left -= 1
            if violates(smaller):
                case = smaller
                break
            if left <= 0:
                return case
        else:
            return case


def smaller_cases(case: Case) -> Iterator[Case]:
    """Cases that are smaller in one way, the boldest first."""
    market, deviation = case.instance, case.deviation
    yield from (_scaled(case, scale) for scale in _SCALES if _largest(market) >= scale)
    for change in (*_fewer_agents(market, deviation), *smaller_terms(market), *smaller_agents(market)):
        yield from _legal(market, change, deviation)
    yield from (Case(market, smaller) for smaller in smaller_reports(deviation))


def _legal(market: Instance, change: dict[str, object], deviation: Deviation) -> Iterator[Case]:
    try:
        smaller = replace(market, **change)  # type: ignore[arg-type]
    except InputError:  # a parent that still has edges below it, a minimum above the cohort
        return
    yield Case(smaller, deviation)


def _fewer_agents(market: Instance, deviation: Deviation) -> Iterator[dict[str, object]]:
    named = deviation.named()
    for gone in _parts([at for at, owner in enumerate(market.owners) if owner.id not in named]):
        yield {"owners": tuple(owner for at, owner in enumerate(market.owners) if at not in gone)}
    for gone in _parts([at for at, client in enumerate(market.clients) if client.id not in named]):
        yield {"clients": tuple(client for at, client in enumerate(market.clients) if at not in gone)}
    used = {client.edge for client in market.clients} | ({deviation.fake_offer.edge} if deviation.fake_offer else set())
    for at, edge in enumerate(market.edges):
        if edge.id not in used and len(market.edges) > 1:
            yield {"edges": (*market.edges[:at], *market.edges[at + 1 :])}
        if edge.parent is not None:
            yield {"edges": put(market.edges, at, replace(edge, parent=None))}


def _parts(positions: list[int]) -> Iterator[frozenset[int]]:
    """All positions, either half, quarters and so on down to single ones."""
    size = len(positions)
    while size >= 1:
        for first in range(0, len(positions), size):
            yield frozenset(positions[first : first + size])
        size = div_down(size, 2)


def _largest(market: Instance) -> int:
    bids, costs = (one.bid for one in market.owners), (one.cost for one in market.clients)
    return max([market.ceiling, *bids, *costs])


def _scaled(case: Case, scale: int) -> Case:
    """Every amount divided and rounded down: what was small beside the others vanishes."""
    market, deviation = case.instance, case.deviation
    second, fake = deviation.second_owner, deviation.fake_offer
    return Case(
        replace(
            market,
            ceiling=div_down(market.ceiling, scale),
            coordinator_fee=div_down(market.coordinator_fee, scale),
            edges=tuple(replace(edge, fee=div_down(edge.fee, scale)) for edge in market.edges),
            owners=tuple(replace(owner, bid=div_down(owner.bid, scale)) for owner in market.owners),
            clients=tuple(replace(client, cost=div_down(client.cost, scale)) for client in market.clients),
        ),
        replace(
            deviation,
            bids=tuple((name, div_down(bid, scale)) for name, bid in deviation.bids),
            costs=tuple((name, div_down(cost, scale)) for name, cost in deviation.costs),
            second_owner=second and replace(second, bid=div_down(second.bid, scale)),
            fake_offer=fake and replace(fake, cost=div_down(fake.cost, scale)),
        ),
    )
