"""Small random markets as ``cofund.instance/1`` documents, full of ties, shortages and awkward roundings.

``draw(low, high)`` gives an integer: ``random.Random(seed).randint`` for a fixed list, a hypothesis draw for shrinking.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[int, int], int]
Document = dict[str, Any]

ONE = 10**9
MAX_BID = 100
MAX_COST = 6


def random_market(draw: Draw) -> Document:
    rounds = draw(1, 5)
    edges = [{"id": f"e{at}", "capacity": draw(0, 4), "fee": str(draw(0, 2))} for at in range(draw(1, 3))]
    cohort = draw(1, 3)
    return {
        "schema": "cofund.instance/1",
        "cohort": cohort,
        "min_cohort": draw(1, cohort),
        "ceiling": str(draw(2, 9)),
        "coordinator_fee": str(draw(0, 3)),
        "goal": max(1, draw(-1, rounds)),
        "match": (0, 0, 0, ONE // 3, ONE // 2, ONE)[draw(0, 5)],
        "quality": _quality(draw, rounds),
        "edges": edges,
        "owners": [_owner(draw, at) for at in range(draw(0, 5))],
        "clients": [_client(draw, at, edges) for at in range(draw(0, 6))],
    }


def _quality(draw: Draw, rounds: int) -> list[int]:
    parts = sorted((draw(0, 6) for _ in range(rounds)), reverse=True)
    parts[0] += 1
    shares = [part * ONE // sum(parts) for part in parts]
    shares[0] += ONE - sum(shares)
    return shares


def _owner(draw: Draw, at: int) -> Document:
    return {"id": f"o{at}", "bid": str(draw(0, MAX_BID)), "weight": (1, 1, 2, 3)[draw(0, 3)]}


def _client(draw: Draw, at: int, edges: list[Document]) -> Document:
    return {"id": f"c{at}", "edge": edges[draw(0, len(edges) - 1)]["id"], "cost": str(draw(0, MAX_COST))}


@st.composite
def shrinkable(draw: st.DrawFn) -> Document:
    """Markets that hypothesis draws number by number."""
    return random_market(lambda low, high: draw(st.integers(low, high)))


def documents() -> st.SearchStrategy[Document]:
    """Half of the markets are uniform, as hypothesis by itself prefers empty ones; the other half it can shrink."""
    return st.integers(0, 2**32).map(lambda seed: random_market(Random(seed).randint)) | shrinkable()
