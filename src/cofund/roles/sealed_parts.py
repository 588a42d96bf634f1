"""Parts of sealed books that parties hand each other: quotes without names before settlement, winners after it.

An operator shows its books without names to whoever settles, and to nobody else. Once the market is cleared it tells
everybody who won, without what they asked, as claims would tell anyway: else nobody could train or stand in. Both are
held against the commitments on chain, so who gets them trusts nobody.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cofund.campaign.quotes_request import request_text
from cofund.campaign.sealed_events import opened_among
from cofund.campaign.sealed_files import (
    MOST_BYTES,
    parse_quotes,
    quotes_text,
    read_winners,
    require_quotes,
    winners_name,
    winners_text,
)
from cofund.campaign.signed_offers import short_content
from cofund.errors import CheckFailed, CofundError, InputError, in_a_line
from cofund.market.sealed_book import SealedBook
from cofund.market.sealed_proofs import NamelessBook, ShownClients
from cofund.roles.edge_book import NAME, KeptBook, kept_book, load_book
from cofund.roles.inbox_client import ask_quotes
from cofund.roles.openings import write_secret
from cofund.roles.placing import kept_place
from cofund.roles.revealing import own_book
from cofund.roles.store_evidence import events, store_of
from cofund.whole_files import write_whole

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat
    from cofund.campaign.store import Store
    from cofund.roles.desk import Desk

Found = dict[int, NamelessBook]
"""By edge."""
Told = Sequence[tuple[str, bytes]]
"""Where from, and what was said."""
SHOWN: Final = "quotes"
"""Beginning of the name of a file with quotes."""


def commitments(desk: "Desk") -> dict[int, bytes]:
    """What every edge has committed."""
    logged = (event.arguments for event in events(desk) if event.name == "BookCommitted")
    return {given["edge"]: bytes(given["commitment"]) for given in logged}


# ------------------------------------------------------------ quotes, for who settles


def write_quotes(desk: "Desk", seen: "Seat", folder: Path) -> list[Path]:
    """Write the account's books without names, those that are not there yet; which.

    Raises:
        InputError: the book is not here, or the commit phase is not over.
    """
    require_sealed(seen)
    if seen.phase == "commit":
        raise InputError("quotes", "", "expected the end of the commit phase: until then quotes are worth something")
    written = []
    for edge, book in own_book(desk, seen).by_edge.items():
        path = folder / f"{SHOWN}-{edge}.json"
        if not path.exists():
            write_secret(path, quotes_text(book.nameless, desk.node.chain_id, desk.campaign.address))
            written.append(path)
    return written


def shown_quotes(desk: "Desk", seen: "Seat") -> list[str] | None:
    """What an inbox shows the coordinator; None outside the settle phase."""
    if not seen.terms.sealed or seen.phase != "settle":
        return None
    books = own_book(desk, seen).by_edge.values()
    return [quotes_text(book.nameless, desk.node.chain_id, desk.campaign.address) for book in books]


def asked(desk: "Desk", seen: "Seat", inboxes: Iterable[tuple[int, str]]) -> tuple[Told, list[CofundError]]:
    """What operators' inboxes show, each with its URL, and what is wrong with others.

    Args:
        desk: the coordinator's, who alone is shown anything.
        seen: now.
        inboxes: an edge of the operator, and the URL of its inbox.
    """
    told, wrong = list[tuple[str, bytes]](), list[CofundError]()
    for edge, url in inboxes:
        operator = seen.terms.edges[edge].operator  # whom the URL belongs to the inbox itself is not asked
        request = request_text(desk.account, desk.node.chain_id, desk.campaign.address, operator)
        edges = sum(one.operator == operator for one in seen.terms.edges)
        try:
            told += [(url, content) for content in ask_quotes(url, request, edges)]
        except InputError as error:
            wrong.append(error)
    return told, wrong


def gathered(desk: "Desk", given: Iterable[Path], told: Told = ()) -> tuple[Found, list[CofundError]]:
    """The books that can be settled with, and what is wrong with others.

    Args:
        desk: of who settles; its own book is taken from its folder.
        given: files with quotes or whole books, or folders of them.
        told: by inboxes.
    """
    committed, found, wrong = commitments(desk), Found(), list[CofundError]()
    own = kept_book(desk.folder)
    here = desk.node.chain_id, desk.campaign.address
    opened = [(f"the opened book of edge {edge}", book.nameless) for edge, book in opened_among(events(desk)).items()]
    kept = [] if own is None or not own.sealed else [(NAME, book.nameless) for book in own.by_edge.values()]
    for where, book in [*opened, *kept, *_in_files(given, *here, wrong), *_told(told, *here, wrong)]:
        try:
            require_quotes(book, *here, committed.get(book.edge, b""), where)
        except CheckFailed as error:
            wrong.append(error)
        else:
            found[book.edge] = book
    return found, wrong


def _in_files(
    given: Iterable[Path], chain_id: int, campaign: str, wrong: list[CofundError]
) -> Iterator[tuple[str, NamelessBook]]:
    """Books in files, each with its name; what is none goes to ``wrong``."""
    for path in files_in(given):
        try:
            yield from ((handed.where, handed.book) for handed in handed_in(path, chain_id, campaign))
        except InputError as error:
            wrong.append(error)


def _told(told: Told, chain_id: int, campaign: str, wrong: list[CofundError]) -> Iterator[tuple[str, NamelessBook]]:
    """The same of inboxes."""
    for where, content in told:
        try:
            yield where, parse_quotes(where, content, chain_id, campaign)
        except InputError as error:
            wrong.append(error)


@dataclass(frozen=True, slots=True)
class HandedBook:
    """A book of one edge, as somebody got it in a file.

    Args:
        where: the file, in a line.
        book: without names.
        whole: with names and signatures, if that was handed over.
    """

    where: str
    book: NamelessBook
    whole: KeptBook | None = None


def files_in(paths: Iterable[Path]) -> list[Path]:
    """Files that are named, and those of folders that are."""
    return [one for path in paths for one in (sorted(path.glob("*.json")) if path.is_dir() else [path])]


def handed_in(path: Path, chain_id: int, campaign: str) -> list[HandedBook]:
    """What a file has: quotes of one edge, or a whole book of one or more.

    Raises:
        InputError: naming the file, if it is none of this campaign.
    """
    where, content = in_a_line(path), short_content(path, MOST_BYTES)
    if b'"cofund.book/' not in content:
        return [HandedBook(where, parse_quotes(where, content, chain_id, campaign))]
    whole = load_book(path)
    if (whole.chain_id, whole.campaign, whole.sealed) != (chain_id, campaign, True):
        raise InputError(where, "campaign", f"expected a sealed book in {campaign} on chain {chain_id}")
    return [HandedBook(where, book.nameless, whole) for book in whole.by_edge.values()]


# ------------------------------------------------------------ winners, for everybody


def publish_winners(desk: "Desk", seen: "Seat", store: "Store") -> list[str]:
    """Tell who won at the account's edges, where it is not told yet; the names of what was written.

    Raises:
        InputError: the book is not here, the market is not cleared yet, or the store cannot be written.
    """
    written = []
    for edge, book in _serving(desk, seen).items():
        name = winners_name(edge)
        if not store.has(name):
            store.put(name, _told_winners(desk, seen, book))
            written.append(store.where(name))
    return written


def write_winners(desk: "Desk", seen: "Seat", folder: Path) -> list[Path]:
    """The same into a folder."""
    books = _serving(desk, seen).items()
    return [write_whole(_kept_winners(folder, edge), _told_winners(desk, seen, book)) for edge, book in books]


def _serving(desk: "Desk", seen: "Seat") -> dict[int, SealedBook]:
    """The account's books at whose edges somebody won."""
    require_sealed(seen)
    if not seen.is_settled():
        raise InputError("winners", "", "expected a settled campaign: until then nobody has won")
    books = own_book(desk, seen).by_edge
    return {edge: book for edge, book in books.items() if seen.edges[edge].winners}


def _told_winners(desk: "Desk", seen: "Seat", book: SealedBook) -> bytes:
    shown = book.shown(range(seen.edges[book.edge].winners))
    return winners_text(shown, desk.node.chain_id, desk.campaign.address).encode()


def _kept_winners(folder: Path, edge: int) -> Path:
    return folder / f"winners-{edge}.json"


def winners_of(desk: "Desk", seen: "Seat", edge: int, store: "Store | None" = None) -> ShownClients:
    """Who won at an edge: by the account's own book, by what it kept, or by what the edge has published.

    Raises:
        InputError: nothing is published.
        CheckFailed: what is published are not the winners.
    """
    own = kept_book(desk.folder)
    if own is not None and edge in own.edges and seen.terms.edges[edge].operator == own.operator:
        return own.by_edge[edge].shown(range(seen.edges[edge].winners))
    committed, path = commitments(desk).get(edge, b""), _kept_winners(desk.folder, edge)
    right = desk.node.chain_id, desk.campaign.address, edge, committed, seen.edges[edge].winners
    with suppress(InputError, CheckFailed):
        return read_winners(str(path), short_content(path, MOST_BYTES), *right)
    there = store or store_of(desk)
    where, content = there.where(winners_name(edge)), there.get(winners_name(edge), MOST_BYTES)
    found = read_winners(where, content, *right)
    write_whole(path, content)
    return found


def claimable_of(desk: "Desk", seen: "Seat", edge: int, store: "Store | None" = None) -> ShownClients:
    """Clients of an edge that can be claimed for: all its winners or, if nobody has told them, the account by itself.

    Raises:
        InputError, CheckFailed: see ``winners_of``; and the account has no place of its own here.
    """
    try:
        return winners_of(desk, seen, edge, store)
    except (InputError, CheckFailed):
        mine = kept_place(desk.folder, sealed=True)
        if mine is None or mine.edge != edge:
            raise
        return mine.place.shown  # type: ignore[union-attr]


def require_sealed(seen: "Seat") -> None:
    """Refuse a campaign whose books are opened.

    Raises:
        InputError: it is one.
    """
    if not seen.terms.sealed:
        raise InputError(seen.campaign, "", "expected a campaign whose books stay sealed; here they are opened")
