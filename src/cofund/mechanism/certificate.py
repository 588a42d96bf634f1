"""A cohort proved by E + 1 numbers, checked in one pass without sorting (mechanism.md, 4).

The certificate names the cheapest loser at every edge and the cheapest over all edges with room. Offers below both are
the winners; the pass counts them and looks for the losers that the certificate should have named. Exactly one
certificate passes. Time O(n), memory O(edges). The settlement contract makes the same pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cofund.errors import CheckFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cofund.market.instance import Edge
    from cofund.mechanism.cohort import Cohort


class Key(NamedTuple):
    """What offers are ordered by: the total cost ``a_j``, then the commit position."""

    amount: int
    position: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """The keys of the losers that separate the cohort from the rest; ``None`` where nobody eligible lost.

    Attributes:
        cutoff: the cheapest loser over the edges that are not full.
        edge_cutoffs: the cheapest loser at each edge.
    """

    cutoff: Key | None
    edge_cutoffs: tuple[Key | None, ...]


def certificate(cohort: Cohort) -> Certificate:
    """The one certificate that ``check`` accepts for the market of this cohort."""
    return Certificate(cohort.cutoff, cohort.edge_cutoffs)


def check(
    offers: Iterable[tuple[int, int]], edges: Sequence[Edge], cohort: int, ceiling: int, claimed: Certificate
) -> None:
    """Accept ``claimed`` if and only if it describes the cohort that the mechanism chooses.

    Args:
        offers: (position of the edge, cost + edge fee) of every client in commit order, as ``Instance.offers`` gives.
        edges: the edge servers.
        cohort: the clients wanted, K.
        ceiling: the highest eligible total cost.
        claimed: the certificate.

    Raises:
        CheckFailed: with the sentence the contract reverts with.
    """
    if len(claimed.edge_cutoffs) != len(edges):
        raise CheckFailed("settle: one cutoff per edge")
    counts = [0] * len(edges)
    cheapest_losers: list[Key | None] = [None] * len(edges)
    for position, (edge, amount) in enumerate(offers):
        if amount > ceiling:
            continue
        key = Key(amount, position)
        if _below(key, claimed.cutoff) and _below(key, claimed.edge_cutoffs[edge]):
            counts[edge] += 1
        elif _below(key, cheapest_losers[edge]):
            cheapest_losers[edge] = key
    _compare(edges, cohort, claimed, counts, cheapest_losers)


def _compare(
    edges: Sequence[Edge], cohort: int, claimed: Certificate, counts: list[int], cheapest_losers: list[Key | None]
) -> None:
    """Hold what the pass counted and found against what was claimed."""
    cheapest_with_room: Key | None = None
    for edge, count, lost, named in zip(edges, counts, cheapest_losers, claimed.edge_cutoffs, strict=True):
        if count > edge.capacity:
            raise CheckFailed("settle: edge over capacity")
        if lost != named:
            raise CheckFailed("settle: wrong edge cutoff")
        if count < edge.capacity and lost is not None and _below(lost, cheapest_with_room):
            cheapest_with_room = lost
    if sum(counts) > cohort:
        raise CheckFailed("settle: more winners than the cohort")
    if sum(counts) < cohort and claimed.cutoff is not None:
        raise CheckFailed("settle: a place left empty")
    if cheapest_with_room != claimed.cutoff:
        raise CheckFailed("settle: wrong cutoff")


def _below(key: Key, bound: Key | None) -> bool:
    return bound is None or key < bound
