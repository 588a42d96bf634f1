"""Edges below edges below the cloud: sums, cutoffs and paths on a tree of any depth (mechanism.md, 5.1).

A tree is a list ``above``: the position of each edge's parent, ``None`` directly below the cloud. In a flat market all
are ``None``, and everything here gives what section 2 says. No recursion, so a chain of any length will do. Time
O(edges) each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cofund.market.instance import parent_positions
from cofund.market.validation import children_first

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cofund.market.instance import Edge
    from cofund.mechanism.certificate import Key


def path_up(above: Sequence[int | None], edge: int) -> Iterator[int]:
    """The edge and all edges above it, lowest first."""
    node: int | None = edge
    while node is not None:
        yield node
        node = above[node]


def counts_below(above: Sequence[int | None], direct: Sequence[int]) -> list[int]:
    """Clients at or below each edge, from those attached directly."""
    counts = list(direct)
    for node in children_first(above):
        parent = above[node]
        if parent is not None:
            counts[parent] += counts[node]
    return counts


def cutoffs_below(
    edges: Sequence[Edge], counts: Sequence[int], own_losers: Sequence[Key | None]
) -> tuple[Key | None, list[Key | None]]:
    """The cheapest loser that a free place would let in: at the cloud (T) and at each edge S, B(S).

    ``B(S) = min(own loser at S, B(child) of every child of S that is not full)``, and T is the same for the cloud.

    Args:
        edges: the edges.
        counts: winners at or below each edge.
        own_losers: the cheapest loser attached directly to each edge.
    """
    above = parent_positions(edges)
    cutoffs = list(own_losers)
    cutoff: Key | None = None
    for node in children_first(above):
        parent = above[node]
        if counts[node] >= edges[node].capacity:
            continue
        if parent is None:
            cutoff = cheaper(cutoff, cutoffs[node])
        else:
            cutoffs[parent] = cheaper(cutoffs[parent], cutoffs[node])
    return cutoff, cutoffs


def bounds_above(above: Sequence[int | None], cutoff: Key | None, cutoffs: Sequence[Key | None]) -> list[Key | None]:
    """What an offer at each edge must stay below: the cheapest cutoff of the edge, of all edges above it and of T."""
    bounds = list(cutoffs)
    for node in reversed(children_first(above)):
        parent = above[node]
        bounds[node] = cheaper(bounds[node], cutoff if parent is None else bounds[parent])
    return bounds


def cheaper(one: Key | None, other: Key | None) -> Key | None:
    """The smaller of two keys, either of which may be absent."""
    if one is None or (other is not None and other < one):
        return other
    return one
