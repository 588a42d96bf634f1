"""``cofund sponsor``: lock what was promised, and take back what no round needs."""

import click

from cofund.cli.offices import add_sponsor


@click.group()
def command() -> None:
    """Commands of a sponsor, who matches or underwrites the owners' money."""


add_sponsor(command)
