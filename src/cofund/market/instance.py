"""What is traded: one market of model owners, clients and edge servers (mechanism.md, 1).

Every amount is an integer in base units of the token, every quality a part of ``ONE``. An ``Instance`` that exists is
legal: building one runs every check of ``validation.py``. The order of ``clients`` breaks ties; on chain it goes by
edges, and at each edge by its book.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cofund.market.validation import children_first, validate


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge server: serves at most ``capacity`` clients and takes ``fee`` per client-round.

    With a ``parent``, the id of another edge, it hangs below that one (edge under region under cloud) and below the
    cloud otherwise. Capacity and fee count every client below, attached directly or to an edge below (mechanism.md, 5).
    With a ``ceiling``, clients attached directly get at most that, fees included; otherwise at most the instance's.
    """

    id: str
    capacity: int
    fee: int
    parent: str | None = None
    ceiling: int | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """A model owner: the finished model is worth ``bid`` to it; ``weight`` is its public size."""

    id: str
    bid: int
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Client:
    """A device or site attached to the edge with id ``edge``; asks ``cost`` for one training round."""

    id: str
    edge: str
    cost: int


@dataclass(frozen=True, slots=True)
class Instance:
    """The public terms of a campaign and all that was revealed.

    Attributes:
        cohort: clients that train in a round, K.
        min_cohort: fewest clients with which the campaign still runs.
        ceiling: highest price of a client-round, edge fee included, rho.
        coordinator_fee: the coordinator's fee for one round, f.
        goal: rounds sold together before the stretch rounds, g.
        goals: instead of ``goal``, how many are sold together to owners of which weight: (least weight, rounds),
            weights rising (mechanism.md, 3d).
        match: part of every round's cost that a sponsor pays, in parts of ``ONE``.
        quality: the share of full quality that each round adds; nonincreasing, sums to ``ONE``.
        edges: the edge servers.
        owners: the bidders.
        clients: the offers, in the order that breaks ties.
    """

    cohort: int
    min_cohort: int
    ceiling: int
    coordinator_fee: int
    goal: int
    match: int
    quality: tuple[int, ...]
    edges: tuple[Edge, ...]
    owners: tuple[Owner, ...]
    clients: tuple[Client, ...]
    goals: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        validate(self)

    def offers(self) -> list[tuple[int, int]]:
        """Every client as (position of its edge, total cost ``a_j`` = cost + path fee), in their order."""
        at = {edge.id: position for position, edge in enumerate(self.edges)}
        fees = self.path_fees()
        return [(at[client.edge], client.cost + fees[at[client.edge]]) for client in self.clients]

    def ceilings(self) -> list[int]:
        """The highest price of a client-round at each edge, for clients attached directly."""
        return [self.ceiling if edge.ceiling is None else min(edge.ceiling, self.ceiling) for edge in self.edges]

    def goal_table(self) -> tuple[tuple[int, int], ...]:
        """How many rounds are sold together from which weight of the owners on."""
        return self.goals or ((1, self.goal),)

    def path_fees(self) -> list[int]:
        """What a client-round at each edge costs in fees: its own and those of all edges above it."""
        fees = [edge.fee for edge in self.edges]
        above = parent_positions(self.edges)
        for position in reversed(children_first(above)):
            parent = above[position]
            fees[position] += 0 if parent is None else fees[parent]
        return fees


def goal_for(table: Sequence[tuple[int, int]], weight: int) -> int:
    """Rounds that owners of this weight buy together; 0 if they are too few."""
    return max((entry for entry in table if entry[0] <= weight), default=(0, 0))[1]


def parent_positions(edges: Sequence[Edge]) -> list[int | None]:
    """The position of each edge's parent, ``None`` directly below the cloud."""
    at: dict[str | None, int] = {edge.id: position for position, edge in enumerate(edges)}
    return [at.get(edge.parent) for edge in edges]
