"""What is traded: one market of model owners, clients and edge servers (mechanism.md, 1).

Every amount is an integer in base units of the token, every quality a part of ``ONE``. An ``Instance`` that exists is
legal: building one runs every check of ``validation.py``. The order of ``clients`` is the commit order; it breaks ties.
"""

from dataclasses import dataclass

from cofund.market.validation import validate


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge server: serves at most ``capacity`` clients and takes ``fee`` per client-round."""

    id: str
    capacity: int
    fee: int


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
        match: part of every round's cost that a sponsor pays, in parts of ``ONE``.
        quality: the share of full quality that each round adds; nonincreasing, sums to ``ONE``.
        edges: the edge servers.
        owners: the bidders.
        clients: the offers, in commit order.
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

    def __post_init__(self) -> None:
        validate(self)

    def offers(self) -> list[tuple[int, int]]:
        """Every client as (position of its edge, total cost ``a_j`` = cost + edge fee), in commit order."""
        at = {edge.id: position for position, edge in enumerate(self.edges)}
        return [(at[client.edge], client.cost + self.edges[at[client.edge]].fee) for client in self.clients]
