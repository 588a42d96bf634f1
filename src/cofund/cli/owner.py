"""``cofund owner``: seal a bid, open it, veto a round, take out what is yours."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from cofund.cli.owner_model import model_command
from cofund.cli.role_backup import add_backup
from cofund.cli.role_session import Session, role_command
from cofund.cli.role_status import add_status
from cofund.cli.role_watch import add_watch
from cofund.cli.role_words import unit_of

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat
    from cofund.roles.desk import Desk, Work


@click.group()
def command() -> None:
    """Commands of an owner, who bids for a model."""


@click.option("--value", required=True, help="What the full model is worth to you, in whole tokens.")
@click.option("--escrow", required=True, help="What you lock, in whole tokens: public, so more than the value.")
def bid(session: Session, value: str, escrow: str) -> None:
    """Seal a bid in the campaign at ADDRESS and lock its escrow.

    The opening is written to the home folder before anything is sent. Without it nobody can open the bid: its bond is
    lost then. The same command again goes on where it was interrupted, with the same bid.
    """
    from cofund.roles import committing
    from cofund.roles.amounts import base_units

    def make(desk: "Desk", seen: "Seat") -> "tuple[str, Work]":
        document = desk.document(seen)
        unit = unit_of(document)
        decimals = document["token"]["decimals"]
        worth, locked = base_units(value, decimals, "--value"), base_units(escrow, decimals, "--escrow")
        work = committing.bid(desk, seen, worth, locked, session.backup)
        money = f"escrow {unit.in_full(locked)}, bond {unit.amount(seen.terms.owner_bond)}"
        return (f"seal a bid of {unit.in_full(worth)}, {money}", work)

    session.run("bid", make)


def reveal(session: Session) -> None:
    """Open your bid in the campaign at ADDRESS."""
    from cofund.roles import revealing

    session.run("reveal", lambda desk, seen: ("open your bid", revealing.own(desk, seen)))


@click.option("--round", "number", type=click.IntRange(1), help="The round; the last recorded one if not given.")
def veto(session: Session, number: int | None) -> None:
    """Refuse a round of the campaign at ADDRESS within its veto window.

    Owners who pay more than half of all charges end the training with the round before.
    """
    from cofund.roles import collecting

    def make(desk: "Desk", seen: "Seat") -> "tuple[str, Work]":
        which, work = collecting.veto(desk, seen, number)
        return (f"veto round {which}", work)

    session.run("veto", make)


def refund(session: Session) -> None:
    """Take out of the campaign at ADDRESS whatever is yours: escrow left over, bond, your part of what others lost."""
    from cofund.roles import collecting

    session.run("refund", lambda desk, seen: ("take out what is yours", collecting.withdraw(desk, seen)))


_actions: dict[str, Callable[..., Any]] = {"bid": bid, "reveal": reveal, "veto": veto, "refund": refund}
for _name, _function in _actions.items():
    role_command(command, "owner", _name)(_function)
add_status(command, "owner")
add_watch(command, "owner", "Reveal your bid in time, fetch the model that you bought, take out what is yours.")
add_backup(command, "owner")
command.add_command(model_command)
