"""``cofund explain``: why an agent of an outcome pays or earns what it does."""

import json

import click

from cofund.market.codec import load_instance
from cofund.mechanism.explain import explain
from cofund.mechanism.outcome_codec import load_outcome


@click.command("explain", short_help="Say why an agent of an outcome pays or earns what it does.")
@click.argument("outcome")
@click.option("--instance", required=True, metavar="INSTANCE", help="The instance that the outcome is of.")
@click.option("--agent", required=True, metavar="ID", help="Id of an owner or a client.")
@click.option("--json", "as_json", is_flag=True, help="Print the lines as JSON.")
def command(outcome: str, instance: str, agent: str, as_json: bool) -> None:
    """Explain the part of one agent in the file OUTCOME (cofund.outcome/1; - reads standard input).

    The outcome is recomputed from the instance first; exit code 1 says that it is not what its rule gives.
    """
    lines = explain(load_instance(instance), load_outcome(outcome), agent)
    click.echo(json.dumps({"agent": agent, "lines": lines}, indent=2) if as_json else "\n".join(lines))
