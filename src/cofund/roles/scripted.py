"""What the parties of a script do that no program does by itself: they seal, lock, relay, and hand things over.

Each part is what a command of its role does. What is due without anybody's decision is in ``automatic``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cofund.roles import committing
from cofund.roles.desk import Desk, Work
from cofund.roles.openings import opening_path, write_secret

if TYPE_CHECKING:
    from cofund.campaign.script import ClientScript, OwnerScript
    from cofund.campaign.seat import Seat

Part = Callable[[Desk, "Seat"], Work]
Parts = dict[str, Part]
"""By action of the table."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where an edge finds what its clients give it: signed offers, and openings when they may be opened."""

    offers: Path
    openings: Path


def inbox(folder: Path) -> Inbox:
    """In an edge's folder."""
    found = Inbox(folder / "offers", folder / "openings")
    for each in (found.offers, found.openings):
        each.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def nothing(desk: Desk, seen: "Seat") -> Work:
    """Whoever is silent."""
    del desk, seen
    return Work(())


def coordinator() -> Parts:
    """Accepts its role; the rest is due by itself."""
    return {"bond": committing.coordinator_bond}


def sponsor(amount: int) -> Parts:
    """Locks what it promised, base units."""
    return {"lock": lambda desk, seen: committing.sponsorship(desk, seen, amount)}


def owner(part: "OwnerScript") -> Parts:
    """Bids; a silent one never opens its bid."""
    parts: Parts = {"bid": lambda desk, seen: committing.bid(desk, seen, part.bid, part.escrow, None)}
    return parts | ({"reveal": nothing} if part.silent else {})


def edge(box: Inbox) -> Parts:
    """Accepts its role and relays what its clients signed, in the order of the files."""

    def relay(desk: Desk, seen: "Seat") -> Work:
        files = sorted(box.offers.glob("*.json"))
        return committing.relay(desk, seen, committing.signed_offers(desk, seen, files))

    return {"bond": committing.edge_bonds, "relay": relay}


def client(part: "ClientScript", at: int, edge: int, box: Inbox) -> Parts:
    """Signs an offer for its edge, and hands its opening over when offers may be opened; a silent one does not.

    Args:
        part: of the script.
        at: its place in it, which is the order in which an edge relays.
        edge: index.
        box: of its edge.
    """
    name = f"{at:04d}.json"

    def offer(desk: Desk, seen: "Seat") -> Work:
        if (box.offers / name).exists():
            return Work(())
        return committing.to_relay(desk, *committing.offer(desk, seen, edge, part.cost, None), box.offers / name)

    reveal = nothing if part.silent else partial(_hand_over, to=box.openings / name)
    return {"offer": offer, "reveal": reveal}


def _hand_over(desk: Desk, seen: "Seat", to: Path) -> Work:
    """A copy of the opening for the edge (``cofund client backup``)."""
    del seen
    if to.exists():
        return Work(())

    def keep() -> list[Path]:
        write_secret(to, opening_path(desk.folder, "client").read_text(encoding="utf-8"))
        return [to]

    return Work((), keep=keep)
