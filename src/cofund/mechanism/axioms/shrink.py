"""Make a case as small as it can be while it still breaks its axiom: fewer agents, fewer rounds, smaller numbers."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final, TypeVar

from cofund.errors import InputError
from cofund.market.instance import Instance
from cofund.mechanism.axioms.deviation import Case, Deviation
from cofund.units import ONE, div_down

_T = TypeVar("_T")

MOST_STEPS: Final = 3000
"""Cases tried before what has been reached is returned."""

_SCALES: Final = (1000, 100, 10, 2)
_AMOUNTS: Final = frozenset({"ceiling", "coordinator_fee", "fee", "bid", "cost", "bids", "costs"})
"""Fields of a case that are amounts of money, or hold some."""

_LEAST: Final = {"goal": 1, "min_cohort": 1, "weight": 1}
"""Numbers that cannot be 0."""


def shrink(case: Case, violates: Callable[[Case], bool]) -> Case:
    """The case that is left when no smaller one tried still violates; ``case`` itself if there is none."""
    left = MOST_STEPS
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
    for change in (*_fewer_agents(market, deviation), *_smaller_terms(market)):
        yield from _legal(market, change, deviation)
    for kind in ("bids", "costs"):  # the truth told after all
        reports = getattr(deviation, kind)
        for at in range(len(reports)):
            yield Case(market, replace(deviation, **{kind: reports[:at] + reports[at + 1 :]}))
    yield from (Case(market, smaller) for smaller in _smaller(deviation))


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
            yield {"edges": _put(market.edges, at, replace(edge, parent=None))}


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


def _scaled(value: _T, scale: int, amount: bool = False) -> _T:
    """Every amount in it divided and rounded down: what was small beside the others vanishes."""
    found: Any = value
    if isinstance(value, int):
        found = div_down(value, scale) if amount else value
    elif isinstance(value, tuple):
        found = tuple(_scaled(item, scale, amount) for item in value)
    elif is_dataclass(value):
        parts = {each.name: _scaled(getattr(value, each.name), scale, each.name in _AMOUNTS) for each in fields(value)}
        found = replace(value, **parts)  # type: ignore[type-var]
    return found  # type: ignore[no-any-return]


def _smaller_terms(market: Instance) -> Iterator[dict[str, object]]:
    """Changes of the terms, the edges and the agents, as fields of the instance; not all of them are legal."""
    if len(market.quality) > 1:
        yield {"quality": (ONE,), "goal": 1}
        merged = (market.quality[0] + market.quality[-1], *market.quality[1:-1])
        even = div_down(ONE, len(merged))
        level = (ONE - even * (len(merged) - 1), *(even,) * (len(merged) - 1))
        for quality in (level, merged):
            yield {"quality": quality, "goal": min(market.goal, len(quality))}
    for name in ("match", "goal", "min_cohort", "coordinator_fee", "ceiling"):
        yield from ({name: less} for less in _smaller(getattr(market, name), _LEAST.get(name, 0)))
    for cohort in _smaller(market.cohort, 1):
        yield {"cohort": cohort, "min_cohort": min(cohort, market.min_cohort)}
    for name in ("edges", "owners", "clients"):
        yield from ({name: less} for less in _smaller(getattr(market, name)))


def _smaller(value: Any, least: int = 0) -> Iterator[Any]:
    """The value with one number in it lowered; that from the least up: the least, half, seven eighths, one less."""
    if isinstance(value, int):
        steps = {least, div_down(value, 2), value - div_down(value, 8), value - 1}
        yield from sorted(step for step in steps if least <= step < value)
    elif isinstance(value, tuple):
        for at, item in enumerate(value):
            yield from (_put(value, at, less) for less in _smaller(item))
    elif is_dataclass(value):
        for name in (each.name for each in fields(value)):
            yield from (replace(value, **{name: less}) for less in _smaller(getattr(value, name), _LEAST.get(name, 0)))  # type: ignore[type-var]


def _put(items: tuple[Any, ...], at: int, item: Any) -> tuple[Any, ...]:
    """``items`` with ``item`` in place of the one at position ``at``."""
    return (*items[:at], item, *items[at + 1 :])
