"""What a role finds at a campaign besides its contract: the store that was announced on chain, the terms, the rows."""

from pathlib import Path
from typing import TYPE_CHECKING

from cofund.campaign.delivery_rows import Deliveries, deliveries_text
from cofund.campaign.onchain import events_of
from cofund.campaign.published import location, read_deliveries
from cofund.campaign.store import Store, announced
from cofund.roles.desk import Desk
from cofund.whole_files import write_whole

if TYPE_CHECKING:
    from cofund.chain.logs import Event


def store_of(desk: Desk, given: str | None = None) -> Store:
    """The campaign's store: the one that is given, or the one that was announced on chain.

    Raises:
        InputError: there is none.
    """
    if given is not None:
        return Store(given)
    return announced(location(desk.node, desk.creation(), desk.campaign.address))


def events(desk: Desk) -> "list[Event]":
    """All events of the campaign so far."""
    return events_of(desk.campaign, desk.creation(), desk.folder)


def fetched_deliveries(desk: Desk, edge: int, given: str | None = None) -> Path:
    """A copy in the account's folder of the rows that an edge signed and published.

    Raises:
        InputError: nothing is published.
        CheckFailed: what is published is not what the edge signed.
    """
    _, _, root = desk.campaign.view("edge", edge)
    found = read_deliveries(store_of(desk, given), edge, desk.node.chain_id, desk.campaign.address, bytes(root))
    return kept_deliveries(desk, found)


def kept_deliveries(desk: Desk, deliveries: Deliveries) -> Path:
    """Write an edge's rows into the account's folder."""
    return write_whole(deliveries_path(desk.folder, deliveries.edge), deliveries_text(deliveries).encode())


def deliveries_path(folder: Path, edge: int) -> Path:
    """Where an account keeps an edge's rows."""
    return folder / f"deliveries-{edge}.json"
