"""Clients that differ in data: total weight is bought, densest first, at critical prices (mechanism.md, 5.4).

Client j brings a public weight q_j (samples, or samples times an agreed quality) for a round and asks ``a_j`` = cost +
edge fee. Bought are at most ``budget`` units of weight a round, at most a ceiling for each; an edge's capacity is here
the weight that it can process. Offers come by ``a_j / q_j``, then position; one that does not fit is passed over. A
winner's price is critical: the most that it could have asked, whatever it did ask. With weights of one this is the
flat market of section 2. Finding the best set is NP-hard (knapsack); how near this comes is measured by
``benchmarks/weighted_clients.py``.

Prices are rounded down to whole units, which is exact: no whole offer lies between. Time O(n log n) for the winners;
O(n) at worst for each price, because without a winner others may be taken, so each price is a run of its own.

Source: Lehmann, O'Callaghan and Shoham 2002 (greedy by density, critical payments); Myerson 1981.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cofund.errors import InputError
from cofund.market.validation import MAX_AMOUNT, MAX_COUNT, shortened, whole
from cofund.mechanism.hierarchy import refuse_trees

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cofund.market.instance import Edge


@dataclass(frozen=True, slots=True)
class WeightedClient:
    """A client at ``edge`` that asks ``cost`` for a round on data of the public weight ``weight``."""

    id: str
    edge: str
    cost: int
    weight: int


@dataclass(frozen=True, slots=True)
class WeightedCohort:
    """Who trains at what price.

    Attributes:
        winners: positions of the clients that train, ascending.
        prices: the critical price of each winner's client-round, edge fee included; it gets it less the fee.
        weight: total weight of the winners; the budget may not be used up.
        cost: what the winners ask, fees included.
    """

    winners: tuple[int, ...]
    prices: tuple[int, ...]
    weight: int
    cost: int


@dataclass(frozen=True, slots=True)
class _Offer:
    """``amount`` is a_j, fee included; ``density`` orders ratios exactly, as weights are below 2**32."""

    density: int
    position: int
    edge: int
    amount: int
    weight: int


def choose_weight(
    edges: Sequence[Edge], clients: Sequence[WeightedClient], budget: int, ceiling: int
) -> WeightedCohort:
    """Choose and price clients.

    Args:
        edges: the edges, all directly below the cloud; ``capacity`` in units of weight, ``fee`` per client-round.
        clients: the clients, in commit order.
        budget: most units of weight bought for a round.
        ceiling: highest price of a unit of weight, edge fee included.

    Raises:
        InputError: naming a field that is out of range, an edge that is not there, or an edge with a parent.
    """
    _validate(edges, clients, budget, ceiling)
    offers = _densest_first(edges, clients, ceiling)
    left = [budget, *(edge.capacity for edge in edges)]
    winners: list[tuple[int, int]] = []
    for rank, offer in enumerate(offers):
        if _fits(offer, left):
            price = _critical_price(offers, rank, list(left), ceiling)
            winners.append((offer.position, price))
            _take(offer, left)
    winners.sort()
    chosen = {position for position, _ in winners}
    return WeightedCohort(
        winners=tuple(position for position, _ in winners),
        prices=tuple(price for _, price in winners),
        weight=budget - left[0],
        cost=sum(offer.amount for offer in offers if offer.position in chosen),
    )


def _densest_first(edges: Sequence[Edge], clients: Sequence[WeightedClient], ceiling: int) -> list[_Offer]:
    at = {edge.id: position for position, edge in enumerate(edges)}
    offers = []
    for position, client in enumerate(clients):
        amount = client.cost + edges[at[client.edge]].fee
        if amount <= ceiling * client.weight:
            density = (amount << 64) // client.weight
            offers.append(_Offer(density, position, at[client.edge], amount, client.weight))
    return sorted(offers, key=lambda offer: (offer.density, offer.position))


def _critical_price(offers: Sequence[_Offer], rank: int, left: list[int], ceiling: int) -> int:
    """The most this winner can ask and still fit: the rate of whoever fills its place, or else the ceiling."""
    winner = offers[rank]
    for later in range(rank + 1, len(offers)):
        rival = offers[later]
        if _fits(rival, left):
            _take(rival, left)
            if not _fits(winner, left):
                return rival.amount * winner.weight // rival.weight
    return ceiling * winner.weight


def _fits(offer: _Offer, left: Sequence[int]) -> bool:
    return offer.weight <= left[0] and offer.weight <= left[1 + offer.edge]


def _take(offer: _Offer, left: list[int]) -> None:
    left[0] -= offer.weight
    left[1 + offer.edge] -= offer.weight


def _validate(edges: Sequence[Edge], clients: Sequence[WeightedClient], budget: int, ceiling: int) -> None:
    refuse_trees(edges, "a market of clients with weights")
    whole(budget, 0, MAX_AMOUNT, "budget")
    whole(ceiling, 0, MAX_AMOUNT, "ceiling")
    for index, edge in enumerate(edges):
        whole(edge.capacity, 0, MAX_AMOUNT, "edges", index, "capacity")
        whole(edge.fee, 0, MAX_AMOUNT, "edges", index, "fee")
    known = {edge.id for edge in edges}
    for index, client in enumerate(clients):
        if client.edge not in known:
            expected = f"expected the id of an edge, got {shortened(client.edge)}"
            raise InputError("instance", f"clients[{index}].edge", expected)
        whole(client.cost, 0, MAX_AMOUNT, "clients", index, "cost")
        whole(client.weight, 1, MAX_COUNT, "clients", index, "weight")
