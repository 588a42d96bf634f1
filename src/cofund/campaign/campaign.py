"""A campaign at one block: what was published, the books, and how they came about.

Whether it came from a node, a record or a rehearsal makes no difference to a reader. Everything that shows or decides
anything takes a campaign and nothing else; what follows from the books is asked of ``ledger``.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cofund.campaign.books import books_among
from cofund.campaign.called import call_of
from cofund.campaign.seat import Seat, seat_of
from cofund.chain.contract import DecodedCall
from cofund.chain.logs import Event
from cofund.chain.signed import opened
from cofund.chain.trail import CampaignTransaction
from cofund.errors import CheckFailed, InputError
from cofund.market.offer_book import OfferBook
from cofund.settlement.ledger import Ledger, Status
from cofund.settlement.places import Place, places_of
from cofund.training.deliveries import Delivery

if TYPE_CHECKING:
    from pathlib import Path

    from cofund.campaign.workspace import Workspace
    from cofund.chain.node import Node
    from cofund.roles import acting
    from cofund.roles.next_actions import Step


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
        bitmaps: rounds delivered under the roots signed last, by edge and place, as far as anybody has told.
        deliveries: what was delivered in every round, under the roots recorded, if anybody has told.
        node: that it was read from, if somebody may act there.
    """

    document: dict[str, Any]
    published: bool
    place: Location
    now: int
    ledger: Ledger
    seen: tuple[CampaignTransaction, ...]
    bitmaps: Mapping[tuple[int, int], int] = field(default_factory=dict)
    deliveries: tuple[Delivery, ...] = ()
    node: "Node | None" = field(default=None, compare=False, repr=False)

    @classmethod
    def at(cls, node: "Node", address: str, *, terms: "Path | None" = None, first: int = 0) -> "Campaign":
        """The campaign at an address, as of the node's last block.

        Args:
            node: ``cofund.connect(url)``.
            address: of the campaign.
            terms: file with the published terms, for the names in them; without it edges are ``edge-0`` and so on.
            first: number of the first block to search for its creation.

        Raises:
            InputError: if no factory created a campaign there, or the file is no terms.
            CheckFailed: if they are another campaign's.
            NodeError: if what the node tells does not fit.
        """
        from cofund.campaign.creations import creations  # noqa: PLC0415 - which makes campaigns
        from cofund.campaign.from_chain import follow, head  # noqa: PLC0415
        from cofund.campaign.terms_file import load_published  # noqa: PLC0415

        published, block = load_published([terms] if terms else []), head(node.provider)
        found = creations(node.provider, first, block.number, address)
        if not found:
            raise InputError(address, "", f"expected a campaign that a factory created in block {first:,} or later")
        campaign = follow(node.provider, node.chain_id, found[0], block, published).at(block)
        if terms is not None and not campaign.published:
            raise CheckFailed(f"{terms}: not the terms that the campaign {address} carries the digest of")
        return replace(campaign, node=node)

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

    @property
    def phase(self) -> str:
        """Name of the phase."""
        return self.ledger.phase_at(self.now)[0]

    @property
    def until(self) -> int | None:
        """When the phase ends by the clock, if it does."""
        return self.ledger.phase_at(self.now)[1]

    def seat(self, account: str) -> Seat:
        """What an account has at stake."""
        return seat_of(self.ledger, self.now, account, self.place.block)

    def next_steps(self, account: str) -> "tuple[tuple[str, Step], ...]":
        """What an account can do now, each with its role, most urgent first; what anybody may do comes last."""
        from cofund.roles.acting import steps_of  # noqa: PLC0415 - the parties are a layer above

        return steps_of(self.seat(account))

    def as_owner(self, key: str | bytes, **places: Any) -> "acting.ActingOwner":
        """An owner at work; ``home`` and ``terms`` as in ``roles.acting``."""
        from cofund.roles.acting import ActingOwner  # noqa: PLC0415

        return ActingOwner(self, key, **places)

    def as_client(self, key: str | bytes, **places: Any) -> "acting.ActingClient":
        """A client at work."""
        from cofund.roles.acting import ActingClient  # noqa: PLC0415

        return ActingClient(self, key, **places)

    def as_edge(self, key: str | bytes, **places: Any) -> "acting.ActingEdge":
        """The operator of edges at work."""
        from cofund.roles.acting import ActingEdge  # noqa: PLC0415

        return ActingEdge(self, key, **places)

    def as_coordinator(self, key: str | bytes, **places: Any) -> "acting.ActingCoordinator":
        """The coordinator at work."""
        from cofund.roles.acting import ActingCoordinator  # noqa: PLC0415

        return ActingCoordinator(self, key, **places)

    def as_sponsor(self, key: str | bytes, **places: Any) -> "acting.ActingSponsor":
        """The sponsor at work."""
        from cofund.roles.acting import ActingSponsor  # noqa: PLC0415

        return ActingSponsor(self, key, **places)

    def as_initiator(self, key: str | bytes, **places: Any) -> "acting.ActingInitiator":
        """Whoever created the campaign at work."""
        from cofund.roles.acting import ActingInitiator  # noqa: PLC0415

        return ActingInitiator(self, key, **places)

    @property
    def events(self) -> Iterator[tuple[CampaignTransaction, Event]]:
        """What the contract logged, in order, each with its transaction."""
        return ((seen, event) for seen in self.seen for event in seen.events)

    def logged(self, name: str) -> Iterator[tuple[CampaignTransaction, Event]]:
        """The events of one name."""
        return ((seen, event) for seen, event in self.events if event.name == name)

    @cached_property
    def calls(self) -> tuple[tuple[int, DecodedCall], ...]:
        """The transactions that called the campaign or its books themselves, decoded, with their times."""
        found = ((seen.timestamp, call_of(opened(seen.raw, unsigned=True), self.ledger)) for seen in self.seen)
        return tuple((time, call) for time, call in found if call is not None)

    @cached_property
    def books(self) -> dict[str, OfferBook]:
        """The open books, by operator; none if books stay sealed."""
        return books_among([event for _, event in self.events])

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Where everybody's money stands."""
        return places_of(self.ledger, self.bitmaps)
