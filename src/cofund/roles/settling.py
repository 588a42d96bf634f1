"""Settle: the certificate from open books or, where these stay sealed, from what operators show of them.

Whose books are not shown is called absent, if whoever settles wants that: it takes a stake, which comes back unless
they are opened in time (protocol.md, "Sealed books").
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.operate import sealed_certificate, settlement
from cofund.campaign.sealed_events import bits_of
from cofund.chain.contract import books_of
from cofund.chain.sending import GAS_LIMIT
from cofund.errors import Reverted
from cofund.roles.committing import edge_index
from cofund.roles.desk import Call, Desk, Work
from cofund.roles.paying import funded
from cofund.roles.sealed_parts import Found, asked, gathered
from cofund.roles.store_evidence import events
from cofund.settlement.deadlines import Status

if TYPE_CHECKING:
    from cofund.campaign.creations import Created
    from cofund.campaign.seat import Seat

CONFIRM_GAS_UP: Final = GAS_LIMIT


@dataclass(frozen=True, slots=True)
class SettlerInputs:
    """What whoever settles was given.

    Args:
        books: files, or folders of files, with what operators show of their sealed books.
        inboxes: of operators, each with the name of an edge of it; only the coordinator is shown anything.
        absent: whether operators that show nothing are called absent, which takes a stake.
        patient: whether to wait with that as long as there is time for all attempts.
    """

    books: tuple[Path, ...] = ()
    inboxes: tuple[tuple[str, str], ...] = ()
    absent: bool = False
    patient: bool = False


NOTHING_GIVEN: Final = SettlerInputs()
PATIENT: Final = SettlerInputs(patient=True)
"""Of a watcher that was given nothing."""


def settle(
    desk: Desk, seen: "Seat", given: SettlerInputs = NOTHING_GIVEN, creation: "Callable[[], Created] | None" = None
) -> Work:
    """Settle, or begin an attempt to.

    Raises:
        Reverted: books are missing that are not called absent; or an attempt stands, and not all books are here.
    """
    if not seen.terms.sealed:
        certificate = settlement(desk.campaign, creation or desk.creation, desk.folder)
        return Work((Call(books_of(desk.campaign), "settle", "settle", (certificate,), GAS_LIMIT),))
    if seen.status != Status.OPEN:  # nobody need show anything, or lock a stake
        raise Reverted("settle: settled or cancelled already")
    told, silent = asked(desk, seen, _numbered(desk, seen, given.inboxes))
    found, wrong = gathered(desk, given.books, told)
    wrong += silent
    says = tuple(f"{error}; passed over" for error in wrong)
    missing = sorted(book.edge for book in seen.books if book.edge is not None and book.edge not in found)
    if not missing:
        return Work((_settle(desk, seen, found, ()),), says)
    return _without(desk, seen, given, found, missing, says)


def _numbered(desk: Desk, seen: "Seat", inboxes: Collection[tuple[str, str]]) -> list[tuple[int, str]]:
    """By the number of an edge instead of its name."""
    return [(edge_index(desk.document(seen), name, "--ask"), url) for name, url in inboxes]


def _without(
    desk: Desk, seen: "Seat", given: SettlerInputs, found: Found, missing: list[int], says: tuple[str, ...]
) -> Work:
    """Settle without operators whose books are not all here."""
    silent = {seen.terms.edges[edge].operator for edge in missing}
    names = ", ".join(f"edge {edge} of {seen.terms.edges[edge].operator}" for edge in missing)
    if given.patient and seen.may_confirm(seen.now):
        return Work((), says)  # the attempt is confirmed instead
    if seen.attempt is not None:
        waits = f"settle: {names}: not shown, and an attempt stands without them; it can be confirmed"
        raise Reverted(f"{waits} when nobody has opened them by then")
    if given.absent and given.patient and seen.now < seen.last_calls():
        return Work((), (*says, f"settle: not shown by {names}; called absent when no more time can be lost"))
    if not given.absent:
        stake = f"--absent calls them absent and takes a stake of {seen.terms.stake:,} base units until that is over"
        trouble = f"settle: not shown by {names}: --books FILE has what their operators show; {stake}"
        raise Reverted("; ".join((*says, trouble)))
    away = [book.edge for book in seen.books if book.operator in silent and book.edge is not None]
    call = _settle(desk, seen, found, away)
    calls = funded(desk, desk.token(seen.terms.token), seen.terms.stake, [call])
    return Work(calls, (*says, f"called absent: {names}"))


def _settle(desk: Desk, seen: "Seat", found: Found, absent: Collection[int]) -> Call:
    shown = {edge: book for edge, book in found.items() if edge not in absent}
    rows = [
        (winners, last.arguments, following.arguments)
        for winners, last, following in sealed_certificate(seen.terms, seen.edges, shown)
    ]
    return Call(desk.books(seen.terms), "settle", "settle", (rows, bits_of(absent)), GAS_LIMIT)


def confirm(desk: Desk, seen: "Seat") -> Work:
    """Nobody opened the absent books in time: clear the market without them.

    Raises:
        Reverted: no attempt stands.
    """
    attempts = [event.arguments for event in events(desk) if event.name == "Attempted"]
    if seen.attempt is None or not attempts:
        raise Reverted("settle: no such attempt")
    rows: list[Any] = [(row["winners"], row["price"]) for row in attempts[-1]["results"]]
    arguments = (rows, attempts[-1]["absent"])
    return Work((Call(desk.books(seen.terms), "confirm", "confirm", arguments, CONFIRM_GAS_UP),))


def give_up(desk: Desk, seen: "Seat") -> Work:
    """The campaign was cancelled while an attempt stood: its stake goes back.

    Raises:
        Reverted: no attempt stands.
    """
    if seen.attempt is None:
        raise Reverted("settle: no such attempt")
    return Work((Call(desk.books(seen.terms), "give-up", "give_up", (), CONFIRM_GAS_UP),))
