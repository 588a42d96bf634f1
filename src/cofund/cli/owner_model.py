"""``cofund owner model``: fetch an owner's sealed model, open it, and hold it against the chain."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from cofund.cli.connection import FILE, Address, optional_rpc_options
from cofund.cli.role_backup import only_kept
from cofund.errors import InputError

if TYPE_CHECKING:
    from cofund.campaign.own_model import OwnModel


@click.command("model", short_help="Fetch and open the model that an owner bought.")
@click.argument("target", metavar="RECORD|ADDRESS")
@click.option("--owner", metavar="ID", help="Whose model, of the rehearsal that RECORD is of.")
@optional_rpc_options
@click.option(
    "--key",
    type=FILE,
    help="The bid's opening (.json), or a file with its secret key; the only one in the home if not given.",
)
@click.option("--store", metavar="URL", help="Where the box is, if not where the campaign announced it.")
@click.option("--task", metavar="MODULE:ATTRIBUTE", help="Load this task of your own if the terms name it.")
@click.option("--factory", type=Address(), help="The campaign's factory; searched for if not given.")
@click.option("--from-block", type=click.IntRange(0), default=0, help="First block to search for its creation.")
@click.option("--out", type=FILE, help="Write the model here, a NumPy archive (.npz).")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def model_command(
    target: str,
    owner: str | None,
    rpc_url: str | None,
    key: Path | None,
    store: str | None,
    task: str | None,
    factory: str | None,
    from_block: int,
    state: Path,
    out: Path | None,
    as_json: bool,
) -> None:
    """Fetch the sealed model of an owner's level, open it, and evaluate it.

    From a campaign's store comes a box; it must be the one that the coordinator committed to on chain, and the model in
    it must have the digest that was recorded on chain for the round of the owner's level. Where the store is, is
    announced on chain; nothing in it is believed.

    RECORD is the record of a rehearsal such as the demo, beside the other files of its campaign; it is verified first.
    At ADDRESS on a node it is the owner whose bid carries the public key of --key.
    """
    from cofund.campaign.own_model import evaluate, write_model

    if target.startswith("0x") and not Path(target).exists():
        given = click.get_current_context().get_parameter_source("owner") is ParameterSource.COMMANDLINE
        if given:
            raise InputError("--owner", "", "expected --key instead: the key says whose model it is")
        found = _from_chain(Address().convert(target, None, None), rpc_url, key, store, factory, from_block, state)
    else:
        found = _from_record(Path(target), owner, key, store, task)
    if out is not None:  # first: a task that cannot evaluate it must not cost the owner its model
        write_model(found.model, out)
        _note(state, target, found.account, out)
    score = evaluate(found) if _may_load(found, task) else None
    _show(found, score, out, as_json)


def _from_record(file: Path, owner: str | None, key: Path | None, store: str | None, task: str | None) -> "OwnModel":
    from cofund.campaign.own_model import account_of, from_record
    from cofund.campaign.store import announced
    from cofund.campaign.verify import verify
    from cofund.campaign.workspace import Workspace
    from cofund.roles.desk import account_folder
    from cofund.roles.openings import kept_opening, opening_path

    if owner is None or key is not None:
        raise InputError(str(file), "--owner", "expected whose model: a rehearsal keeps the openings of all bids")
    record = verify(file, task).record
    campaign, workspace = record["campaign"], Workspace(file.parent)
    folder = account_folder(workspace.parties, campaign["chain_id"], campaign["address"], account_of(record, owner))
    opening = kept_opening(folder)
    if opening is None:
        raise InputError(str(opening_path(folder)), "", "not there: it holds the key of the model")
    known = announced(campaign["store"]).url if campaign["store"] else str(workspace.store)
    return from_record(record, owner, opening.encryption_secret, known if store is None else store)


def _from_chain(
    address: str,
    rpc_url: str | None,
    key: Path | None,
    store: str | None,
    factory: str | None,
    from_block: int,
    state: Path,
) -> "OwnModel":
    from cofund.campaign.onchain import find_creation
    from cofund.campaign.own_model import from_chain
    from cofund.chain.node import connect
    from cofund.errors import CheckFailed

    if rpc_url is None:
        raise InputError(address, "--rpc-url", "expected the URL of a node")
    if key is None:
        key = only_kept(state, address, "owner", None)
    secret, node = _secret(key), connect(rpc_url)
    if not node.code(address):
        raise CheckFailed(f"Campaign at {address}: no contract there on chain {node.chain_id}")
    folder = state.expanduser() / str(node.chain_id) / address
    created = find_creation(node, address, factory, from_block, folder)
    return from_chain(node, address, created, secret, store, folder)


def _note(home: Path, address: str, account: str, out: Path) -> None:
    """Write down where the model is, beside the opening of its bid if that is in the home: ``status`` looks there."""
    from cofund.roles.models import note

    for folder in home.expanduser().glob(f"*/{address}/{account}"):
        note(folder, out)


def _secret(key: Path) -> bytes:
    """The secret of a bid: from its opening, or alone in a file."""
    from cofund.campaign.own_model import read_secret
    from cofund.roles.openings import load_opening

    return load_opening(key).encryption_secret if key.suffix == ".json" else read_secret(key)


def _may_load(found: "OwnModel", task: str | None) -> bool:
    """Whether its task is packaged or named: terms alone never make this program import code."""
    from cofund.training.tasks.named import is_own

    training = found.terms["training"]
    return training is None or not is_own(str(training["task"])) or training["task"] == task


def _show(found: "OwnModel", score: tuple[str, float] | None, out: Path | None, as_json: bool) -> None:
    if as_json:
        shown = {"owner": found.owner, "account": found.account, "level": found.level, "digest": found.digest.hex()}
        metric = {"metric": score and score[0], "value": score and f"{score[1]:.4f}"}
        click.echo(json.dumps(shown | metric | {"store": found.store, "out": out and str(out)}))
        return
    values = sum(array.size for array in found.model)
    click.echo(f"{found.owner or found.account}: the model of round {found.level}, {values:,} values")
    click.echo(f"  from   {found.store}")
    click.echo("  box    the one that the coordinator committed to on chain; opened with the owner's key")
    click.echo(f"  digest {found.digest.hex()}, as recorded on chain for round {found.level}")
    reached = "not evaluated: no data for it here" if score is None else f"{score[1]:.4f}, {score[0]}"
    click.echo(f"  metric {reached}")
    click.echo("  not written: give --out FILE.npz" if out is None else f"  wrote  {out}")
