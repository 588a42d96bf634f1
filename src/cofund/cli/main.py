"""The ``cofund`` command: a lazy group, so that ``--help`` imports nothing heavy."""

import importlib
import sys
from typing import Final

import click

from cofund.errors import CofundError

COMMANDS: Final = {
    "demo": (
        "cofund.cli.demo_command",
        "Run a whole campaign on the embedded chain with the packaged air-quality data.",
    ),
    "plan": ("cofund.cli.plan_command", "Suggest cohort, goal and rounds from rough terms, before bids open."),
    "clear": ("cofund.cli.clear_command", "Run the mechanism alone: instance in, outcome out."),
    "explain": ("cofund.cli.explain_command", "Say why an agent of an outcome pays or earns what it does."),
    "axioms": ("cofund.cli.axioms_command", "Search for markets on which a rule breaks an axiom."),
    "generate": ("cofund.cli.generate_command", "Write a seeded random instance."),
    "kits": ("cofund.cli.kits_command", "Make what every party of a training across machines installs."),
    "coordinator": ("cofund.cli.coordinator", "Post the coordinator's bond; train, record and release the models."),
    "edge": ("cofund.cli.edge_commands", "Run the book of an edge's clients, serve them, sign for them, take its fee."),
    "client": ("cofund.cli.client", "Sign an offer, check your place, train on this machine's data, get paid."),
    "owner": ("cofund.cli.owner", "Bid for a model, open the bid, veto a round, fetch the model, take money out."),
    "sponsor": ("cofund.cli.sponsor", "Lock what a sponsor promised, and take back the rest."),
    "train": ("cofund.cli.train_command", "Train a task alone, without chain or money: rehearsal and research."),
    "study": ("cofund.cli.study_command", "Reproduce a figure and its tables."),
    "report": ("cofund.cli.report_command", "Write the HTML report of a record."),
    "verify": ("cofund.cli.verify_command", "Recompute everything in a record, or verify a campaign on a node."),
    "audit": ("cofund.cli.audit_command", "Recompute a sealed market from books handed over in confidence."),
    "web": ("cofund.cli.web_command", "Show campaigns in the browser; act with your wallet."),
    "campaign": ("cofund.cli.campaign_commands", "Check terms; create and operate a campaign on any node."),
    "node": ("cofund.cli.node_command", "Run a local development node; coins and test tokens on it."),
}
"""Command name -> module (whose ``command`` is the click command) and the line shown by ``--help``."""


class LazyGroup(click.Group):
    """A click group that imports a command's module only when that command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of a campaign, not of the alphabet."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import ``cofund.cli.<name>`` and return its ``command``."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table above without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cofund")
def cli() -> None:
    """Crowdfund a hierarchical federated-learning model.

    Exit codes: 0 ok, 1 failed check, 2 bad input, 3 declined, 4 account, 5 node, 6 reverted by the contract.
    """


def main() -> None:
    """Run the command line; an expected error is one line on stderr and its own exit code, never a traceback."""
    try:
        cli(standalone_mode=True)
    except CofundError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:  # a full disk, a folder that may not be written
        click.echo(f"error: {error.filename or 'writing a file'}: {error.strerror or error}", err=True)
        sys.exit(1)
