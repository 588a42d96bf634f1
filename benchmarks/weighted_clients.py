"""How near buying weight by density comes to the exact optimum (mechanism.md, 5.4): prints mean and worst.

The *saving* of a cohort is the ceiling for its weight, less what it asks. The optimum is a dynamic programme over units
of weight. Run: ``python benchmarks/weighted_clients.py``.
"""

from random import Random
from statistics import mean

import numpy as np

from cofund.market.instance import Edge
from cofund.mechanism.weighted_clients import WeightedClient, choose_weight

CEILING = 900
MARKETS = 200
FAMILIES = ((15, 2, 5), (30, 4, 10), (60, 5, 10), (60, 5, 50), (200, 10, 20))
"""Clients, edges, largest weight."""

Market = tuple[list[Edge], list[WeightedClient], int]


def random_market(seed: int, clients: int, edges: int, largest: int) -> Market:
    """A third of the weight is wanted; edges process half to twice their even part; rates are 400 to 900 a unit."""
    draw = Random(seed)  # noqa: S311 - a study, not secrets
    offers = []
    for at in range(clients):
        weight = draw.randint(1, largest)
        offers.append(WeightedClient(f"c{at}", f"e{draw.randrange(edges)}", weight * draw.randint(400, 900), weight))
    budget = max(1, sum(offer.weight for offer in offers) // 3)
    places = [Edge(f"e{at}", max(largest, budget * draw.randint(50, 200) // 100 // edges), 0) for at in range(edges)]
    return places, offers, budget


def best_saving(edges: list[Edge], clients: list[WeightedClient], budget: int, ceiling: int) -> int:
    """The largest saving within the budget and every edge's capacity, exact."""
    best = np.zeros(budget + 1, dtype=np.int64)
    for edge in edges:
        here = _savings_at(edge, clients, budget, ceiling)
        combined = best.copy()
        for weight in range(1, len(here)):
            combined[weight:] = np.maximum(combined[weight:], best[: len(best) - weight] + here[weight])
        best = combined
    return int(best.max())


def _savings_at(edge: Edge, clients: list[WeightedClient], budget: int, ceiling: int) -> np.ndarray:
    """The largest saving at one edge with at most 0, 1, 2... units of weight."""
    savings = np.zeros(min(edge.capacity, budget) + 1, dtype=np.int64)
    for client in clients:
        saving = ceiling * client.weight - client.cost - edge.fee
        if client.edge == edge.id and saving > 0 and client.weight < len(savings):
            moved = savings[: len(savings) - client.weight] + saving
            savings[client.weight :] = np.maximum(savings[client.weight :], moved)
    return savings


def share_of_optimum(market: Market) -> float:
    """Saving by density over the largest saving."""
    edges, clients, budget = market
    found = choose_weight(edges, clients, budget, CEILING)
    return (CEILING * found.weight - found.cost) / best_saving(edges, clients, budget, CEILING)


def main() -> None:
    """Print one line per family and one for all."""
    print(f"{MARKETS} markets a line; saving by density / largest saving")
    everything: list[float] = []
    for clients, edges, largest in FAMILIES:
        shares = [share_of_optimum(random_market(seed, clients, edges, largest)) for seed in range(MARKETS)]
        everything += shares
        family = f"{clients:>4} clients, {edges:>2} edges, weights 1 to {largest:>2}"
        print(f"{family}   mean {mean(shares):.3f}   worst {min(shares):.3f}")
    print(f"all {len(everything)} markets   mean {mean(everything):.3f}   worst {min(everything):.3f}")


if __name__ == "__main__":
    main()
