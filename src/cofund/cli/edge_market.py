"""``cofund edge``: post the bond, relay and open clients' offers, push their claims, take the fee."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cofund.cli.connection import FILE, KIT
from cofund.cli.role_session import AgreedWork, Session, role_command
from cofund.cli.role_status import add_status
from cofund.cli.role_watch import add_watch
from cofund.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cofund.campaign.seat import Seat
    from cofund.roles.desk import Desk


def bond(session: Session) -> None:
    """Accept the role of edge in the campaign at ADDRESS by locking the bond of every edge that you operate."""
    from cofund.roles import committing

    def make(desk: "Desk", seen: "Seat") -> AgreedWork:
        amount = session.unit(desk, seen).in_full(seen.terms.edge_bond)
        return AgreedWork(f"post an edge's bond of {amount}", committing.edge_bonds(desk, seen))

    session.run("bond", make)


@click.argument("files", type=FILE, nargs=-1, required=True)
def relay(session: Session, files: tuple[Path, ...]) -> None:
    """Bring the signed offers in FILES to the campaign at ADDRESS, in batches, and lock the clients' bonds.

    A client that never opens its offer costs you its bond: ask for its opening (`cofund client backup`) first.
    """
    from cofund.roles import committing

    def make(desk: "Desk", seen: "Seat") -> AgreedWork:
        offers = committing.signed_offers(desk, seen, files)
        amount = session.unit(desk, seen).in_full(seen.terms.client_bond)
        return AgreedWork(f"relay {len(offers)} offers, a bond of {amount} each", committing.relay(desk, seen, offers))

    session.run("relay", make)


@click.argument("files", type=FILE, nargs=-1, required=True)
def reveal(session: Session, files: tuple[Path, ...]) -> None:
    """Open in the campaign at ADDRESS the offers whose openings clients handed over in FILES."""
    from cofund.roles import revealing

    session.run(
        "reveal",
        lambda desk, seen: AgreedWork(
            f"open {len(files)} offers",
            revealing.handed_over(desk, seen, files),
        ),
    )


@click.option("--deliveries", type=FILE, multiple=True, help="Rows that you published, if not in the store.")
@click.option("--store", metavar="URL", help="Where rows are published, if not as announced on chain.")
def claim(session: Session, deliveries: tuple[Path, ...], store: str | None) -> None:
    """Take your fee from the campaign at ADDRESS, and with the rows that you signed pay all your clients."""
    from cofund.roles import automatic, collecting

    def make(desk: "Desk", seen: "Seat") -> AgreedWork:
        if deliveries:  # what is wrong with one that was named is said, and nothing sent
            work = collecting.edge_claim(desk, seen, deliveries)
        else:
            work = automatic.edge_claim(desk, seen, automatic.WatcherInputs(store=store))
        return AgreedWork("claim for your clients and yourself", work)

    session.run("claim", make)


def refund(session: Session) -> None:
    """Take out of the campaign at ADDRESS your bond and those of relayed offers that lost, and fees that are due."""
    from cofund.roles import collecting

    session.run(
        "refund",
        lambda desk, seen: AgreedWork("take out what is yours", collecting.edge_claim(desk, seen, ())),
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

    def make(desk: "Desk", seen: "Seat") -> AgreedWork:
        document, name = desk.document(seen), open_kit(kit, "edge").name
        mine = [edge for edge in committing.operated(seen) if document["edges"][edge]["id"] == name]
        if not mine:
            raise InputError(
                str(kit), "", f"expected the kit of an edge that {seen.account} operates; this is {name}'s"
            )
        work = sign_from_books(desk, seen, mine[0], document, kit, store_of(desk, store))
        return AgreedWork(f"sign the deliveries at edge {name}", work)

    session.run("sign", make)


def add_to(group: click.Group) -> None:
    """Give the group of an edge's commands those of the market."""
    actions: dict[str, Callable[..., Any]] = {
        "bond": bond,
        "relay": relay,
        "reveal": reveal,
        "sign": sign,
        "claim": claim,
        "refund": refund,
    }
    for name, function in actions.items():
        role_command(group, "edge", name)(function)
    add_status(group, "edge")
    does = "Open what clients handed over, serve them (--train KIT), sign (--kit KIT), push claims, take fee and bonds."
    add_watch(group, "edge", does)
