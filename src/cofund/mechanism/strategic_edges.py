"""Edge operators who bid their fee: what each edge is paid for a round by its Clarke pivot (mechanism.md, 5.3).

An edge's fee is its bid. It is paid ``w_e x_e + C_without_e - C``: its bid for its x_e winners, and what its presence
saves. Without edge e the other winners stay, and the x_e places go to the cheapest losers who find room at another
edge, the outside supplier at the ceiling once these run out. All losers with room are sorted once; where the x_e-th of
them that is not at e stands is found by bisection. Time O(n log n) for all edges together, exact.

Source: Vickrey 1961, Clarke 1971.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.hierarchy import refuse_trees

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cofund.market.instance import Instance
    from cofund.mechanism.cohort import Cohort


@dataclass(frozen=True, slots=True)
class EdgePayment:
    """What an edge is paid for one round, fees of its winners included.

    Attributes:
        id: the edge.
        clients: winners at the edge, x_e.
        pay: ``w_e x_e + C_without_e - C``; at least the edge's bid for its winners.
        cost_without: least cost of the cohort's client-rounds without the edge, C_without_e.
    """

    id: str
    clients: int
    pay: int
    cost_without: int


def edge_payments(instance: Instance) -> tuple[EdgePayment, ...]:
    """One Clarke payment per edge, in the order of the edges, taking their fees as bids; the coordinator's fee is out.

    Raises:
        InputError: for a market with edges below edges.
    """
    refuse_trees(instance.edges, "a market of edges that bid their fee")
    cohort, offers = choose_cohort(instance), instance.offers()
    cost = cohort.true_round_cost - instance.coordinator_fee
    served = [0] * len(instance.edges)
    for at, amount in (offers[position] for position in cohort.winners):
        served[at] += amount
    replacements = _Replacements(instance, cohort)
    payments = []
    for at, (edge, clients) in enumerate(zip(instance.edges, cohort.counts, strict=True)):
        without = cost - served[at] + replacements.cost(at, clients)
        payments.append(EdgePayment(edge.id, clients, edge.fee * clients + without - cost, without))
    return tuple(payments)


class _Replacements:
    """The losers who can be hired when another edge goes, cheapest first, with running sums."""

    def __init__(self, instance: Instance, cohort: Cohort) -> None:
        self.ceiling = instance.ceiling
        ranked = _losers_with_room(instance, cohort)
        self.sums = [0, *accumulate(amount for amount, _ in ranked)]
        self.ranks: list[list[int]] = [[] for _ in instance.edges]
        for rank, (_, edge) in enumerate(ranked):
            self.ranks[edge].append(rank)

    def cost(self, absent: int, places: int) -> int:
        """The cheapest way to fill the places without losers at the edge ``absent``."""
        own = self.ranks[absent]
        # Before the r-th own loser (rank own[r], r counted from 0) stand own[r] - r others, which does not fall with r.
        skipped = bisect_left(range(len(own)), places, key=lambda r: own[r] - r)
        end = min(places + skipped, len(self.sums) - 1)
        own_sum = sum(self.sums[rank + 1] - self.sums[rank] for rank in own[:skipped])
        return self.sums[end] - own_sum + (places - (end - skipped)) * self.ceiling


def _losers_with_room(instance: Instance, cohort: Cohort) -> Sequence[tuple[int, int]]:
    """(amount, edge) of the losers, cheapest first, of each edge as many as it has places left."""
    room = [edge.capacity - count for edge, count in zip(instance.edges, cohort.counts, strict=True)]
    winners = set(cohort.winners)
    found = []
    for amount, position, edge in sorted((amount, at, edge) for at, (edge, amount) in enumerate(instance.offers())):
        if amount <= instance.ceiling and room[edge] and position not in winners:
            found.append((amount, edge))
            room[edge] -= 1
    return found
