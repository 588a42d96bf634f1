"""Clients that reach several edges, by brute force: every client at every edge or nowhere.

Takes plain numbers. No flow, no paths, and no code of the library.
"""

from functools import cache
from random import Random
from typing import Any

import numpy as np

Market = dict[str, Any]
BARRED = 10**6
"""Stands for a link that is not there."""


def random_market(seed: int) -> Market:
    """Up to 6 clients and 3 edges; few different amounts, so that ties abound."""
    draw = Random(seed).randint
    edges = draw(1, 3)
    links = [[draw(0, 4) if draw(0, 2) else BARRED for _ in range(edges)] for _ in range(max(draw(0, 6), draw(0, 6)))]
    return {
        "cohort": draw(1, 5),
        "ceiling": draw(3, 10),
        "capacities": [draw(0, 3) for _ in range(edges)],
        "fees": [draw(0, 2) for _ in range(edges)],
        "costs": [draw(0, 5) for _ in links],
        "links": links,
    }


@cache
def _assignments(clients: int, edges: int) -> tuple[np.ndarray, np.ndarray]:
    """Every way to place the clients (``edges`` is nowhere), and how many are then at each edge."""
    ways = (np.arange((edges + 1) ** clients)[:, None] // (edges + 1) ** np.arange(clients)) % (edges + 1)
    return ways, (ways[:, :, None] == np.arange(edges)).sum(axis=1)


class Solved:
    """Least cost of the wanted client-rounds, with everybody and without each client."""

    def __init__(self, market: Market) -> None:
        self.totals = [
            [cost + link + fee for link, fee in zip(links, market["fees"], strict=True)]
            for cost, links in zip(market["costs"], market["links"], strict=True)
        ]
        clients, edges = len(self.totals), len(market["fees"])
        ways, counts = _assignments(clients, edges)
        legal = (counts <= np.array(market["capacities"])).all(axis=1) & (counts.sum(axis=1) <= market["cohort"])
        self.ways, self.hired = ways[legal], counts[legal].sum(axis=1)
        self.costs = (market["cohort"] - self.hired) * market["ceiling"]
        for client, totals in enumerate(self.totals):
            self.costs = self.costs + np.array([*totals, 0])[self.ways[:, client]]
        self.nowhere = edges
        self.cost = int(self.costs.min())

    def cost_without(self, client: int) -> int:
        return int(self.costs[self.ways[:, client] == self.nowhere].min())

    def best_ways(self) -> set[tuple[int, ...]]:
        """Assignments of least cost; of those, the least sum of positions, outsiders standing last."""
        ways = self.ways[self.costs == self.cost]
        last = ways.shape[1]
        ranks = np.where(ways == self.nowhere, 0, np.arange(last) - last).sum(axis=1)
        return {tuple(int(e) for e in way) for way in ways[ranks == ranks.min()]}
