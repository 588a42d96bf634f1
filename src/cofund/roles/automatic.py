"""What ``watch`` does by itself for a role when the table says that it is due."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cofund.campaign.onchain import find_creation
from cofund.campaign.operate import settlement
from cofund.chain.node import GAS_LIMIT
from cofund.errors import InputError
from cofund.roles import collecting, revealing
from cofund.roles.desk import Desk, Work
from cofund.roles.evidence import fetched_deliveries, store_of
from cofund.roles.openings import kept_opening, load_opening
from cofund.roles.signing import sign_from_books

if TYPE_CHECKING:
    from cofund.roles.next_actions import Step
    from cofund.roles.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Means:
    """What a watcher was given.

    Args:
        deliveries: published rows of edges, files that may appear later.
        openings: folder where clients' openings arrive, None if there is none.
        kits: an edge's folders with its books, by id in the terms.
        document: the published terms, asked for when they are needed.
        store: URL of a store, None for the one that was announced on chain.
        push: whether to make also the calls that anybody may make.
    """

    deliveries: tuple[Path, ...] = ()
    openings: Path | None = None
    kits: Mapping[str, Path] = field(default_factory=dict)
    document: "Callable[[Snapshot], dict[str, Any]] | None" = None
    store: str | None = None
    push: bool = False


def work_of(role: str, step: "Step", desk: Desk, seen: "Snapshot", means: Means) -> Work:
    """The transactions that a due step needs; none if there is nothing to do it with."""
    if step.public:
        return _public(step.action, desk) if means.push else Work(())
    if step.action == "reveal":
        return _reveal(role, desk, seen, means)
    if step.action == "sign":
        return _sign(desk, seen, means)
    if role == "edge":
        return collecting.edge_claim(desk, seen, seen.operated, _pushable(desk, seen, means))
    if step.action == "claim" and seen.offer is not None and seen.offer.edge is not None:
        files = _published(desk, [seen.offer.edge], means)
        return collecting.client_claim(desk, seen, files[0]) if files else Work(())
    return collecting.client_bond(desk, seen) if role == "client" else collecting.withdraw(desk, seen)


def _published(desk: Desk, edges: list[int], means: Means) -> tuple[Path, ...]:
    """The rows of edges: files that were given, or what the edges published in the store."""
    if means.deliveries:
        return tuple(path for path in means.deliveries if path.exists())
    return tuple(fetched_deliveries(desk, edge, means.store) for edge in edges)


def _pushable(desk: Desk, seen: "Snapshot", means: Means) -> tuple[Path, ...]:
    """Rows with which an edge can claim for its clients; without any it still takes its fee."""
    try:
        return _published(desk, [edge.index for edge in seen.operated if edge.claimed < edge.delivered], means)
    except InputError:
        return ()


def _sign(desk: Desk, seen: "Snapshot", means: Means) -> Work:
    """Sign for the first edge whose books are here and that has not signed its last rounds."""
    if not means.kits or means.document is None:
        return Work(())
    document = means.document(seen)
    for edge in seen.operated:
        kit = means.kits.get(document["edges"][edge.index]["id"])
        if kit is not None and edge.winners and edge.up_to_round < seen.rounds_done:
            return sign_from_books(desk, seen, edge, document, kit, store_of(desk, means.store))
    return Work(())


def _reveal(role: str, desk: Desk, seen: "Snapshot", means: Means) -> Work:
    if role != "edge":
        return revealing.own(desk, seen, role) if kept_opening(desk.folder, role) else Work(())
    files = sorted(means.openings.glob("*.json")) if means.openings else []
    return revealing.handed_over(desk, seen, [load_opening(path, "client") for path in files])


def _public(action: str, desk: Desk) -> Work:
    """A call that anybody may make, with its certificate if it is a settlement."""
    arguments: tuple[Any, ...] = ()
    if action == "settle":
        address, node = desk.campaign.address, desk.node
        arguments = settlement(desk.campaign, lambda: find_creation(node, address, None, 0, desk.folder), desk.folder)
    return Work((desk.call(action, action, *arguments, gas_up=GAS_LIMIT),))
