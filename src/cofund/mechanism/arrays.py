"""``clear`` for markets of millions of clients: columns in, arrays out (mechanism.md, "Speed").

Every number equals that of ``clear`` on the same market. Where a checked bound shows that no amount reaches the largest
int64, numpy computes with int64; otherwise, and where edges hang below edges, ``clear`` itself computes, with Python's
integers. Either way nothing is rounded that ``clear`` does not round.
"""

from dataclasses import dataclass, fields
from itertools import accumulate
from operator import mul
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cofund.market.columns import INT64_MAX, Columns, integers
from cofund.mechanism import serial, vcg
from cofund.mechanism.array_charges import OwnerCharges, pivots_of_columns, sell_to_columns, values_and_slacks
from cofund.mechanism.array_cohort import ArrayCohort, Ints, choose_array_cohort, exact_sum
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.rules import clear, standard, too_few


@dataclass(frozen=True, slots=True, eq=False)
class ArrayOutcome:
    """An ``Outcome`` with positions in place of names; arrays are int64, or object where ``clear`` had to compute.

    Attributes:
        winners: positions of the clients that train, ascending.
        pay_per_round: what each winner is paid for a round, edge fee not included.
        pay: under ``vcg``, where the last rounds may pay less, what each winner is paid in total; else ``None``.
        prices: price of a client-round at each edge, fee included.
        edge_cutoffs: amount of the cheapest loser at each edge or ``None``.
        levels, charges: what each owner gets and pays.

    The other attributes are those of ``Outcome``.
    """

    rule: str
    funded: bool
    reason: str | None
    rounds: int
    cohort: int
    cutoff: int | None
    edge_cutoffs: tuple[int | None, ...]
    prices: NDArray[Any]
    round_cost: int
    winners: Ints
    pay_per_round: NDArray[Any]
    pay: NDArray[Any] | None
    levels: Ints
    charges: NDArray[Any]
    clients_paid: int
    edges_paid: int
    coordinator_paid: int
    owners_paid: int
    sponsor_paid: int
    surplus: int
    welfare: int
    first_best: int


_OTHER_TYPES: Final = ("edge_cutoffs", "prices", "winners", "pay_per_round", "pay", "levels", "charges")
SAME: Final = tuple(one.name for one in fields(ArrayOutcome) if one.name not in _OTHER_TYPES)
"""What an ``Outcome`` and an ``ArrayOutcome`` hold alike."""


def clear_columns(columns: Columns, rule: str = "serial") -> ArrayOutcome:
    """Choose the cohort, charge the owners and add everything up.

    Raises:
        InputError: if it is no standard rule.
    """
    standard(rule)
    if not computes_on_arrays(columns, rule):
        return _clear_objects(columns, rule)
    cohort = choose_array_cohort(columns)
    if len(cohort.winners) < columns.terms.min_cohort:
        nothing = np.zeros(len(columns.bid), np.int64)
        return _outcome(columns, rule, cohort, OwnerCharges(0, nothing, nothing), 0, [])
    if rule == "vcg":
        slacks, charges = pivots_of_columns(columns, cohort.true_round_cost)
        sold = OwnerCharges(len(slacks), np.full(len(charges), len(slacks)), charges)
        return _outcome(columns, rule, cohort, sold, sum(slacks), slacks)
    sold = sell_to_columns(columns, cohort.round_cost, _goal(columns, rule))
    worth, slacks = values_and_slacks(columns, sold.levels, cohort.true_round_cost)
    return _outcome(columns, rule, cohort, sold, worth - cohort.true_round_cost * sold.rounds, slacks)


def computes_on_arrays(columns: Columns, rule: str) -> bool:
    """Whether numpy computes; otherwise ``clear`` itself does."""
    plain = all(edge.parent is None and edge.ceiling is None for edge in columns.terms.edges)
    return plain and not columns.terms.goals and fits_int64(columns, rule)


def fits_int64(columns: Columns, rule: str) -> bool:
    """Whether every amount of one agent stays below the largest int64; sums over agents are exact in any case.

    An agent's amounts are at most its cost and fee, the ceiling (under ``vcg`` that of all rounds) or its bid.
    """
    rounds = len(columns.terms.quality) if rule == "vcg" else 1
    highest = max(columns.highest_cost + columns.highest_fee, columns.terms.ceiling * rounds, columns.highest_bid)
    return highest < INT64_MAX


def _outcome(
    columns: Columns, rule: str, cohort: ArrayCohort, sold: OwnerCharges, welfare: int, slacks: list[int]
) -> ArrayOutcome:
    terms, rounds = columns.terms, sold.rounds
    pay = _client_pay(columns.cost.take(cohort.winners), cohort.pay_per_round, slacks) if rule == "vcg" else None
    fees = sum(map(mul, cohort.counts.tolist(), columns.fee.tolist()))
    per_round = cohort.round_cost - terms.coordinator_fee - fees
    clients_paid = per_round * rounds if pay is None else exact_sum(pay)
    owners_paid, paid_out = exact_sum(sold.charges), clients_paid + (fees + terms.coordinator_fee) * rounds
    sponsor_paid = sold.matched if rule != "vcg" else paid_out - owners_paid
    return ArrayOutcome(
        rule=rule,
        funded=rounds > 0,
        reason=None if rounds else _why_not(columns, cohort, rule),
        rounds=rounds,
        cohort=len(cohort.winners),
        cutoff=cohort.cutoff,
        edge_cutoffs=tuple(None if lost == INT64_MAX else lost for lost in cohort.edge_cutoffs.tolist()),
        prices=cohort.prices,
        round_cost=cohort.round_cost,
        winners=cohort.winners,
        pay_per_round=cohort.pay_per_round,
        pay=pay,
        levels=sold.levels,
        charges=sold.charges,
        clients_paid=clients_paid,
        edges_paid=fees * rounds,
        coordinator_paid=terms.coordinator_fee * rounds,
        owners_paid=owners_paid,
        sponsor_paid=sponsor_paid,
        surplus=owners_paid + sponsor_paid - paid_out,
        welfare=welfare,
        first_best=sum(slacks),
    )


def _client_pay(costs: Ints, each: Ints, slacks: list[int]) -> Ints:
    """Cost of every round plus, per round, the smaller of the margin ``pi_e - a_j`` and the slack (mechanism.md, 3b).

    The rounds in which a client gets its full margin come first. Slacks and sums of slacks beyond int64 are never used.
    """
    margins = each - costs
    if not slacks or slacks[-1] >= int(margins.max(initial=0)):
        return each * len(slacks)
    rests = [0, *accumulate(reversed(slacks))][::-1]
    rest = np.array([min(left, INT64_MAX) for left in rests], np.int64)
    ascending = np.array([min(slack, INT64_MAX) for slack in reversed(slacks)], np.int64)
    full = len(slacks) - np.searchsorted(ascending, margins)
    return costs * len(slacks) + margins * full + rest[full]


def _why_not(columns: Columns, cohort: ArrayCohort, rule: str) -> str:
    """The sentence that ``clear`` gives."""
    placed, needed = len(cohort.winners), columns.terms.min_cohort
    if placed < needed:
        return too_few(placed, needed)
    owners = len(columns.bid)
    return vcg.why_not(owners) if rule == "vcg" else serial.why_not(owners, _goal(columns, rule))


def _goal(columns: Columns, rule: str) -> int:
    """Rounds sold together under ``serial`` and ``provision``."""
    return columns.terms.goal if rule == "serial" else len(columns.terms.quality)


def _clear_objects(columns: Columns, rule: str) -> ArrayOutcome:
    """``clear`` with Python's integers, its names turned back into positions."""
    instance = columns.instance()
    outcome = clear(instance, rule)
    return ArrayOutcome(
        **{name: getattr(outcome, name) for name in SAME},
        edge_cutoffs=tuple(outcome.edge_cutoffs.values()),
        prices=integers([*outcome.prices.values()]),
        winners=np.array(choose_cohort(instance).winners, np.int64),
        pay_per_round=integers([winner.pay_per_round for winner in outcome.winners]),
        pay=integers([winner.pay or 0 for winner in outcome.winners]) if rule == "vcg" else None,
        levels=np.array([owner.level for owner in outcome.owners], np.int64),
        charges=integers([owner.charge for owner in outcome.owners]),
    )
