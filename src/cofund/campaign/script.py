"""What each party of a rehearsed campaign does: the private side of a campaign, known before it starts."""

from dataclasses import dataclass, field

from cofund.training.engines.unreliable import Outage
from cofund.training.plan import Plan


@dataclass(frozen=True, slots=True)
class EdgeScript:
    """An edge server, which lists its clients' offers in its book.

    Args:
        fee: ticks per client-round at and below it.
        ceiling: ticks per client-round of its own clients; None for the campaign's.
        parent: id of the edge above it, which comes before it.
    """

    id: str
    name: str
    capacity: int
    fee: int
    ceiling: int | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class OwnerScript:
    """An owner: bids ``bid`` base units, locks ``escrow``; a silent one never opens its bid."""

    id: str
    name: str
    weight: int
    bid: int
    escrow: int
    silent: bool = False


@dataclass(frozen=True, slots=True)
class ClientScript:
    """A client: asks ``cost`` ticks per round; a silent one never signs an offer."""

    id: str
    name: str
    edge: str
    cost: int
    silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A campaign with everybody's part in it.

    Args:
        name: of the campaign.
        task: name of a packaged task, or ``module:attribute`` (``training/tasks/named.py``).
        cohort: clients that train in a round.
        ceiling: ticks per client-round, edge fee included.
        coordinator_fee: base units per round.
        goal: rounds sold together.
        goals: instead of ``goal``, from which weight of the owners how many are: (least weight, rounds).
        edges, owners, clients: the parties.
        plan: how it is trained, and the most rounds that are sold.
        unit, decimals: of the rehearsal token.
        tick: base units per tick.
        min_cohort: the fewest clients that make a campaign.
        tolerance: part of an edge's client-rounds that may be missing for nothing, in parts of ONE.
        owner_bond, edge_bond, coordinator_bond: base units; of a book it is the ceiling for every client.
        outages: who cannot be reached in which rounds.
        match: part of every round's cost that a sponsor pays, in parts of ONE.
        underwritten: the rule is ``vcg``, and a sponsor pays whatever the owners do not.
        store: URL of the store announced on chain; without one the public artifacts stay in the campaign's folder.
        coordinator_lasts: rounds after which the coordinator vanishes, at least 1; None if it stays.
    """

    name: str
    task: str
    cohort: int
    ceiling: int
    coordinator_fee: int
    goal: int
    edges: tuple[EdgeScript, ...]
    owners: tuple[OwnerScript, ...]
    clients: tuple[ClientScript, ...]
    plan: Plan = field(default_factory=Plan)
    unit: str = "rEUR"
    decimals: int = 2
    tick: int = 1
    min_cohort: int = 1
    goals: tuple[tuple[int, int], ...] = ()
    tolerance: int = 0
    owner_bond: int = 1000
    edge_bond: int = 1000
    coordinator_bond: int = 1000
    outages: tuple[Outage, ...] = ()
    match: int = 0
    underwritten: bool = False
    store: str = ""
    coordinator_lasts: int | None = None

    @property
    def sponsored(self) -> bool:
        """Whether there is a sponsor."""
        return self.underwritten or self.match > 0
