"""A campaign at one block: what was published, the books, and how they came about.

Whether it came from a node, a record or a rehearsal makes no difference to a reader. Everything that shows or decides
anything takes a campaign and nothing else; what follows from the books is asked of ``ledger``.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cofund.campaign.seat import Seat, seat_of
from cofund.campaign.unlogged import Unlogged
from cofund.chain.contract import Call
from cofund.chain.event_logs import Event
from cofund.chain.trail import Seen
from cofund.settlement.ledger import Ledger, Status
from cofund.settlement.places import Place, places_of
from cofund.training.deliveries import Delivery

if TYPE_CHECKING:
    from pathlib import Path

    from cofund.campaign.workspace import Workspace
    from cofund.chain.node import Node


@dataclass(frozen=True, slots=True)
class Location:
    """Where a campaign is, and at which block it was read.

    Args:
        chain_id: of its chain.
        address: of the campaign.
        factory: that created it.
        store: URL that was announced; empty if none.
        block: number of the last one that was read.
    """

    chain_id: int
    address: str
    factory: str
    store: str
    block: int


@dataclass(frozen=True)
class Campaign:
    """A campaign at one block; nothing of it is changed afterwards.

    Args:
        document: the published terms, or what the chain says in their form.
        published: whether it is the published document, which has the digest that the contract carries.
        place: where it is.
        now: time of the block, seconds since the epoch.
        ledger: the books.
        seen: the transactions that changed it, in order, each with its time and events.
        calls: those of them that called the campaign itself, decoded, with their times.
        unlogged: what the contract did without logging it.
        bitmaps: rounds delivered under the roots signed last, by position of the offer, as far as anybody has told.
        deliveries: what was delivered in every round, under the roots recorded, if anybody has told.
    """

    document: dict[str, Any]
    published: bool
    place: Location
    now: int
    ledger: Ledger
    seen: tuple[Seen, ...]
    calls: tuple[tuple[int, Call], ...] = ()
    unlogged: Unlogged = field(default_factory=Unlogged)
    bitmaps: Mapping[int, int] = field(default_factory=dict)
    deliveries: tuple[Delivery, ...] = ()

    @classmethod
    def from_record(cls, record: "Path | dict[str, Any]") -> "Campaign":
        """The campaign that a record tells of, its books kept again from the transactions and events in it.

        Args:
            record: its file, or what is in it.

        Raises:
            InputError: if it is no record.
            CheckFailed: if its transactions and events do not fit.
        """
        from cofund.campaign.record import recorded  # noqa: PLC0415 - which makes campaigns

        return recorded(record)

    @classmethod
    def from_rehearsal(cls, node: "Node", workspace: "Workspace") -> "Campaign":
        """The campaign that is rehearsed in a folder, as of the last block of the rehearsal's node."""
        from cofund.campaign.rehearsed import rehearsal  # noqa: PLC0415 - which makes campaigns
        from cofund.campaign.store import Store  # noqa: PLC0415

        document = json.loads(workspace.terms.read_text(encoding="utf-8"))
        return rehearsal(node, document, Store(str(workspace.store)))

    @property
    def name(self) -> str:
        """Of the campaign."""
        return str(self.document["name"])

    @property
    def status(self) -> str:
        """Of the contract."""
        return str(self.ledger.status)

    @property
    def settled(self) -> bool:
        """Whether the market was cleared: levels, charges and prices are fixed."""
        return self.ledger.status not in {Status.OPEN, Status.CANCELLED}

    @property
    def over(self) -> bool:
        """Whether nothing more is decided; money may still be taken."""
        return self.ledger.status not in {Status.OPEN, Status.TRAINING}

    @cached_property
    def phase(self) -> tuple[str, int | None]:
        """Name of the phase, and when it ends by the clock if it does."""
        return self.ledger.phase_at(self.now)

    def seat(self, account: str) -> Seat:
        """What an account has at stake."""
        return seat_of(self.ledger, self.now, account, self.place.block)

    @property
    def events(self) -> Iterator[tuple[Seen, Event]]:
        """What the contract logged, in order, each with its transaction."""
        return ((seen, event) for seen in self.seen for event in seen.events)

    def logged(self, name: str) -> Iterator[tuple[Seen, Event]]:
        """The events of one name."""
        return ((seen, event) for seen, event in self.events if event.name == name)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Where everybody's money stands."""
        return places_of(self.ledger, self.bitmaps)

    @cached_property
    def owners(self) -> tuple[dict[str, Any], ...]:
        """Every owner that the terms name, as there, and whoever else sealed a bid, with its account for an id."""
        named = {party["account"] for party in self.document["owners"]}
        others = [owner for owner in self.ledger.owners if owner.account not in named]
        return (
            *self.document["owners"],
            *({"id": o.account, "name": "", "account": o.account, "weight": o.weight} for o in others),
        )

    @cached_property
    def clients(self) -> tuple[dict[str, Any], ...]:
        """Every client that the terms name, as there, and whoever else sealed an offer; its edge once it opened."""
        named, edges = {party["account"] for party in self.document["clients"]}, self.ledger.terms.edges
        others = [offer for offer in self.ledger.offers if offer.client not in named]
        return (
            *self.document["clients"],
            *(
                {
                    "id": offer.client,
                    "name": "",
                    "account": offer.client,
                    "edge": "" if offer.cost is None else edges[offer.edge].id,
                }
                for offer in others
            ),
        )
