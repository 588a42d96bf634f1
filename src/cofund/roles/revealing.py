"""The reveal phase: an owner's own bid, and the book of an operator, by whoever has it."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from cofund.campaign.release import encryption_key
from cofund.chain.contract import opening_arguments
from cofund.chain.sending import GAS_LIMIT
from cofund.errors import InputError, Reverted
from cofund.roles.desk import Call, Desk, Work
from cofund.roles.duties import sealed_bid
from cofund.roles.edge_book import KeptBook, book_path, kept_book, load_book, require_book
from cofund.roles.next_actions import awaited
from cofund.roles.openings import Sealed, kept_opening, opening_path
from cofund.roles.store_evidence import events

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat

REVEAL_GAS_UP: Final = 210_000
OPEN_GAS_UP: Final = 400_000, 1_500
"""Of a book, and of every client in it."""
OPEN_SEALED_GAS_UP: Final = 600_000, 8_000
"""The same of a sealed one."""


def own(desk: Desk, seen: "Seat") -> Work:
    """Open this account's bid; no work if it is open already.

    Raises:
        InputError: if the account sealed none, its opening is not here, or it is another seal's.
        Reverted: if it is not the reveal phase, or the campaign can only be cancelled.
    """
    if seen.owner is None:
        raise InputError(desk.account.address, "", "expected an account that has sealed a bid in this campaign")
    if not sealed_bid(seen):
        return Work(())
    kept = kept_opening(desk.folder)
    if kept is None:
        raise InputError(str(opening_path(desk.folder)), "", f"not there: {_restore('owner')}")
    require_own(desk, kept)
    require_reveal_phase(seen)
    return Work((desk.call("reveal bid", "reveal_bids", opening_arguments([kept.opening]), gas_up=REVEAL_GAS_UP),))


def require_own(desk: Desk, kept: Sealed) -> None:
    """Refuse an opening that does not open what this account has sealed: the key along with the bid shows it.

    Raises:
        InputError: naming the file.
    """
    path, here = str(opening_path(desk.folder)), (desk.node.chain_id, desk.campaign.address)
    if (kept.chain_id, kept.campaign) != here:
        there = f"expected an opening of {desk.campaign.address} on chain {desk.node.chain_id}"
        raise InputError(path, "campaign", f"{there}, got {kept.campaign} on chain {kept.chain_id}")
    if kept.opening.sender != desk.account.address:
        raise InputError(path, "account", f"expected {desk.account.address}, got {kept.opening.sender}")
    mine = [event.arguments for event in events(desk) if event.name == "BidCommitted"]
    keys = [bytes(bid["encryption_key"]) for bid in mine if bid["owner"] == desk.account.address]
    if keys and encryption_key(kept.encryption_secret) not in keys:
        raise InputError(path, "", f"opens another bid than the one that this account sealed: {_restore('owner')}")


def own_book(desk: Desk, seen: "Seat") -> KeptBook:
    """The book that this account committed.

    Raises:
        InputError: it is not here, or another campaign's.
    """
    path, kept = book_path(desk.folder), kept_book(desk.folder)
    if kept is None:
        raise InputError(str(path), "", f"not there: {_restore('edge')}")
    return require_book(kept, desk.node.chain_id, desk.campaign.address, path, _operators(seen))


def open_book(desk: Desk, seen: "Seat", given: Path | None = None) -> Work:
    """Open a book, this account's own or one that somebody handed over; no work if it is open already.

    Sealed books are opened if they are called absent, and else by nobody.

    Raises:
        InputError: there is no such book, it is another campaign's, or not the committed one.
        Reverted: if it is not the reveal phase, or the campaign can only be cancelled.
    """
    bound = own_book(desk, seen) if given is None else handed_over(desk, seen, given)
    where = book_path(desk.folder) if given is None else given
    if seen.terms.sealed:
        return _open_absent(desk, seen, bound, str(where))
    books, whole = desk.books(seen.terms), bound.whole
    clients, is_open, _ = books.view("book", bound.operator)
    if not clients:
        raise InputError(str(where), "", f"{bound.operator} has committed no book in this campaign")
    if is_open:
        return Work(())
    require_committed(desk, bound, clients, str(where))
    require_reveal_phase(seen)
    gas_up = OPEN_GAS_UP[0] + OPEN_GAS_UP[1] * clients
    arguments = (bound.operator, bound.seed, list(whole.counts))
    return Work((Call(books, "open book", "open_book", arguments, gas_up, whole.records),))


def _open_absent(desk: Desk, seen: "Seat", bound: KeptBook, where: str) -> Work:
    """Open all books of an operator that are called absent: with one of them missing all their bonds are lost."""
    called = [book for book in seen.books if book.operator == bound.operator and seen.called_absent(book, seen.now)]
    if not called:
        raise Reverted("book: the terms say that books stay sealed, and none of these is called absent")
    require_committed(desk, bound, sum(book.clients for book in seen.books if book.operator == bound.operator), where)
    found = (bound.by_edge[book.edge] for book in called if book.edge is not None)
    books = desk.books(seen.terms)
    return Work(
        tuple(
            Call(books, "open book", "open_book", (book.edge, book.seed, book.records), _gas_of(len(book.offers)))
            for book in found
        )
    )


def _gas_of(clients: int) -> int:
    """Most gas that opening a sealed book takes."""
    return min(GAS_LIMIT, OPEN_SEALED_GAS_UP[0] + OPEN_SEALED_GAS_UP[1] * clients)


def handed_over(desk: Desk, seen: "Seat", path: Path) -> KeptBook:
    """A book that somebody left with this account, or took from another's disk.

    Raises:
        InputError: it is none, or of another campaign.
    """
    return require_book(load_book(path), desk.node.chain_id, desk.campaign.address, path, _operators(seen))


def require_committed(desk: Desk, bound: KeptBook, clients: int, where: str) -> None:
    """Refuse a book that does not open what its operator has committed.

    Raises:
        InputError: naming the file.
    """
    logged = [event.arguments for event in events(desk) if event.name == "BookCommitted"]
    ours = {commitment: size for _, commitment, size in bound.commitments}
    right = {bytes(each["commitment"]) for each in logged if each["operator"] == bound.operator} or ours.keys()
    if not right <= ours.keys() or sum(ours[one] for one in right) != clients:  # of sealed ones some may be missing
        raise InputError(where, "", f"not the book that {bound.operator} has committed: {_restore('edge')}")


def require_reveal_phase(seen: "Seat") -> None:
    """Refuse what the contract would refuse.

    Raises:
        Reverted: in the contract's words, or because nothing will ever be opened here.
    """
    if seen.phase != "reveal":
        raise Reverted("reveal: not the reveal phase")
    if not seen.complete():
        raise Reverted(f"reveal: nothing can be opened; waiting for {awaited(seen)}")


def _operators(seen: "Seat") -> list[str]:
    return [edge.operator for edge in seen.terms.edges]


def _restore(role: str) -> str:
    return f"restore it from its backup (cofund {role} restore)"
