"""What ``watch`` does by itself for a role when the table says that it is due."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cofund.campaign.views import seat_at
from cofund.chain.sending import GAS_LIMIT
from cofund.errors import CheckFailed, InputError
from cofund.market.term_forms import iso
from cofund.roles import booking, collecting, models, revealing, sealed_parts, settling
from cofund.roles.booking import BookMeans
from cofund.roles.desk import Desk, Work
from cofund.roles.edge_book import kept_book
from cofund.roles.openings import kept_opening
from cofund.roles.settling import NOTHING_GIVEN, PATIENT, SettlerInputs
from cofund.roles.signing import sign_from_books
from cofund.roles.store_evidence import fetched_deliveries, store_of

if TYPE_CHECKING:
    from cofund.campaign.creations import Created
    from cofund.campaign.seat import Seat
    from cofund.roles.next_actions import Step


@dataclass(frozen=True, slots=True)
class WatcherInputs:
    """What a watcher was given.

    Args:
        deliveries: published rows of edges, files that may appear later.
        book: what an edge runs its book with, None if it was given nothing.
        quotes: folder where an edge shows its sealed books to whoever settles, None if it was given none.
        inbox: whether an inbox shows them to the coordinator.
        settler: what whoever settles sealed books was given.
        kits: an edge's folders with its books, by id in the terms.
        store: URL of a store, None for the one that was announced on chain.
        push: whether to make also the calls that anybody may make.
        model: where an owner's model is written, None for its folder.
        train: told at every look whether the role has to train now; starts and ends what trains, and returns a line
            if it cannot. None if the watcher was given nothing to train with.
        home: where traces of faults are kept, None to keep none.
    """

    deliveries: tuple[Path, ...] = ()
    book: BookMeans | None = None
    quotes: Path | None = None
    inbox: bool = False
    settler: SettlerInputs = PATIENT
    kits: Mapping[str, Path] = field(default_factory=dict)
    store: str | None = None
    push: bool = False
    model: Path | None = None
    train: Callable[[bool], str | None] | None = None
    home: Path | None = None


OF_BOOKS: Final = frozenset({"settle", "confirm", "give-up"})
"""Calls of the books that anybody may make."""
TRAINING = {"client": {"train"}, "edge": {"train"}, "coordinator": {"record", "release", "sign"}}
"""By role, the steps that ``cofund ROLE run`` does."""


def train(role: str, steps: "Sequence[Step]", means: WatcherInputs) -> list[str]:
    """Have trained what is due; lines about what cannot be done, with the command that does it by hand."""
    due = [step for step in steps if step.action in TRAINING.get(role, ())]
    if means.train is not None:
        trouble = means.train(bool(due))
        return [trouble] if trouble else []
    return [f"{step.action}: {step.purpose}; not given to this watcher (--train KIT): {step.command}" for step in due]


def work_of(role: str, step: "Step", desk: Desk, seen: "Seat", means: WatcherInputs) -> Work:
    """The transactions that a due step needs; none if there is nothing to do it with, or it needs none."""
    if step.public:
        return public_call(step.action, desk, given=means.settler) if means.push else Work(())
    if step.action in TRAINING.get(role, ()):
        return Work(())  # ``train`` does it
    return WORK[step.action](role, desk, seen, means)


def _take(role: str, desk: Desk, seen: "Seat", means: WatcherInputs) -> Work:
    """Take what is the account's: an edge also its fees and the bond of its book."""
    del means
    return collecting.edge_claim(desk, seen, ()) if role == "edge" else collecting.withdraw(desk, seen)


def _claim(role: str, desk: Desk, seen: "Seat", means: WatcherInputs) -> Work:
    """Claim with the rows that are there; without any an edge still takes its fee."""
    if role == "edge":
        return edge_claim(desk, seen, means)
    given = next((path for path in means.deliveries if path.exists()), None)
    if means.deliveries and given is None:
        return Work(())  # it may appear later
    return collecting.client_claim(desk, seen, given, means.store)


def edge_claim(desk: Desk, seen: "Seat", means: WatcherInputs) -> Work:
    """Claim for an edge's clients with the rows that can be had, and for the edge; says what is wrong with others."""
    good, bad = [], []
    given = [path for path in means.deliveries if path.exists()]
    signed = [edge for edge in seen.operated if seen.edges[edge].up_to_round]
    for source in given if means.deliveries else signed:
        try:
            path = source if isinstance(source, Path) else fetched_deliveries(desk, source, means.store)
            collecting.signed_deliveries(desk, path)
            good.append(path)
        except (InputError, CheckFailed) as error:
            bad.append(f"{error}; passed over")
    return Work(collecting.edge_claim(desk, seen, tuple(good), means.store).calls, tuple(bad))


def _sign(role: str, desk: Desk, seen: "Seat", means: WatcherInputs) -> Work:
    """Sign for the first edge whose books are here and that has not signed its last rounds."""
    del role
    if not means.kits:
        return Work((), ("sign: the books of an edge are needed (--kit KIT): cofund edge sign",))
    document = desk.document(seen)
    for edge in seen.operated:
        kit = means.kits.get(document["edges"][edge]["id"])
        if kit is not None and seen.unsigned(edge):
            return sign_from_books(desk, seen, edge, document, kit, store_of(desk, means.store))
    return Work(())


def _reveal(role: str, desk: Desk, seen: "Seat", means: WatcherInputs) -> Work:
    del role, means
    return revealing.own(desk, seen) if kept_opening(desk.folder) else Work(())


def _book(role: str, desk: Desk, seen: "Seat", means: WatcherInputs) -> Work:
    """Seal the book when it is time."""
    del role
    if means.book is None:
        return Work(())
    sealed_at = means.book.sealed_at(seen)
    if seen.now < sealed_at:
        return Work((), done=(f"the book is sealed at {iso(sealed_at)}, with the offers that are there then",))
    return booking.seal_book(desk, seen, means.book)


def _places(role: str, desk: Desk, seen: "Seat", means: WatcherInputs) -> Work:
    """Hand out places, without a transaction, once all books are committed."""
    del role
    kept = kept_book(desk.folder)
    if means.book is None or kept is None:
        return Work(())
    if seen.terms.sealed and len(seen.own_books) < len(kept.edges):  # it was interrupted between two of them
        return booking.seal_book(desk, seen, means.book)
    written = booking.hand_out(desk, seen, means.book.places)
    return Work((), done=(f"places of {len(written)} in {means.book.places}",) if written else ())


def _open(role: str, desk: Desk, seen: "Seat", means: WatcherInputs) -> Work:
    del role, means
    return revealing.open_book(desk, seen) if kept_book(desk.folder) else Work(())


def _model(role: str, desk: Desk, seen: "Seat", means: WatcherInputs) -> Work:
    """Fetch the owner's model; no transaction."""
    del role, seen
    path = models.fetch(desk, means.store, means.model)
    return Work((), done=(f"the model that you bought is in {path}",))


def public_call(
    action: str,
    desk: Desk,
    creation: "Callable[[], Created] | None" = None,
    given: SettlerInputs = NOTHING_GIVEN,
) -> Work:
    """A call that anybody may make, with its certificate if it is a settlement; ``creation`` finds the campaign's."""
    if action not in OF_BOOKS:
        return Work((desk.call(action, action, gas_up=GAS_LIMIT),))
    seen = seat_at(desk.campaign, desk.account.address)
    if action == "settle":
        return settling.settle(desk, seen, given, creation)
    return settling.confirm(desk, seen) if action == "confirm" else settling.give_up(desk, seen)


def _quotes(role: str, desk: Desk, seen: "Seat", means: WatcherInputs) -> Work:
    """Show sealed books without names; no transaction."""
    del role
    if means.quotes is None:
        if means.inbox:
            return Work(())  # which shows them to the coordinator
        line = "quotes: whoever settles has to see your books without names (--quotes DIR): cofund edge quotes"
        return Work((), (line,))
    written = sealed_parts.write_quotes(desk, seen, means.quotes)
    return Work((), tuple(f"{path}: hand it to whoever settles, and to nobody else" for path in written))


def _winners(role: str, desk: Desk, seen: "Seat", means: WatcherInputs) -> Work:
    """Tell who won; no transaction."""
    del role
    if kept_book(desk.folder) is None:
        return Work(())
    written = sealed_parts.publish_winners(desk, seen, store_of(desk, means.store))
    return Work((), done=tuple(f"winners are told in {name}" for name in written))


WORK: Final = {
    "reveal": _reveal,
    "book": _book,
    "places": _places,
    "open": _open,
    "quotes": _quotes,
    "winners": _winners,
    "sign": _sign,
    "claim": _claim,
    "model": _model,
    "refund": _take,
    "withdraw": _take,
}
"""By action of a step that is done alone and is not public."""
