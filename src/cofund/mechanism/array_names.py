"""What ``clear_columns`` found, as the ``Outcome`` and the ``Cohort`` that ``clear`` gives (mechanism.md, "Speed").

Positions become names: ``client-1`` and ``owner-1`` are the first rows, as in ``Columns.instance``.
"""

import numpy as np

from cofund.market.columns import INT64_MAX, Columns
from cofund.mechanism.arrays import SAME, ArrayOutcome, computes_on_arrays
from cofund.mechanism.certificate import Key
from cofund.mechanism.cohort import Cohort, choose_cohort
from cofund.mechanism.edge_tree import cutoffs_below
from cofund.mechanism.outcome import Outcome, OwnerResult, Winner


def named_outcome(columns: Columns, outcome: ArrayOutcome) -> Outcome:
    """The outcome with a name for every winner, owner and edge; equal to ``clear(columns.instance(), rule)``."""
    names = [edge.id for edge in columns.terms.edges]
    edges = [names[at] for at in columns.edge.take(outcome.winners).tolist()]
    clients = [f"client-{position + 1}" for position in outcome.winners.tolist()]
    totals = [None] * len(clients) if outcome.pay is None else outcome.pay.tolist()
    sold = enumerate(zip(outcome.levels.tolist(), outcome.charges.tolist(), strict=True), 1)
    return Outcome(
        **{name: getattr(outcome, name) for name in SAME},
        edge_cutoffs=dict(zip(names, outcome.edge_cutoffs, strict=True)),
        prices=dict(zip(names, outcome.prices.tolist(), strict=True)),
        winners=tuple(map(Winner, clients, edges, outcome.pay_per_round.tolist(), totals)),
        owners=tuple(OwnerResult(f"owner-{number}", level, charge) for number, (level, charge) in sold),
    )


def named_cohort(columns: Columns, outcome: ArrayOutcome) -> Cohort:
    """The cohort with the losers who set the prices; equal to ``choose_cohort(columns.instance())``."""
    if not computes_on_arrays(columns, outcome.rule):
        return choose_cohort(columns.instance())
    edges = columns.terms.edges
    amounts = columns.fee.take(columns.edge) + columns.cost
    counts = np.bincount(columns.edge.take(outcome.winners), minlength=len(edges)).tolist()
    cutoff, edge_cutoffs = cutoffs_below(edges, counts, _cheapest_losers(columns, outcome, amounts))
    return Cohort(
        winners=tuple(outcome.winners.tolist()),
        counts=tuple(counts),
        cutoff=cutoff,
        edge_cutoffs=tuple(edge_cutoffs),
        prices=tuple(outcome.prices.tolist()),
        round_cost=outcome.round_cost,
        true_round_cost=sum(amounts.take(outcome.winners).tolist()) + columns.terms.coordinator_fee,
    )


def _cheapest_losers(columns: Columns, outcome: ArrayOutcome, amounts: np.ndarray) -> list[Key | None]:
    """Of every edge the first in position among the losers that ask its cutoff."""
    asked = np.array([INT64_MAX if lost is None else lost for lost in outcome.edge_cutoffs], np.int64)
    sets = amounts == asked.take(columns.edge)
    sets[outcome.winners] = False
    positions = sets.nonzero()[0]
    at, first = np.unique(columns.edge.take(positions), return_index=True)
    losers: list[Key | None] = [None] * len(asked)
    for edge, position in zip(at.tolist(), positions.take(first).tolist(), strict=True):
        losers[edge] = Key(int(asked[edge]), position)
    return losers
