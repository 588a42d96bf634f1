"""``cofund edge``: post the bond, run the book of its clients, serve them, push their claims, take the fee."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cofund.cli.connection import FILE, FOLDER, KIT
from cofund.cli.role_backup import add_backup
from cofund.cli.role_book import add_book
from cofund.cli.role_session import Session, role_command, session_options
from cofund.cli.role_status import add_status
from cofund.cli.role_watch import add_watch
from cofund.errors import InputError

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat
    from cofund.roles.desk import Desk, Work
    from cofund.training.engines.nvflare.roles import Signer


@click.group()
def command() -> None:
    """Commands of an edge operator."""


def bond(session: Session) -> None:
    """Accept the role of edge in the campaign at ADDRESS by locking the bond of every edge that you operate."""
    from cofund.roles import committing

    def make(desk: "Desk", seen: "Seat") -> "tuple[str, Work]":
        amount = session.unit(desk, seen).in_full(seen.terms.edge_bond)
        return (f"post an edge's bond of {amount}", committing.edge_bonds(desk, seen))

    session.run("bond", make)


@click.option("--book", type=FILE, help="A book that another edge left with you, instead of your own.")
def open_(session: Session, book: Path | None) -> None:
    """Open your book in the campaign at ADDRESS, all of it; anybody may open a book that it has.

    Books that stay sealed are opened only if somebody calls them absent, and then all of them.
    """
    from cofund.roles import revealing

    session.run("open", lambda desk, seen: ("open a book", revealing.open_book(desk, seen, book)))


@click.option("--deliveries", type=FILE, multiple=True, help="Rows that you published, if not in the store.")
@click.option("--store", metavar="URL", help="Where rows are published, if not as announced on chain.")
def claim(session: Session, deliveries: tuple[Path, ...], store: str | None) -> None:
    """Take your fee from the campaign at ADDRESS, and with the rows that you signed pay all your clients."""
    from cofund.roles import automatic, collecting

    def make(desk: "Desk", seen: "Seat") -> "tuple[str, Work]":
        if deliveries:  # what is wrong with one that was named is said, and nothing sent
            work = collecting.edge_claim(desk, seen, deliveries, store)
        else:
            work = automatic.edge_claim(desk, seen, automatic.WatcherInputs(store=store))
        return ("claim for your clients and yourself", work)

    session.run("claim", make)


@click.option("--out", type=FOLDER, required=True, help="Folder for a file for each of your sealed books.")
def quotes(session: Session, out: Path) -> None:
    """Write your sealed books in the campaign at ADDRESS without names, for whoever settles and nobody else.

    Who has such a file sees what your clients ask, and not who they are. It is checked against the commitment on chain.
    """
    from cofund.roles import sealed_parts

    def write(desk: "Desk", seen: "Seat") -> list[Path]:
        return sealed_parts.write_quotes(desk, seen, out)

    _written(session, "quotes", write, "hand them to whoever settles")


@click.option("--store", metavar="URL", help="Where to publish it, if not as announced on chain.")
@click.option("--out", type=FOLDER, help="Folder to write it into, instead of the store.")
def winners(session: Session, store: str | None, out: Path | None) -> None:
    """Tell who won at your edges in the campaign at ADDRESS, whose books stay sealed, without what they asked."""
    from cofund.roles import sealed_parts
    from cofund.roles.store_evidence import store_of

    def write(desk: "Desk", seen: "Seat") -> "Sequence[Path | str]":
        if out is not None:
            return sealed_parts.write_winners(desk, seen, out)
        return sealed_parts.publish_winners(desk, seen, store_of(desk, store))

    _written(session, "winners", write, "everybody can make kits, and claim, with them")


def _written(session: Session, action: str, write: "Callable[[Desk, Seat], Sequence[Path | str]]", hint: str) -> None:
    """Write files of an edge; no transaction."""
    from cofund.roles import committing
    from cofund.roles.watching import observe

    with session.desk(send=False) as desk:
        seen = observe("edge", desk)
        committing.operated(seen)
        if session.signing.dry_run:
            click.echo("  dry run: nothing is written", err=True)
            return
        session.show(action, desk, seen, [], [], tuple(write(desk, seen)), hint)


def refund(session: Session) -> None:
    """Take out of the campaign at ADDRESS your bonds, that of your book included, and fees that are due."""
    from cofund.roles import collecting

    session.run(
        "refund",
        lambda desk, seen: ("take out what is yours", collecting.edge_claim(desk, seen, ())),
    )


@click.option("--kit", type=KIT, required=True, help="The edge's kit, with its books (see `cofund kits`).")
@click.option("--store", metavar="URL", help="Where rounds and rows are published, if not as announced on chain.")
def sign(session: Session, kit: Path, store: str | None) -> None:
    """Sign who delivered at the edge of KIT, and post that in the campaign at ADDRESS.

    A round counts for a client if the edge's own books accepted its delivery and the coordinator recorded the same on
    chain. The rows are published in the store first, so that clients find their proof.
    """
    from cofund.roles import committing
    from cofund.roles.signing import sign_from_books
    from cofund.roles.store_evidence import store_of
    from cofund.training.engines.nvflare.kits import open_kit

    def make(desk: "Desk", seen: "Seat") -> "tuple[str, Work]":
        document, name = desk.document(seen), open_kit(kit, "edge").name
        mine = [edge for edge in committing.operated(seen) if document["edges"][edge]["id"] == name]
        if not mine:
            raise InputError(
                str(kit), "", f"expected the kit of an edge that {seen.account} operates; this is {name}'s"
            )
        work = sign_from_books(desk, seen, mine[0], document, kit, store_of(desk, store))
        return (f"sign the deliveries at edge {name}", work)

    session.run("sign", make)


_actions: dict[str, Callable[..., Any]] = {
    "bond": bond,
    "open": open_,
    "quotes": quotes,
    "winners": winners,
    "sign": sign,
    "claim": claim,
    "refund": refund,
}
for _name, _function in _actions.items():
    role_command(command, "edge", _name)(_function)
add_status(command, "edge")
_does = "Open your book, serve your clients (--train KIT), sign (--kit KIT), push claims, take fee and bonds."
add_watch(command, "edge", _does)
add_book(command)
add_backup(command, "edge")


@command.command()
@click.argument("kit", type=KIT)
@session_options("edge")
def run(kit: Path, session: Session | None) -> None:
    """Serve the clients of this edge and the coordinator from KIT (see `cofund kits`) until it is interrupted.

    What it took in every round, what it handed on and who delivered is kept in KIT/updates and KIT/deliveries. In a
    campaign it signs every result with the account of the edge's operator: the coordinator takes no other.
    """
    from cofund.campaign.edge_results import signer_in
    from cofund.cli.nvflare_extra import until_interrupted
    from cofund.training.engines.nvflare import parties, require_nvflare
    from cofund.training.engines.nvflare.kits import open_kit

    require_nvflare()
    opened = open_kit(kit, "edge")
    sign = signer_in(kit) if session is None else _signer(session, opened.name)
    with until_interrupted() as wait, parties.edge(opened, sign):
        click.echo(f"edge {opened.name} serves {', '.join(opened.layout.edge(opened.name).clients)}", err=True)
        wait()


def _signer(session: Session, name: str) -> "Signer":
    """What signs with the session's account, which must be that of the edge."""
    from cofund.campaign.edge_results import signer_of
    from cofund.campaign.views import seat_at
    from cofund.roles.desk import visiting

    node = session.signing.connect(session.rpc_url)
    account = session.signing.signer(node)
    desk = replace(visiting(node, session.address, session.home), terms=session.terms)
    seen = seat_at(desk.campaign, account.address)
    document = desk.document(seen)
    if name not in {document["edges"][edge]["id"] for edge in seen.operated}:
        raise InputError(account.address, "", f"expected the account of the operator of edge {name}")
    return signer_of(account, node.chain_id, session.address)
