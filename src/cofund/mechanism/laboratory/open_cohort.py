"""A cohort at one posted price, taken in an order that offers have no part in."""

from collections.abc import Iterable

from cofund.market.instance import Instance, parent_positions
from cofund.mechanism.cohort import Cohort
from cofund.mechanism.edge_tree import path_up


def first_to_accept(instance: Instance, order: Iterable[int], price: int) -> Cohort:
    """The first K clients in ``order`` whose total cost is at most ``price`` and whose edge has room.

    Args:
        instance: the market.
        order: positions of the clients; it may depend on anything public, but on no offer.
        price: of a client-round, edge fee included, at every edge.
    """
    offers = instance.offers()
    counts = [0] * len(instance.edges)
    above = parent_positions(instance.edges)
    winners: list[int] = []
    for position in order:
        edge, amount = offers[position]
        path = list(path_up(above, edge))
        room = all(counts[node] < instance.edges[node].capacity for node in path)
        if amount <= price and room and len(winners) < instance.cohort:
            winners.append(position)
            for node in path:
                counts[node] += 1
    return Cohort(
        winners=tuple(sorted(winners)),
        counts=tuple(counts),
        cutoff=None,
        edge_cutoffs=(None,) * len(instance.edges),
        prices=(price,) * len(instance.edges),
        round_cost=price * len(winners) + instance.coordinator_fee,
        true_round_cost=sum(offers[position][1] for position in winners) + instance.coordinator_fee,
        shortage=instance.cohort - len(winners),
    )
