"""``cofund client``: sign an offer for an edge to list, check the place in its book, train, get paid."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cofund.cli.connection import FILE, KIT, Address, rpc_options
from cofund.cli.role_session import Session, output_options, role_command, terms_option
from cofund.cli.role_status import add_status
from cofund.cli.role_watch import add_watch
from cofund.cli.role_words import TokenUnit, unit_of
from cofund.errors import CheckFailed, InputError

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat
    from cofund.campaign.signed_offers import SignedOffer
    from cofund.roles.desk import Desk
    from cofund.roles.placing import Checked


@click.group()
def command() -> None:
    """Commands of a client."""


@click.option("--edge", required=True, help="Edge where you want to train, by its id in the terms.")
@click.option("--cost", required=True, help="What a round costs you, in whole tokens.")
@click.option("--out", type=FILE, help="Where to write the signed offer for your edge, beside where it is kept.")
@click.option("--to", "inbox", metavar="URL", help="The edge's inbox: send the offer there.")
def offer(session: Session, edge: str, cost: str, out: Path | None, inbox: str | None) -> None:
    """Sign an offer to train in the campaign at ADDRESS, for your edge to list in its book.

    It costs nothing and needs no coins. Your edge gives you your place in its sealed book: check it (`cofund client
    check`) before the commit phase ends. The same command again, with --to, asks the inbox whether it is there.
    """
    from cofund.roles import committing, placing
    from cofund.roles.amounts import base_units, ticks
    from cofund.roles.watching import observe

    with session.desk(send=False) as desk:
        desk.require_genuine()
        seen = observe("client", desk)
        document = desk.document(seen)
        unit, decimals = unit_of(document), document["token"]["decimals"]
        asked = base_units(cost, decimals, "--cost")
        counted = ticks(asked, int(document["token"]["tick"]), "--cost", decimals)
        signed, says = placing.signed(desk, seen, committing.edge_index(document, edge), counted)
        for line in says:
            click.echo(f"warning: {line}", err=True)
        if not session.quiet:
            session.tell_unusual(desk)
            asks = f"an offer of {unit.in_full(asked)} a round at edge {edge}"
            click.echo(f"sign {asks}: no transaction", err=True)
        if session.signing.dry_run:
            click.echo("  dry run: nothing is written or sent", err=True)
            return
        kept = placing.keep_offer(signed, desk.folder, out)
        place = _sent(session, desk, inbox, signed) if inbox else None
        hint = "hand the offer to your edge, and check the place that it gives you before the commit phase ends"
        session.show("offer", desk, seen, kept[:1], [], tuple(path for path in (out, place) if path), hint)


def _sent(session: Session, desk: "Desk", inbox: str, signed: "SignedOffer") -> Path | None:
    """Send an offer to an inbox; where the place is that it answers with, if it has one already."""
    from cofund.roles.inbox_client import send_offer
    from cofund.roles.placing import keep_place

    place = send_offer(inbox, signed)
    if place is None:
        if not session.quiet:
            click.echo(f"  {inbox} keeps it; the book is not sealed yet", err=True)
        return None
    return keep_place(desk.folder, place)


@command.command()
@click.argument("address", type=Address())
@click.argument("place", type=FILE)
@rpc_options
@terms_option
@click.option("--as", "account", type=Address(), help="Whose place it should be; the one that it names if not given.")
@output_options
def check(
    address: str,
    place: Path,
    rpc_url: str,
    state: Path,
    terms: Path | None,
    account: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Check the PLACE that your edge gave you in the book it sealed for the campaign at ADDRESS. Needs no key.

    It must lead from your offer to what is on chain, at your edge and your cost, in a book that can be opened, and be
    signed by the edge's operator. If it does, the edge can neither leave you out nor list you otherwise any more.
    """
    del quiet
    from cofund.campaign import book_places
    from cofund.campaign.signed_offers import short_content
    from cofund.chain.node import connect
    from cofund.roles import placing
    from cofund.roles.desk import account_folder, visiting
    from cofund.roles.watching import observe

    desk = replace(visiting(connect(rpc_url), address, state), terms=terms)
    desk.require_genuine()
    seen = observe("", desk)
    content = short_content(place, book_places.LONGEST)
    found = book_places.parse_place(str(place), content, sealed=seen.terms.sealed)
    who = account or found.offer.client
    folder = account_folder(state, desk.node.chain_id, address, who)
    looked = placing.checked(desk, seen, found, placing.kept_offer(folder), account)
    if seen.terms.sealed and not looked.faults:  # nothing else will tell that the account is in it
        with suppress(OSError):
            placing.keep_place(folder, content)
    _tell_checked(looked, desk, seen, str(place), as_json=as_json)


def _tell_checked(looked: "Checked", desk: "Desk", seen: "Seat", where: str, *, as_json: bool) -> None:
    """Print what was found.

    Raises:
        CheckFailed: something is wrong with the place.
    """
    signed = looked.place
    if as_json:
        said = {"client": signed.offer.client, "edge": signed.edge, "cost": str(signed.offer.cost * seen.terms.tick)}
        click.echo(json.dumps(said | {"faults": list(looked.faults), "warnings": list(looked.says)}))
    for line in looked.says:
        click.echo(f"warning: {line}", err=True)
    if looked.faults:
        raise CheckFailed(f"{where}: {'; '.join(looked.faults)}")
    if not as_json:
        try:
            unit = unit_of(desk.document(seen))
        except (InputError, CheckFailed):  # the place holds without anybody's names
            unit = TokenUnit("", None)
        cost = unit.in_full(signed.offer.cost * seen.terms.tick)
        click.echo(f"listed    {signed.offer.client} at edge {unit.edge(signed.edge)} for {cost} a round")
        click.echo(f"book      0x{signed.commitment.hex()}, as on chain; place {signed.place.position}")
        click.echo("the place holds: your edge can neither leave you out nor list you otherwise any more")


@click.option(
    "--deliveries", type=FILE, help="Rows that your edge published (cofund.deliveries/1), if not in the store."
)
@click.option("--store", metavar="URL", help="Where rows are published, if not as announced on chain.")
def claim(session: Session, deliveries: Path | None, store: str | None) -> None:
    """Get paid by the campaign at ADDRESS for the rounds that your edge signed, if the edge does not push your claim.

    Anybody may; it needs coins for gas, and the money goes to you whoever calls.
    """
    from cofund.roles import collecting

    session.run(
        "claim",
        lambda desk, seen: ("claim your pay", collecting.client_claim(desk, seen, deliveries, store)),
    )


def refund(session: Session) -> None:
    """Take out of the campaign at ADDRESS what the token did not pay when it was claimed."""
    from cofund.roles import collecting

    session.run("refund", lambda desk, seen: ("take out what is yours", collecting.withdraw(desk, seen)))


_actions: dict[str, Callable[..., Any]] = {"offer": offer, "claim": claim, "refund": refund}
for _name, _function in _actions.items():
    role_command(command, "client", _name)(_function)
add_status(command, "client")
add_watch(command, "client", "Train if your offer won (--train KIT), and take out what the token did not pay.")


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
