"""Edges below edges by brute force: every subset of clients, every capacity on every path to the cloud.

Takes a ``cofund.instance/1`` document. A free place along a path is tried by breaking only that path's capacities; no
recursion over children, no cutoffs, and no code of the library.
"""

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

Document = dict[str, Any]
Draw = Callable[[int, int], int]

ONE = 10**9
MAX_DEPTH = 4
_SUBSETS = {n: (np.arange(2**n)[:, None] >> np.arange(n)) & 1 for n in range(9)}


def random_tree(seed: int, clients: int = 8, edges: int = 6) -> Document:
    """A market on a tree of depth 1 to 4, its edges in no particular order."""
    random = Random(seed)
    draw = random.randint
    places: list[Document] = []
    depths: list[int] = []
    for at in range(draw(1, edges)):
        above = [None, *(other for other in range(at) if depths[other] < MAX_DEPTH)]
        parent = above[draw(0, len(above) - 1)]
        depths.append(1 if parent is None else depths[parent] + 1)
        place = {"id": f"e{at}", "capacity": max(draw(0, 3), draw(0, 5)), "fee": str(draw(0, 1))}
        places.append(place if parent is None else {**place, "parent": f"e{parent}"})
    random.shuffle(places)
    cohort = draw(1, 5)
    return {
        "schema": "cofund.instance/1",
        "cohort": cohort,
        "min_cohort": draw(1, cohort),
        "ceiling": str(draw(4, 10)),
        "coordinator_fee": str(draw(0, 3)),
        "goal": 1,
        "match": 0,
        "quality": [ONE // 2, ONE // 2],
        "edges": places,
        "owners": [{"id": f"o{at}", "bid": str(draw(0, 200)), "weight": draw(1, 2)} for at in range(draw(1, 3))],
        "clients": [
            {"id": f"c{at}", "edge": places[draw(0, len(places) - 1)]["id"], "cost": str(draw(0, 6))}
            for at in range(max(draw(0, clients), draw(0, clients)))
        ],
    }


def path_of(document: Document, edge: str) -> list[str]:
    """The edge and everything above it."""
    parents = {place["id"]: place.get("parent") for place in document["edges"]}
    path = [edge]
    while parents[path[-1]] is not None:
        path.append(parents[path[-1]])
    return path


def path_fee(document: Document, edge: str) -> int:
    fees = {place["id"]: int(place["fee"]) for place in document["edges"]}
    return sum(fees[node] for node in path_of(document, edge))


class Tree:
    """One document, solved: winners, their Clarke pivots, and what a free place along any path would cost."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.names = [place["id"] for place in document["edges"]]
        self.ceiling = int(document["ceiling"])
        self.at = [client["edge"] for client in document["clients"]]
        self.totals = [int(c["cost"]) + path_fee(document, c["edge"]) for c in document["clients"]]
        below = [[name in path_of(document, edge) for name in self.names] for edge in self.at]
        below = np.array(below, dtype=np.int64).reshape(len(self.at), len(self.names))
        self._below, self._capacity = below, np.array([place["capacity"] for place in document["edges"]])
        sets = _SUBSETS[len(self.at)]
        barred = np.array([total > self.ceiling for total in self.totals], dtype=bool)
        legal = (sets @ below <= self._capacity).all(axis=1) & ~sets[:, barred].any(axis=1)
        legal &= sets.sum(axis=1) <= document["cohort"]
        self._sets = sets[legal]
        self._costs = self._sets @ np.array(self.totals, dtype=np.int64)
        self.winners = self._cheapest()
        self.cost = sum(self.totals[j] for j in self.winners)
        self.losers = [j for j in range(len(self.at)) if j not in self.winners and not barred[j]]

    def _cheapest(self) -> tuple[int, ...]:
        """As many as can be placed, at least cost; ties go to earlier commitments."""
        sizes = self._sets.sum(axis=1)
        largest = sizes == sizes.max()
        best = largest & (self._costs == self._costs[largest].min())
        tied = [tuple(int(j) for j in np.flatnonzero(row)) for row in self._sets[best]]
        return min(tied, key=lambda chosen: sorted((self.totals[j], j) for j in chosen))

    def pivot(self, winner: int) -> int:
        """The least cost of as many clients without this one, outsiders serving at the ceiling, less the others'."""
        without = self._sets[:, winner] == 0
        missing = len(self.winners) - self._sets[without].sum(axis=1)
        costs = self._costs[without] + missing * self.ceiling
        return int(costs[missing >= 0].min()) - (self.cost - self.totals[winner])

    def let_in(self, edge: str | None, *, whole_path: bool) -> int | None:
        """The cheapest loser that fits if the edge, or its whole path, had one place more; ``None`` is the cloud.

        Without ``whole_path`` only losers at or below the edge count, and nothing above it can refuse them.
        """
        path = [] if edge is None else path_of(self.document, edge)
        found = []
        for loser in self.losers:
            under = path_of(self.document, self.at[loser])
            if edge is not None and not whole_path and edge not in under:
                continue
            counts = self._below[[*self.winners, loser]].sum(axis=0)
            over = {name for name, count, most in zip(self.names, counts, self._capacity, strict=True) if count > most}
            found += [self.totals[loser]] if over <= set(path) else []
        return min(found, default=None)
