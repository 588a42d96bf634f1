"""What the parties of a script do that no program does by itself: they seal, lock, sign, and hand things over.

Each part is what a command of its role does. What is due without anybody's decision is in ``automatic``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cofund.roles import committing, placing
from cofund.roles.booking import BookMeans, seal_book
from cofund.roles.desk import Desk, Work
from cofund.roles.inbox import named

if TYPE_CHECKING:
    from cofund.campaign.script import ClientScript, OwnerScript
    from cofund.campaign.seat import Seat

Part = Callable[[Desk, "Seat"], Work]
Parts = dict[str, Part]
"""By action of the table."""


def means(folder: Path) -> BookMeans:
    """In an edge's folder: where it finds what its clients sign, and puts their places; it seals as soon as it can."""
    for name in ("offers", "places"):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    return BookMeans(folder / "offers", folder / "places")


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


def edge(box: BookMeans, *, silent: bool = False) -> Parts:
    """Accepts its role and seals what its clients signed; a silent one never opens its book."""
    parts: Parts = {
        "bond": committing.edge_bonds,
        "book": lambda desk, seen: seal_book(desk, seen, box) if any(box.offers.glob("*.json")) else Work(()),
    }
    return parts | ({"open": nothing} if silent else {})


def client(part: "ClientScript", edge: int, box: BookMeans) -> Parts:
    """Signs an offer for its edge; a silent one does not.

    Args:
        part: of the script.
        edge: index.
        box: of its edge.
    """

    def offer(desk: Desk, seen: "Seat") -> Work:
        path = named(box.offers, desk.account.address)
        if path.exists():
            return Work(())
        signed, says = placing.signed(desk, seen, edge, part.cost)
        return Work((), says, lambda: placing.keep_offer(signed, desk.folder, path))

    return {"offer": nothing if part.silent else offer, "check": nothing}
