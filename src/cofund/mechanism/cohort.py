"""The clients that train, and one price per edge: VCG payments set by losers only (mechanism.md, 2).

With ``a_j`` = cost + fees on the path to the cloud, the eligible clients are those with ``a_j <= ceiling``. The cohort
is greedy: the K cheapest eligible clients by (``a_j``, position) that respect every edge's capacity, which is exact
because the feasible sets are the independent sets of a laminar matroid. Edges may hang below edges (mechanism.md, 5.1).
Time O(n log n + n * depth), and nothing is rounded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cofund.market.instance import Instance, parent_positions
from cofund.mechanism.certificate import Key
from cofund.mechanism.edge_tree import bounds_above, counts_below, cutoffs_below, path_up


@dataclass(frozen=True, slots=True)
class Cohort:
    """The client side of an outcome.

    Attributes:
        winners: positions of the clients that train, ascending.
        counts: winners at or below each edge.
        cutoff: the cheapest loser over the edges that are not full (T), ``None`` if there is none.
        edge_cutoffs: the cheapest loser at each edge (T_e), ``None`` where there is none; on a tree the cheapest loser
            at or below the edge with nothing full in between.
        prices: price of a client-round at each edge, fee included (pi_e); never below a winner's ``a_j``.
        round_cost: what a round costs the owners: the winners' prices and the coordinator's fee (P).
        true_round_cost: what it costs the clients, edges and coordinator: the winners' ``a_j`` and that fee (C).
    """

    winners: tuple[int, ...]
    counts: tuple[int, ...]
    cutoff: Key | None
    edge_cutoffs: tuple[Key | None, ...]
    prices: tuple[int, ...]
    round_cost: int
    true_round_cost: int


def choose_cohort(instance: Instance) -> Cohort:
    """Choose and price the clients of ``instance``."""
    offers = instance.offers()
    ceilings = instance.ceilings()
    ranked = sorted((amount, at, edge) for at, (edge, amount) in enumerate(offers) if amount <= ceilings[edge])
    winners, counts, own_losers = fill(instance, ranked)
    cutoff, edge_cutoffs = cutoffs_below(instance.edges, counts, own_losers)
    bounds = bounds_above(parent_positions(instance.edges), cutoff, edge_cutoffs)
    prices = tuple(
        ceiling if lost is None else min(lost.amount, ceiling) for lost, ceiling in zip(bounds, ceilings, strict=True)
    )
    return Cohort(
        winners=tuple(sorted(winners)),
        counts=tuple(counts),
        cutoff=cutoff,
        edge_cutoffs=tuple(edge_cutoffs),
        prices=prices,
        round_cost=sum(prices[offers[position][0]] for position in winners) + instance.coordinator_fee,
        true_round_cost=sum(offers[position][1] for position in winners) + instance.coordinator_fee,
    )


def proved_cohort(instance: Instance, winners: Sequence[int], prices: Sequence[int]) -> Cohort:
    """Winners at their prices, as they are proved of sealed books: who lost, and what anybody asked, is not known.

    Args:
        instance: a market whose clients are the winners.
        winners: how many of its own clients win at each edge.
        prices: of a client-round at each edge, base units.
    """
    cost = sum(number * price for number, price in zip(winners, prices, strict=True))
    return Cohort(
        winners=tuple(range(sum(winners))),
        counts=tuple(counts_below(parent_positions(instance.edges), winners)),
        cutoff=None,
        edge_cutoffs=(None,) * len(instance.edges),
        prices=tuple(prices),
        round_cost=cost + instance.coordinator_fee,
        true_round_cost=instance.coordinator_fee,
    )


def fill(instance: Instance, ranked: Iterable[tuple[int, int, int]]) -> tuple[list[int], list[int], list[Key | None]]:
    """The first K offers (total cost, position, position of the edge) of an order that find room at their edges.

    Positions of the winners, winners at or below each edge, and the first loser attached to each edge.
    """
    above = parent_positions(instance.edges)
    capacities = [edge.capacity for edge in instance.edges]
    winners: list[int] = []
    counts = [0] * len(above)
    own_losers: list[Key | None] = [None] * len(above)
    for amount, position, edge in ranked:
        full: int | None = edge
        while full is not None and counts[full] < capacities[full]:
            full = above[full]
        if full is None and len(winners) < instance.cohort:
            winners.append(position)
            for node in path_up(above, edge):
                counts[node] += 1
        elif own_losers[edge] is None:
            own_losers[edge] = Key(amount, position)
    return winners, counts, own_losers
