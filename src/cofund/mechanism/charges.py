"""What a rule decides once the cohort is known: how far the campaign goes and what everyone pays and earns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cofund.market.instance import Instance
from cofund.mechanism.cohort import Cohort


@dataclass(frozen=True, slots=True)
class Purchase:
    """A block of rounds, and the owners who split its cost.

    Attributes:
        first_round: number of its first round; rounds count from 1.
        rounds: how many rounds are sold together.
        quality: the quality they add, in parts of ``ONE``.
        cost: what the owners have to raise for it, after the match.
        buyers: positions of the owners who buy it, ascending; empty when nobody does.
        shares: what each buyer pays, rounded up.
    """

    first_round: int
    rounds: int
    quality: int
    cost: int
    buyers: tuple[int, ...]
    shares: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Charges:
    """What the owners get and pay, and what the clients are paid.

    Attributes:
        rounds: rounds that run; 0 means that the campaign is not funded.
        reason: why it is not funded, in one sentence.
        levels: last round that each owner gets.
        charges: what each owner pays in total.
        client_pay: what each winner is paid in total, edge fee not included, in the order of the cohort.
        sponsor_paid: the sponsor's part.
        purchases: under cost sharing, every block put up for sale; the last may have no buyers.
    """

    rounds: int
    reason: str | None
    levels: tuple[int, ...]
    charges: tuple[int, ...]
    client_pay: tuple[int, ...]
    sponsor_paid: int
    purchases: tuple[Purchase, ...] = ()


ChargesOf = Callable[[Instance, Cohort], Charges]
"""The owners' side of a rule: who pays what for the cohort that was chosen."""


def not_funded(instance: Instance, cohort: Cohort, reason: str, purchases: tuple[Purchase, ...] = ()) -> Charges:
    """Nobody trains, nobody pays: everyone is refunded."""
    nothing = (0,) * len(instance.owners)
    return Charges(0, reason, nothing, nothing, (0,) * len(cohort.winners), 0, purchases)


def sold(
    instance: Instance,
    cohort: Cohort,
    levels: Sequence[int],
    charges: Sequence[int],
    matched: int,
    purchases: tuple[Purchase, ...] = (),
    reason: str | None = None,
) -> Charges:
    """As many rounds as the highest level run; each pays the clients alike and is matched by the sponsor."""
    rounds = max(levels)
    pay = tuple(each * rounds for each in pay_per_round(instance, cohort))
    return Charges(rounds, reason, tuple(levels), tuple(charges), pay, matched * rounds, purchases)


def pay_per_round(instance: Instance, cohort: Cohort) -> tuple[int, ...]:
    """``pi_e`` less the fees on its path, for every winner in the order of the cohort; never below its cost."""
    fees = instance.path_fees()
    net = {edge.id: price - fee for edge, price, fee in zip(instance.edges, cohort.prices, fees, strict=True)}
    return tuple(net[instance.clients[position].edge] for position in cohort.winners)
