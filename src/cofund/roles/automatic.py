"""What ``watch`` does by itself for a role when the table says that it is due."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cofund.campaign.onchain import find_creation
from cofund.campaign.operate import settlement
from cofund.chain.node import GAS_LIMIT
from cofund.roles import collecting, revealing
from cofund.roles.desk import Desk, Work
from cofund.roles.openings import kept_opening, load_opening

if TYPE_CHECKING:
    from cofund.roles.next_actions import Step
    from cofund.roles.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Means:
    """What a watcher was given.

    Args:
        deliveries: published rows of edges, files that may appear later.
        openings: folder where clients' openings arrive, None if there is none.
        push: whether to make also the calls that anybody may make.
    """

    deliveries: tuple[Path, ...] = ()
    openings: Path | None = None
    push: bool = False


def work_of(role: str, step: "Step", desk: Desk, seen: "Snapshot", means: Means) -> Work:
    """The transactions that a due step needs; none if there is nothing to do it with."""
    if step.public:
        return _public(step.action, desk) if means.push else Work(())
    if step.action == "reveal":
        return _reveal(role, desk, seen, means)
    files = tuple(path for path in means.deliveries if path.exists())
    if role == "edge":
        return collecting.edge_claim(desk, seen, seen.operated, files)
    if step.action == "claim":
        return collecting.client_claim(desk, seen, files[0]) if files else Work(())
    return collecting.client_bond(desk, seen) if role == "client" else collecting.withdraw(desk, seen)


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
