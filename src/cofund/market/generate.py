"""Seeded random instances that are worth looking at: usually funded, some edges full, owners at several levels.

Only integers from ``random.Random(seed)`` are drawn, so a seed gives the same instance on every machine.
"""

from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Final

from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.market.quality import power_quality

_CHEAP, _DEAR, _CEILING = 4_000, 8_000, 9_000
_EXPONENT: Final = Decimal("0.5")


def generate(
    owners: int,
    clients: int,
    edges: int,
    seed: int,
    *,
    rounds: int = 40,
    goal: int = 1,
    match: int = 0,
    regions: int = 0,
) -> Instance:
    """Draw an instance.

    A third of the clients train. Edges differ in fee, and have between half and twice the average capacity that this
    takes. An owner's bid is between a fifth and three times its equal part of the cost of all rounds.

    Args:
        owners: number of owners.
        clients: number of clients, spread over the edges at random.
        edges: number of edge servers.
        seed: any integer.
        rounds: length of the power curve with exponent 0.5.
        goal: rounds sold together, from 1 to ``rounds``.
        match: the sponsor's part of every round, in parts of ``ONE``.
        regions: edges without clients of their own, listed last; the others hang below them in turn. They take a fee
            and have between half and twice the average capacity. Nothing else changes with their number.
    """
    draw = Random(seed)  # noqa: S311 - test data, not secrets
    cohort = max(1, clients // 3)
    places = tuple(_edge(draw, number, -(-cohort // max(1, edges))) for number in range(1, edges + 1))
    offers = tuple(_client(draw, number, places) for number in range(1, clients + 1)) if places else ()
    expected_cost = cohort * (_CHEAP + _DEAR) // 2 * rounds
    return Instance(
        cohort=cohort,
        min_cohort=max(1, cohort * 3 // 4),
        ceiling=_CEILING,
        coordinator_fee=cohort * 50,
        goal=goal,
        match=match,
        quality=power_quality(_EXPONENT, rounds),
        edges=_below_regions(regions, places, cohort, seed),
        owners=tuple(_owner(draw, number, expected_cost // max(1, owners)) for number in range(1, owners + 1)),
        clients=offers,
    )


def _edge(draw: Random, number: int, average: int) -> Edge:
    return Edge(f"edge-{number}", max(1, average * draw.randint(50, 200) // 100), 50 * draw.randint(2, 10))


def _below_regions(regions: int, places: tuple[Edge, ...], cohort: int, seed: int) -> tuple[Edge, ...]:
    if not regions:
        return places
    draw = Random(seed)  # noqa: S311 - test data, not secrets
    above = [_edge(draw, number, -(-cohort // regions)) for number in range(1, regions + 1)]
    names = [f"region-{number}" for number in range(1, regions + 1)]
    below = [replace(edge, parent=names[number % regions]) for number, edge in enumerate(places)]
    return (*below, *(replace(edge, id=name) for edge, name in zip(above, names, strict=True)))


def _client(draw: Random, number: int, places: tuple[Edge, ...]) -> Client:
    return Client(f"client-{number}", places[draw.randrange(len(places))].id, draw.randint(_CHEAP, _DEAR))


def _owner(draw: Random, number: int, equal_part: int) -> Owner:
    weight = draw.choice((1, 1, 1, 2))
    return Owner(f"owner-{number}", equal_part * weight * draw.randint(20, 300) // 100, weight)
