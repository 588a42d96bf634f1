"""What each party of a rehearsed campaign does: the private side of a campaign, known before it starts."""

from dataclasses import dataclass, field

from cofund.training.engines.unreliable import Outage
from cofund.training.plan import Plan


@dataclass(frozen=True, slots=True)
class EdgeScript:
    """An edge server: ``fee`` in ticks per client-round; it relays its clients' offers."""

    id: str
    name: str
    capacity: int
    fee: int


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
    """A client: asks ``cost`` ticks per round; a silent one never opens its offer."""

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
        edges, owners, clients: the parties; an edge's clients are relayed in this order.
        plan: how it is trained, and the most rounds that are sold.
        unit, decimals: of the rehearsal token.
        tick: base units per tick.
        min_cohort: the fewest clients that make a campaign.
        tolerance: rounds that a client may miss without losing its bond.
        owner_bond, edge_bond, coordinator_bond: base units; a client's bond is the ceiling.
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
