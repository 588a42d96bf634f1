"""``cofund owner``: what an owner does."""

import click

from cofund.cli.owner_model import model_command


@click.group("owner", short_help="Commands of an owner: fetch its model.")
def command() -> None:
    """Commands of an owner."""


command.add_command(model_command)
