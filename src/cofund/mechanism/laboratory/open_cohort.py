"""A cohort at one posted price, taken in an order that offers have no part in."""

from collections.abc import Iterable

from cofund.market.instance import Instance
from cofund.mechanism.cohort import Cohort, fill


def first_to_accept(instance: Instance, order: Iterable[int], price: int) -> Cohort:
    """The first K clients in ``order`` whose total cost is at most ``price`` and whose edge has room.

    Args:
        instance: the market.
        order: positions of the clients; it may depend on anything public, but on no offer.
        price: of a client-round, edge fee included, at every edge.
    """
    offers = [(amount, at, edge) for at, (edge, amount) in enumerate(instance.offers())]
    winners, counts, _ = fill(instance, (offers[at] for at in order if offers[at][0] <= price))
    return Cohort(
        winners=tuple(sorted(winners)),
        counts=tuple(counts),
        cutoff=None,
        edge_cutoffs=(None,) * len(instance.edges),
        prices=(price,) * len(instance.edges),
        round_cost=price * len(winners) + instance.coordinator_fee,
        true_round_cost=sum(offers[position][0] for position in winners) + instance.coordinator_fee,
    )
