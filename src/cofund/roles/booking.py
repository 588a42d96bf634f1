"""An edge's book in the commit phase: offers from a folder, the moment to seal it, places for its clients.

Offers are files, whoever put them there: a person, another program, or the edge's own inbox (``inbox``). Until the book
is bound they are only read; from then on the book on disk stands, and the folder changes nothing any more.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.book_places import place_text, sign_place
from cofund.campaign.signed_offers import Listing, collected
from cofund.chain.accounts import contract_asked
from cofund.errors import CofundError, InputError
from cofund.roles import committing
from cofund.roles.desk import Desk, Work
from cofund.roles.edge_book import KeptBook, bind_book, fitting, kept_book, require_book
from cofund.roles.inbox import named
from cofund.roles.openings import write_secret
from cofund.roles.revealing import own_book

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat

EARLY_S: Final = 3600
"""Seconds before the end of the commit phase at which a book is sealed, unless somebody says otherwise: clients need
time to look at their places, and to go elsewhere if they have none. Never before half of the time is over that an edge
had to collect offers: else the first of them would be alone in the book of a campaign in a hurry."""


@dataclass(frozen=True, slots=True)
class BookMeans:
    """What an edge was given to run its book with.

    Args:
        offers: folder in which clients' signed offers arrive.
        places: folder for the clients' places.
        early: seconds before the end of the commit phase at which the book is sealed; None for ``EARLY_S``.
        anybody: whether accounts that the terms do not name are listed too; each costs a bond, and cannot train.
        backup: folder for a second copy of the book.
    """

    offers: Path
    places: Path
    early: int | None = None
    anybody: bool = False
    backup: Path | None = None
    _first_look: list[int] = field(default_factory=list, repr=False, compare=False)

    def sealed_at(self, seen: "Seat") -> int:
        """When the book is sealed, seconds since the epoch."""
        end = seen.terms.commit_end
        if self.early is not None:
            return end - self.early
        if not self._first_look:
            self._first_look.append(seen.now)
        return max(end - EARLY_S, end - (end - self._first_look[0]) // 2)


def listing(desk: Desk, seen: "Seat", *, anybody: bool = False) -> Listing:
    """What this account may list."""
    admitted = None if anybody else named_clients(desk.document(seen))
    asked = contract_asked(desk.node)
    return Listing(desk.node.chain_id, desk.campaign.address, seen.terms, desk.account.address, admitted, asked)


def named_clients(document: dict[str, Any]) -> Collection[str] | None:
    """The accounts of the clients that the terms name; None if they name nobody."""
    return {str(party["account"]) for party in document["clients"]} or None


def bound(desk: Desk, seen: "Seat", means: BookMeans) -> tuple[KeptBook, list[CofundError]]:
    """The book as it was bound, or else of the offers that are there now; and what is wrong with others.

    Raises:
        InputError: there is no folder, or no offer in it, or another campaign's book is kept here.
    """
    kept = kept_book(desk.folder)
    if kept is not None:
        return require_book(kept, desk.node.chain_id, desk.campaign.address, desk.folder), []
    if not means.offers.is_dir():
        raise InputError(str(means.offers), "--offers", "expected a folder, in which clients' signed offers arrive")
    rules = listing(desk, seen, anybody=means.anybody)
    offers, refused = collected(sorted(means.offers.glob("*.json")), rules)
    if not offers and refused:
        raise refused[0]
    here, all_of_them = (desk.node.chain_id, desk.campaign.address, desk.account.address), len(offers)
    offers = fitting(offers, sealed=seen.terms.sealed)
    if len(offers) < all_of_them:
        words = f"holds {all_of_them:,} offers, and books take {len(offers):,} of them: the dearest are left out"
        refused.append(InputError(str(means.offers), "", words))
    return bind_book(*here, offers, sealed=seen.terms.sealed), refused


def seal_book(desk: Desk, seen: "Seat", means: BookMeans) -> Work:
    """Commit the book; bad offers are named and passed over.

    Raises:
        InputError: as ``bound``.
        Reverted: if the commit phase is over.
    """
    committing.operated(seen)
    desk.require_checked()  # the book is kept, and places are promised, before anything of it is paid
    book, refused = bound(desk, seen, means)
    work = committing.book(desk, seen, book, means.backup)
    return Work(work.calls, (*(f"{error}; passed over" for error in refused), *work.says), work.keep)


def hand_out(desk: Desk, seen: "Seat", places: Path) -> list[Path]:
    """Write the places of all clients in the committed book, those that are not there yet; which.

    What is there of another campaign makes room for it.

    Raises:
        InputError: the book is not here.
    """
    book, written = own_book(desk, seen), []
    commitments = {edge: commitment for edge, commitment, _ in book.commitments}
    for at, offer in enumerate(book.offers):
        path = named(places, offer.client)
        commitment = commitments[offer.edge if book.sealed else book.edges[0]]
        if path.is_file() and commitment.hex().encode() in path.read_bytes():  # else it is another campaign's
            continue
        signed = sign_place(desk.account, desk.node.chain_id, desk.campaign.address, offer.edge, book.place(at))
        write_secret(path, place_text(signed))
        written.append(path)
    return written
