"""``cofund demo``: a whole campaign on the embedded chain, or on a development node, and its report."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cofund.cli.connection import FOLDER

if TYPE_CHECKING:
    from cofund.campaign.watch import Watch
    from cofund.running import Finished

EMBEDDED = "embedded"


@click.command()
@click.option(
    "--out",
    type=FOLDER,
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
@click.option("--log-to", metavar="LOG", help="Write every round to tensorboard:DIR, mlflow:DIR or mlflow:http://HOST.")
@click.option(
    "--engine",
    type=click.Choice(["in-process", "nvflare"]),
    default="in-process",
    show_default=True,
    help="Train in this process, or with every party as processes of this host: some 125 processes, 8 GB, minutes.",
)
@click.option("--json", "as_json", is_flag=True, help="Print paths and totals as JSON instead of tables.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def command(out: Path, rpc_url: str, engine: str, log_to: str | None, as_json: bool, quiet: bool) -> None:
    """Run a whole campaign with the packaged air-quality data.

    Sealed bids and books, settlement by certificate, training, signed deliveries, payments, a record and a report.
    """
    import contextlib
    import json

    from cofund.campaign.demo import air_quality_script
    from cofund.campaign.logged import Logged
    from cofund.campaign.watch import Silent
    from cofund.cli.nvflare_extra import end_in_order_when_terminated
    from cofund.cli.progress import Progress
    from cofund.running import run_campaign, to_be_continued

    if engine != "in-process":
        end_in_order_when_terminated()
    script = air_quality_script()
    try:
        with contextlib.ExitStack() as stack:
            watch: Watch = Silent()
            if not quiet:
                watch = stack.enter_context(Progress(script, continued=to_be_continued(out)))
            if log_to is not None:
                watch = stack.enter_context(Logged(watch, script, log_to))
            finished = run_campaign(script, out, rpc_url, watch, engine)
    except KeyboardInterrupt:
        click.echo(f"\nInterrupted. Nothing is lost: the same command goes on from {out}.", err=True)
        raise SystemExit(130) from None
    if as_json:
        paths = {"record": str(finished.record_file), "report": str(finished.report_file)}
        totals = {section: finished.record[section] for section in ("conservation", "gains")}
        click.echo(json.dumps(paths | totals, indent=2))
        return
    _print(finished)


def _print(finished: "Finished") -> None:
    from rich.console import Console

    from cofund.report.terminal import summary

    console = Console(highlight=False)
    console.print(summary(finished.record))
    console.print(f"Report  {finished.report_file}", soft_wrap=True)
    console.print(f"Record  {finished.record_file}   check it: cofund verify {finished.record_file}", soft_wrap=True)
    console.print(f"Models  evaluate them too: cofund verify {finished.record_file} --replay", soft_wrap=True)
