"""The public terms of a campaign on chain: who, until when, for how much (protocol.md, "Terms").

Times are seconds since the epoch, amounts base units of the token. The contract counts the ceiling, edge fees and
costs of client-rounds in ticks, so here they are multiples of ``tick``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from cofund.errors import InputError
from cofund.units import ONE

MAX_BOOK = 9_984
"""Clients in an operator's book, as many as one transaction can open."""
MAX_SEALED = 2_048
"""The same of a sealed book, which is one edge's."""
MAX_EDGES = 64
MAX_OWNERS = 64
MAX_ROUNDS = 256
MAX_GOALS = 16
MAX_CAPACITY = 2**16 - 1
MAX_COHORT = 2**20
MAX_BATCH = 64
MAX_AMOUNT = 2**96 - 1
NOBODY = "0x0000000000000000000000000000000000000000"
"""The sponsor of a campaign that has none."""
OF_THE_CAMPAIGN = -1
"""The ceiling of an edge that has none of its own."""


@dataclass(frozen=True, slots=True)
class EdgeTerms:
    """An edge server of the campaign.

    Args:
        id: name in the instance.
        operator: account that signs deliveries and earns the fee.
        capacity: clients that it, and all edges below it, can serve.
        fee: base units per client-round at and below it, a multiple of the tick.
        ceiling: base units per client-round of its own clients, fees included, a multiple of the tick; that of the
            campaign, which ``Terms`` puts in, unless it has its own.
        parent: id of the edge above it, which comes before it; None below the cloud.
    """

    id: str
    operator: str
    capacity: int
    fee: int
    ceiling: int = OF_THE_CAMPAIGN
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything the contract fixes at creation; see protocol.md for each field.

    Args:
        token: address of the ERC-20 token.
        coordinator: account that records rounds.
        commit_end, reveal_end, settle_end: ends of the phases, exclusive.
        round_limit_s: longest time from one record to the next.
        veto_window_s: time after a round's record in which owners can veto it.
        unaccepted: recorded rounds that can still be vetoed, at most at any time.
        delivery_window_s: time after training for the edges' last roots, and again for the stand-in.
        tick: base units per tick.
        cohort, min_cohort: clients that train in a round, and the fewest that make a campaign.
        ceiling: base units per client-round, fees included: the highest of all edges.
        coordinator_fee: base units per round.
        goal: rounds sold together.
        quality: dq_1..dq_R in parts of ONE.
        edges: in the order that offers refer to.
        weights: public size weight of named owner accounts; all others weigh 1.
        owner_bond, book_bond, edge_bond, coordinator_bond: base units; of a book for every client in it.
        digest: keccak-256 of the published terms document.
        sponsor: account that pays the match, or underwrites; ``NOBODY`` if there is none.
        underwritten: rule ``vcg``: the sponsor pays whatever the owners do not. Otherwise ``serial``.
        match: part of every round's cost that the sponsor pays under ``serial``, in parts of ONE.
        tolerance: part of an edge's client-rounds that may be missing for nothing, in parts of ONE.
        listed_owners: whether only owners named in ``weights`` may bid.
        sealed: whether books are never opened.
        stake: sealed books: of who settles without books that it calls absent, base units.
        absence_window_s: sealed books: how long such books may still be opened.
        goals: instead of ``goal``, rounds sold together from which weight of the owners on: (least weight, rounds),
            weights rising.
    """

    token: str
    coordinator: str
    commit_end: int
    reveal_end: int
    settle_end: int
    round_limit_s: int
    veto_window_s: int
    unaccepted: int
    delivery_window_s: int
    tick: int
    cohort: int
    min_cohort: int
    ceiling: int
    coordinator_fee: int
    goal: int
    quality: tuple[int, ...]
    edges: tuple[EdgeTerms, ...]
    weights: tuple[tuple[str, int], ...]
    owner_bond: int
    book_bond: int
    edge_bond: int
    coordinator_bond: int
    digest: bytes
    sponsor: str = NOBODY
    underwritten: bool = False
    match: int = 0
    tolerance: int = 0
    listed_owners: bool = False
    sealed: bool = False
    stake: int = 0
    absence_window_s: int = 0
    goals: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        """Give edges without a ceiling of their own that of the campaign."""
        edges = (replace(e, ceiling=self.ceiling) if e.ceiling == OF_THE_CAMPAIGN else e for e in self.edges)
        object.__setattr__(self, "edges", tuple(edges))

    @property
    def sponsorship(self) -> int:
        """The most that the sponsor's promise can come to, base units; it locks this before bids open."""
        most = self.cohort * self.ceiling + self.coordinator_fee
        return most_promised(len(self.quality), most, None if self.underwritten else self.match)

    def goal_table(self) -> tuple[tuple[int, int], ...]:
        """Rounds sold together from which weight of the owners on."""
        return self.goals or ((1, self.goal),)

    def path(self, edge: int) -> tuple[int, ...]:
        """An edge and all edges above it."""
        above = self.edges[edge].parent
        return (edge,) if above is None else (edge, *self.path(self.number_of(above)))

    def path_fee(self, edge: int) -> int:
        """Base units per client-round that go to an edge and to all edges above it."""
        return sum(self.edges[at].fee for at in self.path(edge))

    def number_of(self, edge: str) -> int:
        """The place of an edge in the terms.

        Raises:
            InputError: there is no such edge.
        """
        for at, one in enumerate(self.edges):
            if one.id == edge:
                return at
        raise InputError("terms", "edges", f"expected an edge {edge}, which is above another")

    def weight(self, account: str) -> int:
        """Public size weight of an owner account, 1 unless the terms name it."""
        return dict(self.weights).get(account, 1)


def goal_fields(table: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """``goal`` and ``goals`` of terms with this goal table: one goal for any weight is written as a number."""
    constant = len(table) == 1 and table[0][0] == 1
    return {"goal": table[0][1], "goals": () if constant else tuple(table)}


def most_promised(rounds: int, most: int, match: int | None) -> int:
    """The most that a sponsor's promise can come to.

    Args:
        rounds: that may run.
        most: what a round can cost, base units.
        match: part of every round that it pays, of ONE; None if it pays whatever the owners do not.
    """
    return rounds * (most if match is None else match * most // ONE)
