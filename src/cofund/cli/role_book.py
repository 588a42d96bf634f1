"""``cofund edge book``: an edge's book by one command, from the first offer to the last claim."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cofund.cli.connection import FOLDER
from cofund.cli.role_session import Session, role_command
from cofund.cli.role_watch import PATH, POLL_S, QUOTES_HELP, ArrivingKits, follow
from cofund.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cofund.roles.automatic import WatcherInputs
    from cofund.roles.booking import BookMeans
    from cofund.roles.desk import Desk


def add_book(group: click.Group) -> None:
    """Give the edge's group its ``book``."""
    role_command(group, "edge", "book")(book)


@click.option("--offers", type=FOLDER, required=True, help="Folder in which clients' signed offers arrive.")
@click.option("--places", type=FOLDER, help="Folder for your clients' places; beside the offers if not given.")
@click.option("--inbox", metavar="HOST:PORT", help="Also take offers, and hand out places, over HTTP here.")
@click.option(
    "--early",
    type=click.IntRange(0),
    help="Seal so many seconds before the commit phase ends: 3600, but not in the first half of the time left.",
)
@click.option("--quotes", type=PATH, metavar="DIR", help=QUOTES_HELP)
@click.option("--once", is_flag=True, help="Seal now, hand out the places and end; `cofund edge watch` does the rest.")
@click.option("--anybody", is_flag=True, help="List accounts that the terms do not name too; each costs a bond.")
@click.option("--kit", type=PATH, multiple=True, help="Sign what the books in this kit say; it may arrive later.")
@click.option("--train", type=PATH, metavar="KIT", help="Run `cofund edge run` with this kit while rounds are trained.")
@click.option("--store", metavar="URL", help="Store of public files, if not as announced.")
@click.option(
    "--poll", type=click.FloatRange(0.1), default=POLL_S, show_default=True, help="Seconds between two looks."
)
def book(
    session: Session,
    offers: Path,
    places: Path | None,
    inbox: str | None,
    early: int | None,
    quotes: Path | None,
    once: bool,
    anybody: bool,
    kit: tuple[Path, ...],
    train: Path | None,
    store: str | None,
    poll: float,
) -> None:
    """Run the book of your edges in the campaign at ADDRESS: collect, seal, hand out places, open, sign, claim.

    Offers are checked and sorted; what is wrong with one is said, and it is passed over. The book is kept in the home
    folder, and in that of --backup, before anything is sent: without it nobody can open it, and its bond is lost. Goes
    on until the campaign is over for you, and where it was interrupted.
    """
    from cofund.roles.booking import BookMeans

    offers.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = offers.absolute().with_name(f"{offers.absolute().name}-places") if places is None else places
    means = BookMeans(offers, beside, early, anybody, session.backup)
    if once:
        _seal_now(session, means)
        return
    with _inbox(session, means, inbox):
        given = replace(_inputs(session, means, kit, store), quotes=quotes, inbox=inbox is not None)
        follow(session, poll, given, train)


def _inputs(session: Session, means: "BookMeans", kit: tuple[Path, ...], store: str | None) -> "WatcherInputs":
    from cofund.roles.automatic import WatcherInputs

    return WatcherInputs(book=means, kits=ArrivingKits(kit), store=store, home=session.home.expanduser())


def _seal_now(session: Session, means: "BookMeans") -> None:
    """Seal whatever is there, then hand out the places."""
    from cofund.roles import booking

    session.run(
        "book",
        lambda desk, seen: ("seal a book", booking.seal_book(desk, seen, means)),
        lambda desk, seen: booking.hand_out(desk, seen, means.places),
    )


def _shown(session: Session, desk: "Desk") -> "Callable[[], list[str] | None]":
    """What the inbox shows of sealed books, asked anew every time: the watcher keeps the desk to itself."""
    from cofund.chain.node import connect
    from cofund.roles.desk import visiting
    from cofund.roles.sealed_parts import shown_quotes
    from cofund.roles.watching import observe

    def shown() -> list[str] | None:
        there = visiting(connect(session.rpc_url), session.address, session.home, desk.account.address)
        return shown_quotes(there, observe("edge", there))

    return shown


def _inbox(session: Session, means: "BookMeans", where: str | None) -> "AbstractContextManager[object]":
    """Serve an inbox meanwhile, if one is wanted."""
    if where is None:
        return nullcontext()
    host, colon, port = where.rpartition(":")
    if not colon or not host or not (port.isascii() and port.isdecimal()) or int(port) > 65_535:
        raise InputError("--inbox", "", f"expected HOST:PORT, got {where!a}")
    from cofund.roles import booking
    from cofund.roles.edge_book import book_path, kept_book
    from cofund.roles.inbox import Inbox, serving
    from cofund.roles.watching import observe

    with session.desk() as desk:
        desk.require_checked()
        rules, path = booking.listing(desk, observe("edge", desk), anybody=means.anybody), book_path(desk.folder)

    @cache
    def in_book() -> frozenset[str]:  # asked once it is there, and it never changes
        book = kept_book(path.parent)
        return frozenset(offer.client for offer in book.offers) if book else frozenset()

    def listed(client: str) -> bool:
        return client in in_book()

    inbox = Inbox(means.offers, means.places, rules, path.exists, _shown(session, desk), listed)
    click.echo(f"inbox     http://{where}/", err=True)
    return serving(inbox, host.strip("[]"), int(port))
