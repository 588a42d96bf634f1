"""What a role is told before it is too late: an opening or a book is missing or wrong, a campaign cannot go on."""

from typing import TYPE_CHECKING

from cofund.errors import InputError
from cofund.market.term_forms import iso
from cofund.roles import duties, revealing
from cofund.roles.edge_book import book_path
from cofund.roles.next_actions import awaited
from cofund.roles.openings import kept_opening, opening_path

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat
    from cofund.roles.automatic import WatcherInputs
    from cofund.roles.desk import Desk


def warnings(role: str, desk: "Desk", seen: "Seat", means: "WatcherInputs") -> list[str]:
    """Lines about what is sealed still and may stay so, from the commit phase on."""
    if seen.phase in {"reveal", "settle"} and not seen.complete():
        return [f"waiting for {awaited(seen)}"] if seen.owner or seen.operated else []
    if seen.phase not in {"commit", "reveal"} and not (seen.terms.sealed and seen.phase == "settle"):
        return []
    if role == "edge":
        return _of_book(desk, seen, means)
    return _of_bid(desk, seen) if role == "owner" and duties.sealed_bid(seen) else []


def _of_bid(desk: "Desk", seen: "Seat") -> list[str]:
    """Of the account's own bid."""
    try:
        kept = kept_opening(desk.folder)
        if kept is not None:
            revealing.require_own(desk, kept)
            return []
        trouble = f"{opening_path(desk.folder)}: not there"
    except InputError as error:
        trouble = str(error)
    lost = f"its bond of {seen.terms.owner_bond:,} base units is lost at {iso(seen.terms.reveal_end)}"
    return [f"{trouble}: your bid cannot be opened, and {lost}, unless you bring its backup: cofund owner restore FILE"]


def _of_book(desk: "Desk", seen: "Seat", means: "WatcherInputs") -> list[str]:
    """Of a book that nobody would seal, or that is committed and not here."""
    if duties.unsealed_book(seen) and means.book is None:
        end = iso(seen.terms.commit_end)
        return [f"no book of your edges is sealed; without one they serve nobody from {end} on: cofund edge book"]
    if not duties.holds_book(seen):
        return []
    try:
        clients = sum(book.clients for book in seen.own_books)
        revealing.require_committed(desk, revealing.own_book(desk, seen), clients, str(book_path(desk.folder)))
    except InputError as error:
        done, until = ("shown", seen.terms.settle_end) if seen.terms.sealed else ("opened", seen.terms.reveal_end)
        lost = f"its bond of {duties.book_bond(seen):,} base units is lost at {iso(until)}"
        return [
            f"{error}: your book cannot be {done}, and {lost}, unless you bring its backup: cofund edge restore FILE"
        ]
    return []
