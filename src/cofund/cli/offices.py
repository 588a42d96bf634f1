"""Roles that the terms give to one account: sponsor, coordinator, initiator."""

from typing import TYPE_CHECKING

import click

from cofund.cli.role_session import Session, role_command
from cofund.cli.role_status import add_status
from cofund.cli.role_watch import add_watch
from cofund.errors import InputError

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat
    from cofund.roles.desk import Desk, Work


def lock(session: Session) -> None:
    """Lock in the campaign at ADDRESS the most that the sponsor's promise can come to."""
    from cofund.campaign.publication import terms_of
    from cofund.roles import committing

    def make(desk: "Desk", seen: "Seat") -> "tuple[str, Work]":
        require_office(seen, "sponsor")
        amount = terms_of(desk.document(seen)).sponsorship
        unit = session.unit(desk, seen)
        return (f"lock {unit.in_full(amount)}", committing.sponsorship(desk, seen, amount))

    session.run("lock", make)


def bond(session: Session) -> None:
    """Accept the role of coordinator in the campaign at ADDRESS by locking its bond."""
    from cofund.roles import committing

    def make(desk: "Desk", seen: "Seat") -> "tuple[str, Work]":
        require_office(seen, "coordinator")
        amount = session.unit(desk, seen).in_full(seen.terms.coordinator_bond)
        return (f"post the coordinator's bond of {amount}", committing.coordinator_bond(desk, seen))

    session.run("bond", make)


def refund(session: Session) -> None:
    """Take out of the campaign at ADDRESS whatever is yours."""
    from cofund.roles import collecting

    session.run("refund", lambda desk, seen: ("take out what is yours", collecting.withdraw(desk, seen)))


def require_office(seen: "Seat", role: str) -> None:
    """Refuse another account than the one that the terms name.

    Raises:
        InputError: naming it.
    """
    named = seen.office(role)
    if named != seen.account:
        there = f"expected {named}, the {role} of this campaign" if int(named, 16) else f"this campaign has no {role}"
        raise InputError(seen.account, "", there)


def add_sponsor(group: click.Group) -> None:
    """Commands of a sponsor."""
    role_command(group, "sponsor", "lock")(lock)
    role_command(group, "sponsor", "refund")(refund)
    add_status(group, "sponsor")
    add_watch(group, "sponsor", "Take out what no round needs any more.")


def add_coordinator(group: click.Group) -> None:
    """Commands of a coordinator on chain."""
    role_command(group, "coordinator", "bond")(bond)
    role_command(group, "coordinator", "refund")(refund)
    add_status(group, "coordinator")
    add_watch(group, "coordinator", "Train, record, release the models and close (--train KIT), take out fee and bond.")


def add_initiator(group: click.Group) -> None:
    """What an initiator may take out."""
    role_command(group, "initiator", "refund")(refund)
