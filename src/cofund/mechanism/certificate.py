"""A cohort proved by E + 1 numbers, checked in one pass without sorting (mechanism.md, 4).

The certificate names the cheapest loser at every edge and the cheapest over all edges with room. Offers below both are
the winners; the pass counts them and looks for the losers that the certificate should have named. Exactly one
certificate passes, with edges below edges too (mechanism.md, 5.1). Time O(n), memory O(edges). The settlement contract
makes the same pass over a flat market.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cofund.errors import CheckFailed
from cofund.market.instance import parent_positions
from cofund.mechanism.edge_tree import bounds_above, cheaper, counts_below, cutoffs_below

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
        edge_cutoffs: the cheapest loser at each edge; on a tree, with nothing full in between.
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
        offers: (position of the edge, cost + path fee) of every client, in the order of ``Instance.offers``.
        edges: the edge servers.
        cohort: the clients wanted, K.
        ceiling: the highest eligible total cost.
        claimed: the certificate.

    Raises:
        CheckFailed: with the sentence the contract reverts with.
    """
    if len(claimed.edge_cutoffs) != len(edges):
        raise CheckFailed("settle: one cutoff per edge")
    above = parent_positions(edges)
    bounds = bounds_above(above, claimed.cutoff, claimed.edge_cutoffs)
    ceilings = [ceiling if edge.ceiling is None else min(edge.ceiling, ceiling) for edge in edges]
    direct = [0] * len(edges)
    own_losers: list[Key | None] = [None] * len(edges)
    for position, (edge, amount) in enumerate(offers):
        if amount > ceilings[edge]:
            continue
        key, bound = Key(amount, position), bounds[edge]
        if bound is None or key < bound:
            direct[edge] += 1
        else:
            own_losers[edge] = cheaper(own_losers[edge], key)
    _compare(edges, cohort, claimed, counts_below(above, direct), own_losers)


def _compare(
    edges: Sequence[Edge], cohort: int, claimed: Certificate, counts: list[int], own_losers: list[Key | None]
) -> None:
    """Hold what the pass counted and found against what was claimed."""
    cutoff, edge_cutoffs = cutoffs_below(edges, counts, own_losers)
    for edge, count, found, named in zip(edges, counts, edge_cutoffs, claimed.edge_cutoffs, strict=True):
        if count > edge.capacity:
            raise CheckFailed("settle: edge over capacity")
        if found != named:
            raise CheckFailed("settle: wrong edge cutoff")
    total = sum(count for edge, count in zip(edges, counts, strict=True) if edge.parent is None)
    if total > cohort:
        raise CheckFailed("settle: more winners than the cohort")
    if total < cohort and claimed.cutoff is not None:
        raise CheckFailed("settle: a place left empty")
    if cutoff != claimed.cutoff:
        raise CheckFailed("settle: wrong cutoff")
