"""``cofund client``: seal an offer or sign it for an edge to relay, open it, train, claim pay, get the bond back."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cofund.cli.connection import FILE, KIT
from cofund.cli.role_backup import add_backup
from cofund.cli.role_session import Session, role_command
from cofund.cli.role_status import add_status
from cofund.cli.role_watch import add_watch
from cofund.cli.role_words import unit_of
from cofund.errors import InputError

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat
    from cofund.roles.desk import Desk, Work
    from cofund.roles.openings import Sealed


@click.group()
def command() -> None:
    """Commands of a client."""


@click.option("--edge", required=True, help="Edge where you want to train, by its id in the terms.")
@click.option("--cost", required=True, help="What a round costs you, in whole tokens.")
@click.option("--relay", type=FILE, help="Send nothing: sign the offer into this file for the edge to relay.")
def offer(session: Session, edge: str, cost: str, relay: Path | None) -> None:
    """Seal an offer in the campaign at ADDRESS and lock its bond, or sign it for the edge, which locks the bond.

    The opening is written to the home folder first. Without it nobody can open the offer: its bond is lost then.
    """
    from cofund.roles import committing
    from cofund.roles.amounts import base_units, ticks

    def sealed(desk: "Desk", seen: "Seat") -> "tuple[str, Sealed, Any]":
        document = desk.document(seen)
        unit, tick = unit_of(document), int(document["token"]["tick"])
        decimals = document["token"]["decimals"]
        asked = base_units(cost, decimals, "--cost")
        at = committing.edge_index(document, edge)
        if document["edges"][at]["admits"] and relay is None:
            raise InputError("--edge", edge, "expected --relay FILE: this edge admits only offers that it relays")
        kept, work = committing.offer(desk, seen, at, ticks(asked, tick, "--cost", decimals), session.backup)
        return f"seal an offer of {unit.in_full(asked)} a round at edge {edge}", kept, work

    def make(desk: "Desk", seen: "Seat") -> "tuple[str, Work]":
        asks, _, work = sealed(desk, seen)
        bond = session.unit(desk, seen).amount(seen.terms.client_bond)
        return (f"{asks}, bond {bond}", committing.with_client_bond(desk, seen, work))

    if relay is None:
        session.run("offer", make)
    else:
        _sign(session, sealed, relay)


def _sign(session: Session, sealed: Any, relay: Path) -> None:
    """Keep the opening, then write the signed offer; no transaction."""
    from cofund.roles.committing import to_relay
    from cofund.roles.watching import observe

    with session.desk(send=not session.signing.dry_run) as desk:
        desk.require_genuine()
        seen = observe("client", desk)
        asks, opening, work = sealed(desk, seen)
        for line in work.says:
            click.echo(f"warning: {line}", err=True)
        if not session.quiet:
            session.tell_unusual(desk)
            click.echo(f"{asks}: signed for the edge to relay, no transaction", err=True)
        if session.signing.dry_run:
            click.echo("  dry run: nothing is written", err=True)
            return
        kept = to_relay(desk, opening, work, relay).keep()
        session.warn_of_one_copy(kept)
        session.show("offer", desk, seen, kept, [], (relay,))


def reveal(session: Session) -> None:
    """Open your offer in the campaign at ADDRESS.

    A client without coins for gas gives its opening (`cofund client backup`) to its edge after the commit phase.
    """
    from cofund.roles import revealing

    session.run("reveal", lambda desk, seen: ("open your offer", revealing.own(desk, seen, "client")))


@click.option(
    "--deliveries", type=FILE, help="Rows that your edge published (cofund.deliveries/1), if not in the store."
)
@click.option("--store", metavar="URL", help="Where rows are published, if not as announced on chain.")
def claim(session: Session, deliveries: Path | None, store: str | None) -> None:
    """Get paid by the campaign at ADDRESS for the rounds that your edge signed; the last claim returns the bond."""
    from cofund.roles import collecting

    session.run(
        "claim",
        lambda desk, seen: ("claim your pay", collecting.client_claim(desk, seen, deliveries, store)),
    )


def refund(session: Session) -> None:
    """Get your bond back from the campaign at ADDRESS: your offer lost, or the campaign did not come about."""
    from cofund.roles import collecting

    session.run("refund", lambda desk, seen: ("get your bond back", collecting.client_bond(desk, seen)))


_actions: dict[str, Callable[..., Any]] = {"offer": offer, "reveal": reveal, "claim": claim, "refund": refund}
for _name, _function in _actions.items():
    role_command(command, "client", _name)(_function)
add_status(command, "client")
add_watch(command, "client", "Reveal your offer in time, train (--train KIT), claim what is signed, take the bond.")
add_backup(command, "client")


@command.command()
@click.argument("kit", type=KIT)
def run(kit: Path) -> None:
    """Train on this machine's data for the edge of KIT (see `cofund kits`) until it is interrupted."""
    from cofund.training.threads import prefer_one

    prefer_one()
    from cofund.cli.nvflare_extra import until_interrupted
    from cofund.cli.party_task import party_task
    from cofund.training.engines.nvflare import parties, require_nvflare
    from cofund.training.engines.nvflare.kits import open_kit

    require_nvflare()
    opened = open_kit(kit, "client")
    name = opened.name
    task, data, validation = party_task(opened.layout, name)
    with until_interrupted() as wait, parties.client(opened, task, data, validation):
        click.echo(f"client {name} trains for edge {opened.layout.edge_of(name).id}", err=True)
        wait()
