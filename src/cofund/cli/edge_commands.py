"""``cofund edge``: what an edge operator runs."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cofund.cli import edge_market
from cofund.cli.connection import KIT
from cofund.cli.role_session import Session, session_options

if TYPE_CHECKING:
    from cofund.training.engines.nvflare.roles import Signer


@click.group()
def command() -> None:
    """Commands of an edge operator."""


edge_market.add_to(command)


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
    from cofund.errors import InputError
    from cofund.roles.desk import visiting

    node = session.signing.connect(session.rpc_url)
    account = session.signing.signer(node)
    desk = replace(visiting(node, session.address, session.home), terms=session.terms)
    seen = seat_at(desk.campaign, account.address)
    document = desk.document(seen)
    if name not in {document["edges"][edge]["id"] for edge in seen.operated}:
        raise InputError(account.address, "", f"expected the account of the operator of edge {name}")
    return signer_of(account, node.chain_id, session.address)
