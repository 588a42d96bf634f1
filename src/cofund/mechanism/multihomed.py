"""Clients that reach several edges: one min-cost flow assigns them, its shortest paths pay them (mechanism.md, 5.2).

A round of client x over its link to edge e costs ``a_xe`` = cost + link cost + edge fee. K client-rounds are wanted; an
outside supplier sells any of them for the ceiling. Each step hires one client more, along a cheapest path on which
hired clients may move to another edge. Such a path needs only the cheapest client for each pair of edges, so it is
searched on E + 1 nodes: the edges and the cloud. The Clarke payment of every winner at e is the length of the shortest
path to e: one price per edge again. Integers throughout, no solver.

Time: O(E**3) at worst per client hired (Bellman and Ford), and O(links log links) per client moved.
Sources: Busacker and Gowen 1960 for successive shortest paths; Clarke 1971.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final

from cofund.errors import InputError
from cofund.market.validation import MAX_AMOUNT, MAX_COUNT, shortened, whole
from cofund.mechanism.hierarchy import refuse_trees

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cofund.market.instance import Edge

Entry = tuple[int, int]
"""(scaled cost of hiring or moving a client, its position)"""

UNREACHED: Final = 2**256
"""Longer than any path: amounts stay below 2**98 each, the scale and the number of arcs below 2**64."""


@dataclass(frozen=True, slots=True)
class MultihomedClient:
    """A client and the edges that it reaches: asks ``cost`` for a round, and ``links[e]`` on top to do it at edge e."""

    id: str
    cost: int
    links: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who trains where, at what price.

    Attributes:
        edges: for every client, the position of the edge where it trains, or ``None``.
        prices: Clarke price of a client-round at each edge, fee included; a winner gets it less the fee.
        cost: what the hired client-rounds cost: cost, link and fee of every winner.
        shortage: client-rounds left to the outside supplier.
    """

    edges: tuple[int | None, ...]
    prices: tuple[int, ...]
    cost: int
    shortage: int


def assign(edges: Sequence[Edge], clients: Sequence[MultihomedClient], cohort: int, ceiling: int) -> Assignment:
    """Assign clients to edges at least cost, the outside supplier's client-rounds included, and price every edge.

    Args:
        edges: the edges, all directly below the cloud.
        clients: the clients, in commit order.
        cohort: client-rounds wanted, K.
        ceiling: the outside supplier's price of a client-round.

    Returns:
        Exact. Of all assignments of least cost, one with the least sum of positions, where the supplier stands last.

    Raises:
        InputError: naming a field that is out of range, an edge that is not there, or an edge with a parent.
    """
    _validate(edges, clients, cohort, ceiling)
    flow = _Flow(edges, clients, ceiling)
    shortage = cohort
    while shortage and flow.hire_one_more():
        shortage -= 1
    cost = sum(flow.amounts[x][e] // flow.scale for x, e in enumerate(flow.at) if e is not None)
    return Assignment(tuple(flow.at), flow.prices(), cost, shortage)


class _Flow:
    """The hired clients, and what it costs to hire one more at an edge or to move one between two edges.

    Amounts are scaled and the client's position added, so that the commit order breaks ties as in a flat market. On any
    path exactly one client, or the supplier, is hired, and moves add no position: what is left over the scale is its
    position, and rounding a length down takes it off again.
    """

    def __init__(self, edges: Sequence[Edge], clients: Sequence[MultihomedClient], ceiling: int) -> None:
        named = {edge.id: position for position, edge in enumerate(edges)}
        self.scale = len(clients) + 1
        self.supplier = ceiling * self.scale + len(clients)
        self.cloud = len(edges)
        self.free = [edge.capacity for edge in edges]
        self.amounts = [
            {named[e]: (one.cost + link + edges[named[e]].fee) * self.scale + x for e, link in one.links.items()}
            for x, one in enumerate(clients)
        ]
        self.at: list[int | None] = [None] * len(clients)
        self.hires: list[list[Entry]] = [[] for _ in edges]
        self.moves: dict[tuple[int, int], list[Entry]] = {}
        for x, amounts in enumerate(self.amounts):
            for e, amount in amounts.items():
                self.hires[e].append((amount, x))
        for queue in self.hires:
            heapify(queue)

    def hire_one_more(self) -> bool:
        """Hire along the cheapest path to the cloud, unless there is none or the outside supplier is cheaper."""
        distances, before = self._shortest_paths(UNREACHED)
        if distances[self.cloud] > self.supplier:
            return False
        head = before[self.cloud]
        self.free[head] -= 1
        while (tail := before[head]) != head:
            self._place(self.moves[tail, head][0][1], head)
            head = tail
        self._place(self.hires[head][0][1], head)
        return True

    def prices(self) -> tuple[int, ...]:
        """The shortest path to each edge, the outside supplier standing at the cloud."""
        distances, _ = self._shortest_paths(self.supplier)
        return tuple(distance // self.scale for distance in distances[:-1])

    def _shortest_paths(self, at_cloud: int) -> tuple[list[int], list[int]]:
        """Distances from anyone not hired, and the node before each; a path starts where that is the node itself."""
        starts = [self._cheapest(queue, None) for queue in self.hires]
        distances = [*(UNREACHED if start is None else start for start in starts), at_cloud]
        before = list(range(self.cloud + 1))
        arcs = list(self._arcs())
        shorter = True
        while shorter:
            shorter = False
            for tail, head, length in arcs:
                if distances[tail] + length < distances[head] and distances[tail] < UNREACHED:
                    distances[head], before[head], shorter = distances[tail] + length, tail, True
        return distances, before

    def _arcs(self) -> Iterator[tuple[int, int, int]]:
        """Move a client to another edge; take a free place; give the place of one who stays to the cloud."""
        for (tail, head), queue in self.moves.items():
            length = self._cheapest(queue, tail)
            if length is not None:
                yield tail, head, length
        for edge, free in enumerate(self.free):
            if free:
                yield edge, self.cloud, 0
            yield self.cloud, edge, 0

    def _cheapest(self, queue: list[Entry], where: int | None) -> int | None:
        """The first entry of a client that is still there; entries of those who left are dropped."""
        while queue and self.at[queue[0][1]] != where:
            heappop(queue)
        return queue[0][0] if queue else None

    def _place(self, client: int, edge: int) -> None:
        self.at[client] = edge
        amounts = self.amounts[client]
        for other, amount in amounts.items():
            if other != edge:
                heappush(self.moves.setdefault((edge, other), []), (amount - amounts[edge], client))


def _validate(edges: Sequence[Edge], clients: Sequence[MultihomedClient], cohort: int, ceiling: int) -> None:
    refuse_trees(edges, "a market of clients with several edges")
    whole(cohort, 1, MAX_COUNT, "cohort")
    whole(ceiling, 0, MAX_AMOUNT, "ceiling")
    for index, edge in enumerate(edges):
        whole(edge.capacity, 0, MAX_COUNT, "edges", index, "capacity")
        whole(edge.fee, 0, MAX_AMOUNT, "edges", index, "fee")
    known = {edge.id for edge in edges}
    for index, client in enumerate(clients):
        whole(client.cost, 0, MAX_AMOUNT, "clients", index, "cost")
        for name, link in client.links.items():
            if name not in known:
                expected = f"expected ids of edges, got {shortened(name)}"
                raise InputError("instance", f"clients[{index}].links", expected)
            whole(link, 0, MAX_AMOUNT, "clients", index, "links", name)
