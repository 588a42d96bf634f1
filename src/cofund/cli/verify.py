"""``cofund verify``: recompute everything in a record, or compare a campaign on a chain with the packaged contracts."""

import json
from pathlib import Path

import click
from click.core import ParameterSource

from cofund.cli.connection import STATE, Address
from cofund.errors import InputError


@click.command()
@click.argument("target", metavar="FILE|ADDRESS")
@click.option("-r", "--rpc-url", envvar="ETH_RPC_URL", help="JSON-RPC URL of the node that the campaign lives on.")
@click.option("--factory", type=Address(), help="The campaign's factory; searched for if not given.")
@click.option("--from-block", type=click.IntRange(0), default=0, help="First block to search for its creation.")
@click.option("--terms", type=click.Path(path_type=Path), help="The published terms, or TERMS.toml.")
@click.option("--state", type=click.Path(path_type=Path), envvar="COFUND_STATE", default=STATE, hidden=True)
@click.option("--task", metavar="MODULE:ATTRIBUTE", help="Load this task of your own if the record names it.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(
    target: str,
    rpc_url: str | None,
    factory: str | None,
    from_block: int,
    terms: Path | None,
    state: Path,
    task: str | None,
    as_json: bool,
) -> None:
    """Recompute everything in the record FILE, or compare the campaign at ADDRESS with the packaged contracts.

    A record: executes its signed transactions again in a fresh chain with the packaged contracts, clears the market
    again, keeps the books again, and evaluates the recorded models again; with --rpc-url the transactions are also
    looked up on the node. Ends with exit code 1 and the line that is wrong.

    An address: compares every byte of the deployed code of the campaign, its factory and its helpers, and with --terms
    every value of the terms. Ends with exit code 1 and the first byte or value that differs.
    """
    if target.startswith("0x") and not Path(target).exists():
        address = Address().convert(target, None, None)
        if rpc_url is None:
            raise InputError(address, "--rpc-url", "expected the URL of a node")
        _verify_address(address, rpc_url, factory, from_block, terms, state, as_json)
    else:
        # the environment names a node for all commands; a record is also verified without one
        given = click.get_current_context().get_parameter_source("rpc_url") is ParameterSource.COMMANDLINE
        _verify_record(Path(target), task, rpc_url if given else None, as_json)


def _verify_address(
    address: str, rpc_url: str, factory: str | None, from_block: int, terms: Path | None, state: Path, as_json: bool
) -> None:
    from cofund.campaign.onchain import find_creation
    from cofund.campaign.verify_chain import verify_on_chain
    from cofund.chain.artifacts import artifact
    from cofund.chain.journal import Journal
    from cofund.chain.node import connect
    from cofund.errors import CheckFailed

    node = connect(rpc_url, Journal())
    if not node.code(address):
        raise CheckFailed(f"Campaign at {address}: no contract there on chain {node.chain_id}")
    created = find_creation(node, address, factory, from_block, state.expanduser() / str(node.chain_id) / address)
    checked = verify_on_chain(node, address, created, terms)
    sources = artifact("Campaign").source_sha256
    if as_json:
        click.echo(json.dumps({"verified": True, "contracts_sha256": sources, "checked": checked}))
        return
    click.echo(f"{address}: verified against {artifact('Campaign').compiler}, contracts {sources[:16]}")
    for line in checked:
        click.echo(f"  {line}")


def _verify_record(file: Path, task: str | None, rpc_url: str | None, as_json: bool) -> None:
    from cofund.campaign.verify import verify

    found, on_node = verify(file, task), None
    if rpc_url is not None:
        from cofund.campaign.verify_chain import verify_transactions
        from cofund.chain.journal import Journal
        from cofund.chain.node import connect

        on_node = verify_transactions(connect(rpc_url, Journal()), found.record)
    if as_json:
        counts = {"lines": found.lines, "transactions": found.transactions, "deliveries": found.deliveries}
        click.echo(json.dumps({"verified": True, "checkpoints": found.checkpoints, "on_node": on_node} | counts))
        return
    click.echo(f"{file}: verified, every line of {found.lines}")
    click.echo(f"  {found.transactions} signed transactions executed again: same blocks, gas and results")
    click.echo("  market cleared again: same cohort, prices, levels and charges as the contract")
    click.echo("  books kept again by the integer model: same money to the unit, nothing left over or missing")
    click.echo(f"  {found.deliveries} deliveries hashed again: same roots as recorded and as signed by the edges")
    click.echo(f"  {found.checkpoints} models hashed and evaluated again: same digests and metrics")
    if on_node is not None:
        click.echo(f"  {on_node} transactions found on the node: same blocks, gas and results")
