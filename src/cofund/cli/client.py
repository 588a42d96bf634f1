"""``cofund client``: what a client runs."""

from pathlib import Path

import click

from cofund.cli import client_market
from cofund.cli.connection import KIT


@click.group()
def command() -> None:
    """Commands of a client."""


client_market.add_to(command)


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
