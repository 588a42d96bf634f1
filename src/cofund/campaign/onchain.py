"""A campaign on its chain: where it was created, and its events."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eth_utils.conversions import to_hex
from hexbytes import HexBytes

from cofund.campaign.creations import Created, creation_of
from cofund.chain.abi import campaign_events
from cofund.chain.agreement import agreed, disagreement
from cofund.chain.contract import Contract, both_views, contracts_of
from cofund.chain.events import Index
from cofund.chain.logs import Event, ProviderSource
from cofund.chain.node import EmbeddedNode
from cofund.chain.sending import receipt_of
from cofund.chain.terms_abi import told_head
from cofund.errors import CheckFailed, InputError, NodeError
from cofund.whole_files import write_whole

if TYPE_CHECKING:
    from cofund.chain.node import Node

CREATION: Final = "creation.json"


def find_creation(node: "Node", campaign: str, factory: str | None, first: int, folder: Path) -> Created:
    """The factory's log of this campaign; remembered in ``folder``, because searching a long chain takes time.

    Args:
        node: the chain.
        campaign: address.
        factory: address, or None to take the first that logged the campaign (``creations.creation_of``).
        first: number of the first block to search.
        folder: for what is known of this campaign.

    Raises:
        InputError: if no factory has logged it.
    """
    known = _remembered(folder)
    if known is not None and known.campaign == campaign and factory in {None, known.factory}:
        receipt = receipt_of(node.provider, known.hash)
        if receipt is not None and int(receipt["blockNumber"], 16) == known.block:
            return known
    created = creation_of(node.provider, campaign, first, node.block_number(), factory)
    if created is None:
        raise InputError(campaign, "", f"expected a campaign that a factory created in block {first:,} or later")
    with suppress(OSError):  # a home that cannot be written: the next command searches again
        remember(created, folder)
    return created


def _remembered(folder: Path) -> Created | None:
    """What an earlier command found; None if there is none, or the file is damaged."""
    try:
        kept = Created(**json.loads((folder / CREATION).read_text(encoding="utf-8")))
        return replace(kept, block=int(kept.block), hash=to_hex(HexBytes(kept.hash)))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(created: Created, folder: Path) -> None:
    """Keep where a campaign came from."""
    write_whole(folder / CREATION, f"{json.dumps(asdict(created))}\n".encode())


def events_of(campaign: Contract, created: Created, folder: Path) -> list[Event]:
    """Every event of the campaign so far, in order."""
    with index_of(campaign, created, folder) as index:
        return events_until(campaign, index)[0]


@contextmanager
def index_of(campaign: Contract, created: Created, folder: Path) -> Iterator[Index]:
    """What was read of the logs of a campaign and its books, in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    source = ProviderSource(campaign.node.provider, *contracts_of(campaign.address))
    index = Index(source, campaign.node.chain_id, campaign.address, created.block, folder / "events.sqlite")
    with closing(index):
        yield index


def events_until(campaign: Contract, index: Index, last: int | None = None) -> tuple[list[Event], int]:
    """Every event of the campaign in order, and number of the last block that was looked at.

    Args:
        campaign: contract.
        index: of its logs.
        last: number of the last block to look at; None for all.

    Raises:
        CheckFailed: if the chain does not have that block.
        NodeError: if what the node tells does not fit what the contract says; nothing of it is kept.
    """
    events, head = _agreed(campaign, index)
    if last is None:
        return events, head
    if last > head:
        raise CheckFailed(f"block {last}: the chain ends at {head}")
    return [event for event in events if event.block <= last], last


def _agreed(campaign: Contract, index: Index) -> tuple[list[Event], int]:
    """Events that agree with the contract's own counts, and the block of both."""
    sealed = bool(terms_on_chain(campaign)["sealed"])
    if isinstance(campaign.node, EmbeddedNode):
        head = index.update()
        return campaign_events(index.logs(), sealed=sealed), head

    def read(head: int) -> tuple[list[Event], str]:
        try:
            events = campaign_events(index.logs(), sealed=sealed)
        except NodeError as error:
            return [], str(error)
        told, there = ((event.name, event.arguments) for event in events), replace(campaign, block=head)
        return events, disagreement(told, lambda views: both_views(there, views, sealed=sealed), sealed=sealed)

    return agreed(index, campaign.address, read)


def terms_on_chain(campaign: Contract) -> dict[str, Any]:
    """The contract's ``terms`` by name; ticks, seconds and base units as in ``contracts/Campaign.vy``."""
    return told_head(campaign.view("terms"))


def edges_of(campaign: Contract) -> list[Any]:
    """The contract's ``edge`` view of every edge: terms, state, last root."""
    return campaign.views([("edge", at) for at in range(campaign.view("edge_count"))])
