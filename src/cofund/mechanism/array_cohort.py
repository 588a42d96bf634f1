"""The cohort and its prices on arrays, with few passes and no full sort of the clients (mechanism.md, 2 and "Speed").

A sample brackets the amount of the last winner. Everything up to the lower end wins, unless its edge is crowded;
everything above the upper end loses. Only the amounts in between, and those at crowded edges, are sorted. Both ends are
checked by counting, so a bad sample costs time and nothing else. All arrays are int64 and nothing is rounded; the
caller has checked that no amount reaches the largest int64, which here means "none".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import mul
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cofund.market.columns import INT64_MAX, Columns

Ints = NDArray[np.int64]
_SORT_ALL: Final = 3_000
"""Up to so many clients a sort of all of them costs less than sampling."""
_PARTITION: Final = 200
"""From so many clients at an edge on, a partition of each edge beats a sort of all of them."""
_REACH: Final = 2
"""Half the first bracket in square roots of the sample: four standard deviations of the last winner's rank."""


@dataclass(frozen=True, slots=True, eq=False)
class ArrayCohort:
    """The client side of an outcome, as in ``cohort.py``.

    Attributes:
        winners: positions of the clients that train, ascending.
        counts: winners at each edge.
        cutoff: the cheapest loser's amount over the edges that are not full (T), ``None`` if there is none.
        edge_cutoffs: the cheapest loser's amount at each edge (T_e), the largest int64 where there is none.
        prices: price of a client-round at each edge (pi_e).
        pay_per_round: what each winner is paid for a round, its edge's fee not included.
        round_cost: the winners' prices and the coordinator's fee (P).
        true_round_cost: the winners' amounts and that fee (C).
    """

    winners: Ints
    counts: Ints
    cutoff: int | None
    edge_cutoffs: Ints
    prices: Ints
    pay_per_round: Ints
    round_cost: int
    true_round_cost: int


def choose_array_cohort(columns: Columns) -> ArrayCohort:
    """Choose and price the clients of ``columns``, whose amounts are all below the largest int64."""
    terms, edge = columns.terms, columns.edge
    amounts = columns.fee.take(edge)
    amounts += columns.cost
    highest = columns.highest_cost + columns.highest_fee
    winners = _winners(amounts, edge, columns.capacity, terms.cohort, terms.ceiling, highest)
    at = edge.take(winners)
    counts = np.bincount(at, minlength=len(terms.edges))
    taken = amounts.take(winners)
    amounts[winners] = INT64_MAX
    lost = np.full(len(terms.edges), INT64_MAX)
    np.minimum.at(lost, edge, amounts)
    lost[lost > terms.ceiling] = INT64_MAX
    cutoff = int(lost[counts < columns.capacity].min(initial=INT64_MAX))
    prices = np.minimum(lost, min(cutoff, terms.ceiling))
    fits = terms.cohort * terms.ceiling <= INT64_MAX
    paid = int(counts @ prices) if fits else sum(map(mul, counts.tolist(), prices.tolist()))
    cost = int(taken.sum()) if fits else exact_sum(taken)
    return ArrayCohort(
        winners=winners,
        counts=counts,
        cutoff=None if cutoff == INT64_MAX else cutoff,
        edge_cutoffs=lost,
        prices=prices,
        pay_per_round=(prices - columns.fee).take(at),
        round_cost=paid + terms.coordinator_fee,
        true_round_cost=cost + terms.coordinator_fee,
    )


def exact_sum(values: Ints) -> int:
    """Sum of fewer than 2**31 non-negative numbers; the halves of 32 bits are summed apart, so nothing overflows."""
    if not len(values) or int(values.max()) * len(values) <= INT64_MAX:
        return int(values.sum())
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFF_FFFF).sum())


def _winners(amounts: Ints, edge: NDArray[np.int32], capacity: Ints, cohort: int, ceiling: int, highest: int) -> Ints:
    """Positions of the cohort, ascending: the cheapest at each edge up to ``low``, then greedily up to ``high``.

    No amount is above ``highest``.
    """
    for low, high in _brackets(amounts, edge, capacity, cohort, ceiling):
        base = (amounts <= low).nonzero()[0]
        at_base = edge.take(base)
        taken = np.bincount(at_base, minlength=len(capacity))
        missing = cohort - int(np.minimum(taken, capacity).sum())
        window = ((amounts > low) & (amounts <= high)).nonzero()[0]
        reached = taken + np.bincount(edge.take(window), minlength=len(capacity))
        if missing > 0 and (high == ceiling or int(np.minimum(reached, capacity).sum()) >= cohort):
            break
    else:
        eligible = len(amounts) if highest <= ceiling else np.count_nonzero(amounts <= ceiling)
        order = stable_order(amounts, highest)[:eligible]
        return _ascending(_fitting(order, edge, capacity, cohort), len(amounts))
    wins = np.zeros(len(amounts), np.bool_)
    crowded = taken > capacity
    contested = crowded.take(at_base)
    wins[base[~contested]] = True
    wins[_cheapest(base[contested], amounts, edge, np.where(crowded, capacity, 0))] = True
    wins[_greedy(window, amounts, edge, np.maximum(capacity - taken, 0), missing)] = True
    return wins.nonzero()[0]


def _ascending(positions: Ints, end: int) -> Ints:
    """Different ``positions`` below ``end`` in order: for as many as a market has, faster than a sort."""
    there = np.zeros(end, np.bool_)
    there[positions] = True
    return there.nonzero()[0]


def _brackets(
    amounts: Ints, edge: NDArray[np.int32], capacity: Ints, cohort: int, ceiling: int
) -> Iterator[tuple[int, int]]:
    """Guesses (low, high], each wider than the last, for the last winner's amount; none where sorting all is faster."""
    if len(amounts) > _SORT_ALL:
        step = max(1, len(amounts) // int(2 * len(amounts) ** (2 / 3)))
        sample = stable_order(amounts[::step])
        at = edge[::step][sample]
        ranks = _rank_within(at, np.bincount(at, minlength=len(capacity)))
        ranked = amounts[::step][sample][ranks * step < capacity[at]]
        middle, reach = cohort // step, max(1, int(_REACH * len(sample) ** 0.5))
        while reach < len(sample):
            low = int(ranked[middle - reach]) if 0 <= middle - reach < len(ranked) else -1
            high = int(ranked[middle + reach]) if middle + reach < len(ranked) else ceiling
            yield min(low, ceiling), min(high, ceiling)
            reach *= 4


def _greedy(positions: Ints, amounts: Ints, edge: NDArray[np.int32], room: Ints, most: int) -> Ints:
    """The cheapest ``most`` of ascending ``positions`` that fit their edges, by (amount, position)."""
    return _fitting(positions.take(stable_order(amounts.take(positions))), edge, room, most)


def _fitting(ordered: Ints, edge: NDArray[np.int32], room: Ints, most: int, reach: int = 3) -> Ints:
    """The first ``most`` of ``ordered`` that are each among the first ``room`` of their edge.

    They are looked for among the first ``reach / 2`` times as many, and twice as far where these do not suffice.
    """
    ahead = ordered[: (reach * most >> 1) + 1]
    at = edge.take(ahead)
    counts = np.bincount(at, minlength=len(room))
    if np.count_nonzero(counts > room):
        by_edge = narrow(at, len(room)).argsort(kind="stable")
        ends = counts.cumsum() + room - counts
        ahead = ahead.take(_ascending(by_edge.compress(np.arange(len(at)) < ends.repeat(counts)), len(at)))
    if len(ahead) < most and len(at) < len(ordered):
        return _fitting(ordered, edge, room, most, 2 * reach)
    return ahead[:most]


def _cheapest(positions: Ints, amounts: Ints, edge: NDArray[np.int32], room: Ints) -> Ints:
    """The same in any order, by a partition for each edge where that is faster: all these edges are crowded."""
    if len(positions) < _PARTITION * np.count_nonzero(room):
        return _greedy(positions, amounts, edge, room, len(positions))
    at = edge.take(positions)
    ends = np.cumsum(np.bincount(at, minlength=len(room))).tolist()
    positions = positions.take(np.argsort(narrow(at, len(room)), kind="stable"))
    parts = [np.empty(0, np.int64)]
    for node in room.nonzero()[0].tolist():
        group, places = positions[ends[node - 1] if node else 0 : ends[node]], int(room[node])
        asked = amounts.take(group)
        last = np.partition(asked, places - 1)[places - 1]
        below = group[asked < last]
        parts += [below, group[asked == last][: places - len(below)]]
    return np.concatenate(parts)


def stable_order(values: Ints, highest: int | None = None) -> Ints:
    """Positions in ascending order of non-negative values, ties by position; none is above ``highest``, if given.

    The highest 16 bits are sorted by radix. That leaves little out of order, which numpy's stable sort mends fast.
    """
    highest = int(values.max(initial=0)) if highest is None else highest
    order = (values >> max(0, highest.bit_length() - 16)).astype(np.uint16).argsort(kind="stable")
    return order.take(values.take(order).argsort(kind="stable"))


def _rank_within(groups: NDArray[np.int32], counts: Ints) -> Ints:
    """How many earlier entries have the same group; ``counts`` are the sizes of the groups."""
    order = np.argsort(narrow(groups, len(counts)), kind="stable")
    ranks = np.empty(len(groups), np.int64)
    ranks[order] = np.arange(len(groups)) - (counts.cumsum() - counts).repeat(counts)
    return ranks


def narrow(groups: NDArray[np.integer], count: int) -> NDArray[np.integer]:
    """Numbers below ``count`` in 8 or 16 bits where they suffice: numpy then sorts by radix."""
    return groups.astype(np.uint8 if count <= 2**8 else np.uint16 if count <= 2**16 else np.int32)
