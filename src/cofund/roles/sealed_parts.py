"""Parts of sealed books that parties hand each other: quotes without names before settlement, winners after it.

An operator shows its books without names to whoever settles, and to nobody else. Once the market is cleared it tells
everybody who won, without what they asked, as claims would tell anyway: else nobody could train or stand in. Both are
held against the commitments on chain, so who gets them trusts nobody.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cofund.campaign.quotes_request import request_text
from cofund.campaign.sealed_events import opened_among
from cofund.campaign.sealed_files import (
    MOST_BYTES,
    parse_quotes,
    parse_winners,
    quotes_text,
    require_quotes,
    require_winners,
    winners_name,
    winners_text,
)
from cofund.campaign.signed_offers import short_content
from cofund.errors import CheckFailed, CofundError, InputError
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
    for path in (one for each in given for one in (sorted(each.glob("*.json")) if each.is_dir() else [each])):
        try:
            yield from ((str(path), book) for book in _in_file(path, chain_id, campaign))
        except InputError as error:
            wrong.append(error)


def _told(told: Told, chain_id: int, campaign: str, wrong: list[CofundError]) -> Iterator[tuple[str, NamelessBook]]:
    """The same of inboxes."""
    for where, content in told:
        try:
            yield where, parse_quotes(where, content, chain_id, campaign)
        except InputError as error:
            wrong.append(error)


def _in_file(path: Path, chain_id: int, campaign: str) -> list[NamelessBook]:
    content = short_content(path, MOST_BYTES)
    if b'"cofund.book/' in content:
        whole = load_book(path)
        if (whole.chain_id, whole.campaign, whole.sealed) != (chain_id, campaign, True):
            raise InputError(str(path), "campaign", f"expected a sealed book in {campaign} on chain {chain_id}")
        return [book.nameless for book in whole.by_edge.values()]
    return [parse_quotes(str(path), content, chain_id, campaign)]


# ------------------------------------------------------------ winners, for everybody


def publish_winners(desk: "Desk", seen: "Seat", store: "Store") -> list[str]:
    """Tell who won at the account's edges, where it is not told yet; the names of what was written.

    Raises:
        InputError: the book is not here, or the store cannot be written.
    """
    written = []
    for shown in own_winners(seen, own_book(desk, seen)):
        name = winners_name(shown.edge)
        if not store.has(name):
            store.put(name, winners_text(shown, desk.node.chain_id, desk.campaign.address).encode())
            written.append(store.where(name))
    return written


def write_winners(desk: "Desk", seen: "Seat", folder: Path) -> list[Path]:
    """The same into a folder."""
    place = desk.node.chain_id, desk.campaign.address
    return [
        write_whole(folder / f"winners-{shown.edge}.json", winners_text(shown, *place).encode())
        for shown in own_winners(seen, own_book(desk, seen))
    ]


def own_winners(seen: "Seat", book: KeptBook) -> list[ShownClients]:
    """Who won at the edges of a book.

    Raises:
        InputError: the market is not cleared yet.
    """
    require_sealed(seen)
    if not seen.is_settled():
        raise InputError("winners", "", "expected a settled campaign: until then nobody has won")
    won = ((edge, each, seen.edges[edge].winners) for edge, each in book.by_edge.items())
    return [each.shown(range(winners)) for _, each, winners in won if winners]


def winners_of(desk: "Desk", seen: "Seat", edge: int, store: "Store | None" = None) -> ShownClients:
    """Who won at an edge: by the account's own book, by what it kept, or by what the edge has published.

    Raises:
        InputError: nothing is published.
        CheckFailed: what is published are not the winners.
    """
    own = kept_book(desk.folder)
    if own is not None and edge in own.edges and seen.terms.edges[edge].operator == own.operator:
        return own.by_edge[edge].shown(range(seen.edges[edge].winners))
    path, committed = desk.folder / f"winners-{edge}.json", commitments(desk)
    with suppress(InputError, CheckFailed):
        return _held(desk, seen, edge, str(path), short_content(path, MOST_BYTES), committed)
    there = store or store_of(desk)
    where, content = there.where(winners_name(edge)), there.get(winners_name(edge), MOST_BYTES)
    found = _held(desk, seen, edge, where, content, committed)
    write_whole(path, content)
    return found


def _held(
    desk: "Desk", seen: "Seat", edge: int, where: str, content: bytes, committed: dict[int, bytes]
) -> ShownClients:
    place = desk.node.chain_id, desk.campaign.address
    found = parse_winners(where, content, *place)
    if found.edge != edge:
        raise InputError(where, "edge", f"expected {edge}, got {found.edge}")
    require_winners(found, *place, committed.get(edge, b""), seen.edges[edge].winners, where)
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
