"""The public terms of a campaign on chain: who, until when, for how much (protocol.md, "Terms").

Times are seconds since the epoch, amounts base units of the token. The contract counts the ceiling, edge fees and
costs of client-rounds in ticks, so here they are multiples of ``tick``.
"""

from dataclasses import dataclass

from cofund.units import ONE

MAX_OFFERS = 12_000
MAX_EDGES = 64
MAX_OWNERS = 64
MAX_ROUNDS = 256
MAX_BATCH = 64
MAX_AMOUNT = 2**96 - 1
NOBODY = "0x0000000000000000000000000000000000000000"
"""The sponsor of a campaign that has none."""


@dataclass(frozen=True, slots=True)
class EdgeTerms:
    """An edge server of the campaign.

    Args:
        id: name in the instance.
        operator: account that signs deliveries and earns the fee.
        capacity: clients it can serve.
        fee: base units per client-round, a multiple of the tick.
        admits: whether only offers that the operator relays count here.
    """

    id: str
    operator: str
    capacity: int
    fee: int
    admits: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything the contract fixes at creation; see protocol.md for each field.

    Args:
        token: address of the ERC-20 token.
        coordinator: account that records rounds.
        commit_end, reveal_end, settle_end: ends of the phases, exclusive.
        round_limit_s: longest time from one record to the next.
        veto_window_s: time after a round's record in which owners can veto it.
        delivery_window_s: time after training for the edges' last roots, and again for the stand-in.
        tick: base units per tick.
        cohort, min_cohort: clients that train in a round, and the fewest that make a campaign.
        ceiling: base units per client-round, edge fee included.
        coordinator_fee: base units per round.
        goal: rounds sold together.
        quality: dq_1..dq_R in parts of ONE.
        edges: in the order that offers refer to.
        weights: public size weight of named owner accounts; all others weigh 1.
        owner_bond, client_bond, edge_bond, coordinator_bond: base units.
        digest: keccak-256 of the published terms document.
        sponsor: account that pays the match, or underwrites; ``NOBODY`` if there is none.
        underwritten: rule ``vcg``: the sponsor pays whatever the owners do not. Otherwise ``serial``.
        match: part of every round's cost that the sponsor pays under ``serial``, in parts of ONE.
        tolerance: rounds that a client may miss without losing its bond.
        listed_owners: whether only owners named in ``weights`` may bid.
    """

    token: str
    coordinator: str
    commit_end: int
    reveal_end: int
    settle_end: int
    round_limit_s: int
    veto_window_s: int
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
    client_bond: int
    edge_bond: int
    coordinator_bond: int
    digest: bytes
    sponsor: str = NOBODY
    underwritten: bool = False
    match: int = 0
    tolerance: int = 0
    listed_owners: bool = False

    @property
    def sponsorship(self) -> int:
        """The most that the sponsor's promise can come to, base units; it locks this before bids open."""
        most = self.cohort * self.ceiling + self.coordinator_fee
        return most_promised(len(self.quality), most, None if self.underwritten else self.match)

    def weight(self, account: str) -> int:
        """Public size weight of an owner account, 1 unless the terms name it."""
        return dict(self.weights).get(account, 1)


def most_promised(rounds: int, most: int, match: int | None) -> int:
    """The most that a sponsor's promise can come to.

    Args:
        rounds: that may run.
        most: what a round can cost, base units.
        match: part of every round that it pays, of ONE; None if it pays whatever the owners do not.
    """
    return rounds * (most if match is None else match * most // ONE)
