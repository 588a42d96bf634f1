"""The market of sealed books as far as it is known: winners and prices as the contract has proved them, no costs.

Levels, charges and where the money goes follow from these; what the rounds truly cost, and so the welfare, does not.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from cofund.market.instance import Client, Instance
from cofund.mechanism.charges import Purchase
from cofund.mechanism.cohort import Cohort, proved_cohort
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.outcome_codec import encode_outcome
from cofund.mechanism.rules import add_up, charge

UNKNOWN: Final = ("welfare", "first_best")
"""What nobody can compute without costs."""


def proved_outcome(
    instance: Instance, winners: Sequence[tuple[str, str]], prices: Sequence[int], rule: str
) -> tuple[Cohort, Outcome, tuple[Purchase, ...]]:
    """What follows from proved winners and prices; welfare and first best are 0, for nobody knows them.

    Args:
        instance: the market without clients.
        winners: what each is called, and the id of its edge.
        prices: of a client-round at every edge, base units.
        rule: by which the owners are charged.
    """
    named = replace(instance, clients=tuple(Client(name, edge, 0) for name, edge in winners))
    at_edge = Counter(edge for _, edge in winners)
    cohort = proved_cohort(named, [at_edge[edge.id] for edge in instance.edges], prices)
    bought = charge(named, cohort, rule)
    return cohort, replace(add_up(named, rule, cohort, bought), welfare=0, first_best=0), bought.purchases


def encode_proved(outcome: Outcome) -> dict[str, Any]:
    """The document of an outcome whose costs are not known."""
    return encode_outcome(outcome) | dict.fromkeys(UNKNOWN)


def told_of(outcome: Mapping[str, Any]) -> tuple[list[tuple[str, str]], list[int]]:
    """Winners and prices in such a document."""
    winners = [(str(row["id"]), str(row["edge"])) for row in outcome["winners"]]
    return winners, [int(price) for price in outcome["prices"].values()]
