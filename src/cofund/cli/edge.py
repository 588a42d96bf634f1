"""``cofund edge``: what an edge operator runs."""

from pathlib import Path

import click

from cofund.cli import edge_market


@click.group()
def command() -> None:
    """Commands of an edge operator."""


edge_market.add_to(command)


@command.command()
@click.argument("kit", type=click.Path(exists=True, file_okay=False, path_type=Path))
def run(kit: Path) -> None:
    """Serve the clients of this edge and the coordinator from KIT (see `cofund kits`) until it is interrupted.

    What it took in every round, what it handed on and who delivered is kept in KIT/updates and KIT/deliveries.
    """
    from cofund.campaign.edge_results import signer_in
    from cofund.cli.nvflare_extra import until_interrupted
    from cofund.training.engines.nvflare import parties, require_nvflare
    from cofund.training.engines.nvflare.kits import open_kit

    require_nvflare()
    opened = open_kit(kit, "edge")
    with until_interrupted() as wait, parties.edge(opened, signer_in(kit)):
        click.echo(f"edge {opened.name} serves {', '.join(opened.layout.edge(opened.name).clients)}", err=True)
        wait()
