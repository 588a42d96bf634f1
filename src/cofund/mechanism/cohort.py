"""The clients that train, and one price per edge: VCG payments set by losers only (mechanism.md, 2).

With ``a_j`` = cost + edge fee, the eligible clients are those with ``a_j <= ceiling``. The cohort is greedy: the K
cheapest eligible clients by (``a_j``, position) that respect every edge's capacity, which is exact because the
feasible sets are the independent sets of a laminar matroid. Time O(n log n), and nothing is rounded.
"""

from dataclasses import dataclass

from cofund.market.instance import Instance
from cofund.mechanism.certificate import Key


@dataclass(frozen=True, slots=True)
class Cohort:
    """The client side of an outcome.

    Attributes:
        winners: positions of the clients that train, ascending.
        counts: winners at each edge.
        cutoff: the cheapest loser over the edges that are not full (T), ``None`` if there is none.
        edge_cutoffs: the cheapest loser at each edge (T_e), ``None`` where there is none.
        prices: price of a client-round at each edge, fee included (pi_e); never below a winner's ``a_j``.
        round_cost: what a round costs the owners: the winners' prices and the coordinator's fee (P).
        true_round_cost: what it costs the clients, edges and coordinator: the winners' ``a_j`` and that fee (C).
        shortage: how many clients the cohort lacks.
    """

    winners: tuple[int, ...]
    counts: tuple[int, ...]
    cutoff: Key | None
    edge_cutoffs: tuple[Key | None, ...]
    prices: tuple[int, ...]
    round_cost: int
    true_round_cost: int
    shortage: int


def choose_cohort(instance: Instance) -> Cohort:
    """Choose and price the clients of ``instance``."""
    offers = instance.offers()
    winners, counts, edge_cutoffs = _greedy(instance, offers)
    room = [
        lost
        for edge, count, lost in zip(instance.edges, counts, edge_cutoffs, strict=True)
        if count < edge.capacity and lost is not None
    ]
    cutoff = min(room, default=None)
    prices = tuple(_price(cutoff, lost, instance.ceiling) for lost in edge_cutoffs)
    return Cohort(
        winners=tuple(sorted(winners)),
        counts=tuple(counts),
        cutoff=cutoff,
        edge_cutoffs=tuple(edge_cutoffs),
        prices=prices,
        round_cost=sum(prices[offers[position][0]] for position in winners) + instance.coordinator_fee,
        true_round_cost=sum(offers[position][1] for position in winners) + instance.coordinator_fee,
        shortage=instance.cohort - len(winners),
    )


def _greedy(instance: Instance, offers: list[tuple[int, int]]) -> tuple[list[int], list[int], list[Key | None]]:
    """Positions of the winners, winners per edge and the cheapest loser per edge."""
    ranked = sorted((amount, at, edge) for at, (edge, amount) in enumerate(offers) if amount <= instance.ceiling)
    winners: list[int] = []
    counts = [0] * len(instance.edges)
    edge_cutoffs: list[Key | None] = [None] * len(instance.edges)
    for amount, position, edge in ranked:
        if len(winners) < instance.cohort and counts[edge] < instance.edges[edge].capacity:
            winners.append(position)
            counts[edge] += 1
        elif edge_cutoffs[edge] is None:
            edge_cutoffs[edge] = Key(amount, position)
    return winners, counts, edge_cutoffs


def _price(cutoff: Key | None, edge_cutoff: Key | None, ceiling: int) -> int:
    """``min(T, T_e, ceiling)``. An edge with room needs no case of its own: there T is at most T_e."""
    return min([ceiling, *(lost.amount for lost in (cutoff, edge_cutoff) if lost is not None)])
