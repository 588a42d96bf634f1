"""``cofund node``: a local development node, and coins and test tokens for whoever takes part."""

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cofund.cli.connection import FILE, Address, Signing
from cofund.cli.settings import setting
from cofund.errors import InputError, NodeError

if TYPE_CHECKING:
    from cofund.chain.node import DevelopmentNode

INSTALL = (
    "expected anvil: `npm install @foundry-rs/anvil` in this folder, or foundry (https://getfoundry.sh), installs it"
)
PORT = 8545


@click.group(invoke_without_command=True)
@click.option("--port", type=click.IntRange(1, 65_535), default=PORT, show_default=True, help="Port on loopback.")
@click.option("--block-time", type=click.IntRange(1), help="Seconds between blocks; one a transaction if not given.")
@click.option("--state", type=FILE, help="File that keeps the chain.")
@click.pass_context
def command(ctx: click.Context, port: int, block_time: int | None, state: Path | None) -> None:
    """Run a development node (anvil) until Ctrl-C; its accounts and their keys are public knowledge."""
    if ctx.invoked_subcommand is not None:
        return
    anvil = _anvil()
    arguments = [anvil, "--port", str(port), "--hardfork", "prague"]
    arguments += ["--block-time", str(block_time)] if block_time else []
    arguments += ["--state", str(state), "--state-interval", "5"] if state else []
    click.echo(f"{' '.join(arguments)}", err=True)
    os.execv(anvil, arguments)  # noqa: S606 - the node takes this process's place, and its signals


def _anvil() -> str:
    """The program: on the path, or installed here by npm."""
    here = Path("node_modules/.bin/anvil")
    found = str(here.resolve()) if here.exists() else shutil.which("anvil")
    if found is None:
        raise InputError("cofund node", "", INSTALL)
    return found


def _development_node(rpc_url: str, otherwise: str) -> "DevelopmentNode":
    from cofund.chain.node import DevelopmentNode

    node = Signing(None, None, None, 100.0, yes=True, dry_run=False).connect(rpc_url)
    if not isinstance(node, DevelopmentNode):
        raise NodeError(f"{rpc_url}: not a development node: {otherwise}")
    return node


@command.command()
@click.argument("seconds", type=click.IntRange(1))
@click.option(
    "-r", "--rpc-url", envvar="ETH_RPC_URL", default=setting("rpc-url", f"http://127.0.0.1:{PORT}"), help="The node."
)
def advance(seconds: int, rpc_url: str) -> None:
    """Set the clock of a development node forward by SECONDS, instead of waiting for a phase to end."""
    node = _development_node(rpc_url, "nobody sets its clock")
    now = node.head().timestamp + seconds
    node.advance_to(now)
    click.echo(f"clock     {datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}")


@command.command()
@click.argument("accounts", type=Address(), nargs=-1, required=True)
@click.option(
    "-r", "--rpc-url", envvar="ETH_RPC_URL", default=setting("rpc-url", f"http://127.0.0.1:{PORT}"), help="The node."
)
@click.option("--token", type=Address(), help="A test token; without it one is deployed.")
@click.option("--amount", default="1000000", show_default=True, help="Test tokens for each account, whole ones.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def fund(accounts: tuple[str, ...], rpc_url: str, token: str | None, amount: str, as_json: bool) -> None:
    """Give ACCOUNTS coins for gas and test tokens, out of nothing; on a development node only."""
    from cofund.chain.accounts import rehearsal_account
    from cofund.chain.contract import Contract, deploy
    from cofund.roles.amounts import base_units

    node = _development_node(rpc_url, "nobody gives coins there")
    faucet = rehearsal_account("development", "faucet")
    node.give([faucet.address, *accounts])
    contract = Contract(node, "TestToken", token) if token else deploy(node, faucet, "TestToken")
    units = base_units(amount, contract.view("decimals"), "--amount")
    contract.send(faucet, "mint", "mint", list(accounts), units)
    if as_json:
        click.echo(json.dumps({"token": contract.address, "accounts": list(accounts), "amount": str(units)}))
        return
    click.echo(f"token     {contract.address}  {contract.view('symbol')}, {contract.view('decimals')} decimals")
    for account in accounts:
        click.echo(f"funded    {account}")
