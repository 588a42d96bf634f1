"""``cofund demo``: a whole campaign on the embedded chain, or on a development node, and its report."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cofund.campaign.script import Script
    from cofund.campaign.workspace import Workspace
    from cofund.chain.node import Node

EMBEDDED = "embedded"


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("cofund-demo"),
    show_default=True,
    help="Folder for the journal, the record and the report; an interrupted run in it is continued.",
)
@click.option(
    "-r",
    "--rpc-url",
    envvar="ETH_RPC_URL",
    default=EMBEDDED,
    show_default=True,
    help="JSON-RPC URL of a development node such as anvil, or the chain inside this process.",
)
@click.option("--json", "as_json", is_flag=True, help="Print paths and totals as JSON instead of tables.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def command(out: Path, rpc_url: str, as_json: bool, quiet: bool) -> None:
    """Run a whole campaign with the packaged air-quality data.

    Sealed bids and offers, settlement by certificate, training, signed deliveries, payments, a record and a report.
    """
    import json

    from cofund.campaign.demo import air_quality_script
    from cofund.campaign.run import run_campaign
    from cofund.campaign.watch import Silent
    from cofund.campaign.workspace import Workspace
    from cofund.cli.progress import Progress
    from cofund.report.html import render_report

    workspace, script = Workspace(out), air_quality_script()
    if workspace.record.exists():
        workspace.clear()  # that campaign is finished and paid out
    node = _node(rpc_url, script, workspace)
    try:
        if quiet:
            record = run_campaign(script, node, workspace, Silent())
        else:
            with Progress(script, continued=workspace.terms.exists()) as progress:
                record = run_campaign(script, node, workspace, progress)
    except KeyboardInterrupt:
        click.echo(f"\nInterrupted. Nothing is lost: the same command goes on from {out}.", err=True)
        raise SystemExit(130) from None
    workspace.write(workspace.report, render_report(record))
    if as_json:
        paths = {"record": str(workspace.record), "report": str(workspace.report)}
        click.echo(json.dumps(paths | {"conservation": record["conservation"], "gains": record["gains"]}, indent=2))
        return
    _print(record, workspace)


def _node(rpc_url: str, script: "Script", workspace: "Workspace") -> "Node":
    from cofund.campaign.launch import cast_of
    from cofund.chain.node import DevelopmentNode, EmbeddedNode, connect
    from cofund.errors import NodeError

    accounts = [account.address for account in cast_of(script, workspace.seed()).all()]
    if rpc_url == EMBEDDED:
        return EmbeddedNode(accounts, workspace.journal())
    node = connect(rpc_url, workspace.journal())
    if not isinstance(node, DevelopmentNode):
        raise NodeError(f"{rpc_url}: the demo sets the clock and hands out coins, which needs anvil")
    node.fund(accounts)
    return node


def _print(record: dict[str, Any], workspace: "Workspace") -> None:
    from rich.console import Console

    from cofund.report.terminal import summary

    console = Console(highlight=False)
    console.print(summary(record))
    console.print(f"Report  {workspace.report}", soft_wrap=True)
    console.print(f"Record  {workspace.record}   check it: cofund verify {workspace.record}", soft_wrap=True)
