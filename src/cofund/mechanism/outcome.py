"""The result of a rule: who trains at which price, who gets which level for which charge, and where the money goes."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Winner:
    """A client that trains. ``pay`` is its total under ``vcg``, where the last rounds may pay less, else ``None``."""

    id: str
    edge: str
    pay_per_round: int
    pay: int | None = None


@dataclass(frozen=True, slots=True)
class OwnerResult:
    """What an owner gets, the model of round ``level`` (0: none), and what it pays for it."""

    id: str
    level: int
    charge: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a campaign before training; amounts in base units, totals over all rounds (mechanism.md, 3).

    owners_paid + sponsor_paid = clients_paid + edges_paid + coordinator_paid + surplus, to the unit.

    Attributes:
        rule: name of the rule.
        funded: whether any round runs.
        reason: why it is not funded, in one sentence; ``None`` if it is.
        rounds: rounds that run.
        cohort: clients chosen, which is fewer than the instance's ``cohort`` in a shortage.
        cutoff: total cost of the cheapest loser over edges that are not full (T), ``None`` if there is none.
        edge_cutoffs: edge id -> total cost of its cheapest loser (T_e) or ``None``.
        prices: edge id -> price of a client-round, fee included (pi_e); has every edge, winners or not.
        round_cost: what a round costs the owners and the sponsor (P).
        winners: the clients that train, in position order.
        owners: every owner, in input order.
        clients_paid: total of the clients, edge fees not included.
        edges_paid: total of the edges' fees.
        coordinator_paid: total of the coordinator's fee.
        owners_paid: total of the charges.
        sponsor_paid: the match; under ``vcg`` the difference that the owners do not cover.
        surplus: rounding dust of the shares.
        welfare: the owners' values of the rounds they get less the true cost of the rounds; can be negative.
        first_best: the welfare of running, for all owners, exactly the rounds worth their true cost with this cohort.
    """

    rule: str
    funded: bool
    reason: str | None
    rounds: int
    cohort: int
    cutoff: int | None
    edge_cutoffs: Mapping[str, int | None]
    prices: Mapping[str, int]
    round_cost: int
    winners: tuple[Winner, ...]
    owners: tuple[OwnerResult, ...]
    clients_paid: int
    edges_paid: int
    coordinator_paid: int
    owners_paid: int
    sponsor_paid: int
    surplus: int
    welfare: int
    first_best: int

    def pay_of(self, client: str) -> int:
        """What the client with this id is paid in total; 0 if it does not train."""
        for winner in self.winners:
            if winner.id == client:
                return winner.pay_per_round * self.rounds if winner.pay is None else winner.pay
        return 0
