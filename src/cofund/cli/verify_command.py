"""``cofund verify``: recompute everything in a record, or everything that a campaign did on a chain."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from cofund.cli.connection import STATE, Address
from cofund.errors import InputError

if TYPE_CHECKING:
    from cofund.campaign.replay import Inclusion
    from cofund.campaign.verify import Verified
    from cofund.training.recompute import RecomputedTraining


@click.command()
@click.argument("target", metavar="FILE|ADDRESS")
@click.option("-r", "--rpc-url", envvar="ETH_RPC_URL", help="JSON-RPC URL of the node that the campaign lives on.")
@click.option("--factory", type=Address(), help="The campaign's factory; searched for if not given.")
@click.option("--from-block", type=click.IntRange(0), default=0, help="First block to search for its creation.")
@click.option("--terms", type=click.Path(path_type=Path), help="The published terms, or TERMS.toml.")
@click.option(
    "--state", type=click.Path(path_type=Path), envvar=["COFUND_HOME", "COFUND_STATE"], default=STATE, hidden=True
)
@click.option(
    "--replay",
    is_flag=False,
    flag_value="",
    metavar="[FOLDER]",
    help="Also evaluate the models and compute every aggregation again, from the campaign's FOLDER, or that of FILE.",
)
@click.option("--client", metavar="ID", help="Also prove that this client's delivery is in --round.")
@click.option("--round", "number", type=click.IntRange(1), metavar="N", help="The round for --client.")
@click.option("--task", metavar="MODULE:ATTRIBUTE", help="Load this task of your own if the record names it.")
@click.option("--store", metavar="URL", help="For ADDRESS: its store, if not the one that was announced.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(
    target: str,
    rpc_url: str | None,
    factory: str | None,
    from_block: int,
    terms: Path | None,
    store: str | None,
    state: Path,
    task: str | None,
    replay: str | None,
    client: str | None,
    number: int | None,
    as_json: bool,
) -> None:
    """Recompute everything in the record FILE, or compare the campaign at ADDRESS with the packaged contracts.

    A record: executes its signed transactions again in a fresh chain with the packaged contracts, clears the market
    again and keeps the books again; with --rpc-url the transactions are also looked up on the node. Ends with exit code
    1 and the line that is wrong. A record has no models: with --replay those in the campaign's folder are evaluated
    again, and every aggregation is computed again from the clients' updates; the first wrong model, client, edge or
    coordinator is named. With --client and --round a
    client's delivery is proved to be under the root on chain.

    A record of a campaign on a shared chain (`cofund campaign record`): keeps the books again from signed calls and
    events and clears the market again; only --rpc-url also compares every transaction and the contract's state.

    An address: compares every byte of the deployed code of the campaign, its factory and its helpers, and every value
    of the terms, given with --terms or found in the announced store; says what is unusual about them; collects all that
    the campaign did from the chain, clears the market again, keeps the books again, and compares every figure of the
    contract and every transfer of its token, at any phase; then what lies in the announced store: terms, rounds, signed
    rows, boxes. Ends with exit code 1 and what differs.
    """
    if (client is None) != (number is None):
        raise InputError("--client", "", "expected together with --round")
    if target.startswith("0x") and not Path(target).exists():
        address = Address().convert(target, None, None)
        if replay is not None or client is not None:
            raise InputError(address, "", "expected a record file, since --replay and --client read one")
        if rpc_url is None:
            raise InputError(address, "--rpc-url", "expected the URL of a node")
        _verify_address(address, rpc_url, factory, from_block, terms, store, state, as_json)
    else:
        # the environment names a node for all commands; a record is also verified without one
        given = click.get_current_context().get_parameter_source("rpc_url") is ParameterSource.COMMANDLINE
        proof_of = None if client is None or number is None else (client, number)
        folder = None if replay is None else Path(replay or Path(target).parent)
        _verify_record(Path(target), task, rpc_url if given else None, folder, proof_of, state, as_json)


def _verify_address(
    address: str,
    rpc_url: str,
    factory: str | None,
    from_block: int,
    terms: Path | None,
    store: str | None,
    state: Path,
    as_json: bool,
) -> None:
    from cofund.campaign.verification import verify_address
    from cofund.chain.artifacts import artifact

    found = verify_address(address, rpc_url, terms=terms, store=store, factory=factory, first=from_block, state=state)
    made, sources = found.made, artifact("Campaign").source_sha256
    if as_json:
        counts = {"block": made.trail.head, "status": str(made.books.ledger.status), "figures": made.figures}
        counts |= {"transactions": len(made.trail.seen), "transfers": len(made.trail.transfers)}
        counts |= {"through_other_contracts": len(made.books.through)}
        click.echo(json.dumps({"verified": True, "contracts_sha256": sources, "checked": list(found.checked)} | counts))
        return
    click.echo(f"{address}: verified against {artifact('Campaign').compiler}, contracts {sources[:16]}")
    for line in found.checked:
        click.echo(f"  {line}")


def _verify_record(
    file: Path,
    task: str | None,
    rpc_url: str | None,
    folder: Path | None,
    proof_of: tuple[str, int] | None,
    state: Path,
    as_json: bool,
) -> None:
    from cofund.campaign.verification import verify

    verified = verify(file, rpc_url, task=task, folder=folder, delivery=proof_of, state=state)
    found, again, proof = verified.found, verified.replayed, verified.inclusion
    if as_json:
        counts = {"lines": found.lines, "transactions": found.transactions, "deliveries": found.deliveries}
        more = {"replay": again and asdict(again), "inclusion": proof and _proof_json(proof)}
        told = {"verified": True, "rounds": found.rounds, "on_node": verified.on_node}
        click.echo(json.dumps(told | counts | more))
        return
    click.echo(f"{file}: verified, every line of {found.lines}")
    if found.shared:
        _show_shared(found, verified.on_node)
    else:
        _show_executed(found, verified.on_node, again)
    if proof is not None:
        _show_proof(proof)


def _show_executed(found: "Verified", on_node: int | None, again: "RecomputedTraining | None") -> None:
    """What is checked of a campaign that had its chain to itself."""
    from cofund.campaign.record import NOT_PROVED

    click.echo(f"  {found.transactions} signed transactions executed again: same blocks, gas and results")
    click.echo("  market cleared again: same cohort, prices, levels and charges as the contract")
    click.echo("  books kept again by the integer model: same money to the unit, nothing left over or missing")
    click.echo(f"  {found.deliveries} deliveries hashed again: same roots as recorded and as signed by the edges")
    sites = f", gains at {found.sites} sites: as it wrote them into the record" if found.sites else ""
    if again is None:
        click.echo(f"  metrics of {found.rounds} rounds: as the coordinator recorded them on chain{sites}")
        click.echo(f"  not proved by a record alone: {', '.join(NOT_PROVED)}")
        click.echo("  (--replay evaluates the models again; it needs the campaign's folder)")
    if on_node is not None:
        click.echo(f"  {on_node} transactions found on the node: same blocks, gas and results")
    if again is not None:
        click.echo(f"  {found.rounds} models hashed and evaluated again: same digests and metrics as on chain")
        if found.sites:
            click.echo(f"  gains at {found.sites} sites evaluated again: same as recorded")
        click.echo(f"  {again.updates} updates hashed again: same digests as delivered")
        if again.uncovered:
            click.echo(
                f"  {again.uncovered} updates of clients that did not finish their round: no digest to compare with"
            )
        click.echo(
            f"  {again.sums} sums of edges and {again.averages} averages of the coordinator computed again: same models"
        )
        if again.signed:
            click.echo(f"  {again.signed} results signed by their edges, with their clients' deliveries")


def _show_shared(found: "Verified", on_node: int | None) -> None:
    """What is checked of a campaign whose chain others used too."""
    from cofund.campaign.record import NOT_PROVED_OFFLINE

    click.echo(f"  {found.transactions} signed transactions: hashes and signatures right, events as computed")
    click.echo("  market cleared again by the mechanism: same cohort, prices, levels and charges as the books")
    click.echo("  books kept again by the integer model from calls and events: same money to the unit")
    whole = any(row["leaf"] for row in found.record["deliveries"])
    recorded = ", hashed again: same roots as recorded" if whole else ""
    click.echo(f"  {found.deliveries} deliveries: under the roots that the edges signed{recorded}")
    absent = ", ".join(found.record["campaign"]["absent"])
    click.echo(f"  absent, since no public artifact has it: {absent}")
    if on_node is None:
        click.echo("  execution is not repeated offline: -r URL compares every transaction and the contract's state")
        click.echo(f"  not proved offline: {', '.join(NOT_PROVED_OFFLINE)}")
    else:
        block = found.record["campaign"]["block"]
        click.echo(
            f"  {on_node} transactions on the chain, none is missing; code, state and transfers at block {block}"
        )


def _proof_json(proof: "Inclusion") -> dict[str, object]:
    nodes = {"leaf": proof.leaf.hex(), "proof": [node.hex() for node in proof.proof], "root": proof.root.hex()}
    return {"client": proof.delivery.client, "round": proof.delivery.round, "accepted": proof.delivery.accepted} | nodes


def _show_proof(proof: "Inclusion") -> None:
    delivery = proof.delivery
    took = f"accepted, {delivery.samples} samples" if delivery.accepted else f"not accepted: {delivery.reason}"
    click.echo(f"  client {delivery.client}, round {delivery.round}: {took}")
    click.echo(f"    leaf  {proof.leaf.hex()}")
    for node in proof.proof:
        click.echo(f"    with  {node.hex()}")
    click.echo(f"    gives {proof.root.hex()}, the updates root on chain")
