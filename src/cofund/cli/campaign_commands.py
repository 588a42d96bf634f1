"""``cofund campaign``: create a campaign on any node, see where it stands, and the calls that anybody may make."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cofund.cli.connection import FILE, Address, Signing, optional_rpc_options, rpc_options, signing_options
from cofund.cli.offices import add_initiator
from cofund.cli.role_session import Session, mined_line, output_options
from cofund.cli.role_watch import settler_options
from cofund.cli.role_words import time_text
from cofund.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cofund.campaign.seat import Seat

EPOCH_DIGITS = 16


@click.group("campaign", short_help="Create and operate a campaign on any node.")
def command() -> None:
    """Create a campaign on any node, see where it stands, and make the calls that anybody may make."""


add_initiator(command)


@command.command("create")
@click.argument("terms", type=FILE)
@rpc_options
@signing_options
@click.option("--factory", type=Address(), help="A factory to use; without it one is deployed.")
@click.option("--store", metavar="URL", default="", help="Publish the terms there, and announce the URL on chain.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Nothing on stderr but questions and errors.")
def create_command(
    terms: Path,
    rpc_url: str,
    state: Path,
    signing: Signing,
    factory: str | None,
    store: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Create the campaign that the file TERMS describes (TERMS.toml, or a published cofund.terms/1 document).

    The terms are checked (cofund campaign check) and tried on an embedded chain first; what nobody can change later is
    shown before the question. The same command with the same file goes on where it was
    interrupted; once it is done it prints the same campaign again and sends nothing.
    """
    from eth_utils.crypto import keccak

    from cofund.campaign.operate import create, only_one, plan_creation, rehearse_creation, write_document
    from cofund.campaign.publication import digest, terms_of
    from cofund.campaign.published import publish_terms
    from cofund.campaign.store import announced
    from cofund.campaign.terms_file import require_none
    from cofund.campaign.terms_ready import examined
    from cofund.chain.code import verify_factory
    from cofund.chain.contract import Contract
    from cofund.chain.journal import Journal

    node = signing.connect(rpc_url)
    account = signing.signer(node)
    looked = examined(terms, account.address, node)
    document = looked.document
    chain = state.expanduser() / str(node.chain_id)
    announcing = f"-{keccak(text=store).hex()[:EPOCH_DIGITS]}" if store else ""
    folder = chain / f"create-{digest(document).hex()[:EPOCH_DIGITS]}{announcing}"
    if not Journal(folder / "journal.jsonl").intents:  # once something is sent, it is gone on with
        require_none(str(terms), [*looked.faults])
    with only_one(folder):
        node.go_on_with(Journal(folder / "journal.jsonl"))
        if not node.journal.intents:
            on_chain = terms_of(document)
            if factory is None:
                plan = rehearse_creation(account, on_chain, node.now(), store)
            else:
                verify_factory(node, factory)
                plan = plan_creation(Contract(node, "CampaignFactory", factory), account, on_chain, store)
            if not (quiet and signing.yes):
                _show_terms(document, looked.lines)
            if not signing.agree(node, account, f"create {document['name']}", plan, quiet):
                return
        if store:
            publish_terms(announced(store), document)
        write_document(document, folder)
        created = create(node, account, document, factory, chain, store)
    published = chain / created.campaign / "terms.json"
    if as_json:
        click.echo(
            json.dumps(
                {
                    "campaign": created.campaign,
                    "factory": created.creation.factory,
                    "block": created.creation.block,
                    "transaction": created.creation.hash,
                    "terms_digest": created.digest,
                    "terms": str(published),
                }
            )
        )
        return
    click.echo(f"campaign  {created.campaign}")
    click.echo(f"factory   {created.creation.factory}")
    click.echo(f"block     {created.creation.block}")
    where = f"  and in {store}" if store else "  publish this file: the campaign carries its digest"
    click.echo(f"terms     {published}{where}")


@command.command("check")
@click.argument("terms", type=FILE)
@optional_rpc_options
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def check_command(terms: Path, rpc_url: str | None, state: Path, as_json: bool) -> None:
    """Check the file TERMS without creating anything: every field that is wrong, then what is unusual.

    The task is loaded, and the terms are tried on an embedded chain. With --rpc-url the token's own decimals and symbol
    and the chain's clock are looked at too. No key is needed. Ends with exit code 2 if anything is wrong.
    """
    import time

    from eth_account import Account

    from cofund.campaign.operate import rehearse_creation
    from cofund.campaign.publication import terms_of
    from cofund.campaign.terms_file import require_none
    from cofund.campaign.terms_ready import examined
    from cofund.chain.node import connect
    from cofund.errors import Reverted
    from cofund.market.terms import NOBODY

    del state
    node = None if rpc_url is None else connect(rpc_url)
    looked = examined(terms, NOBODY, node)
    faults = [*looked.faults]
    if not faults:
        now = int(time.time()) if node is None else node.now()
        try:
            rehearse_creation(Account.create(), terms_of(looked.document), now)
        except Reverted as error:
            faults.append(InputError(str(terms), "", str(error)))
    if as_json:
        wrong = [{"field": each.field, "expected": each.expected} for each in faults]
        click.echo(json.dumps({"fit": not faults, "faults": wrong, "unusual": looked.lines}))
        if faults:
            raise SystemExit(InputError.exit_code)
        return
    require_none(str(terms), faults)
    _show_terms(looked.document, looked.lines, err=False)
    click.echo(
        f"{terms}: fit to create a campaign with" + ("" if node else "; -r URL also asks the token and the clock")
    )


def _show_terms(document: dict[str, Any], unusual: tuple[str, ...], *, err: bool = True) -> None:
    from cofund.cli.terms_words import immutable_lines

    for line in (*immutable_lines(document), *(f"unusual: {each}" for each in unusual)):
        click.echo(line, err=err)


@command.command("status")
@click.argument("address", type=Address())
@rpc_options
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON; amounts as strings.")
def status_command(address: str, rpc_url: str, state: Path, as_json: bool) -> None:
    """Say where the campaign at ADDRESS stands: phase, counts, money, edges, and what anybody may call now."""
    from dataclasses import replace

    from cofund.campaign.onchain import terms_on_chain
    from cofund.campaign.token import amounts_of
    from cofund.campaign.views import seat_at
    from cofund.chain.node import connect
    from cofund.roles.desk import visiting

    desk = visiting(connect(rpc_url), address, state)
    seen = seat_at(desk.campaign, desk.account.address)
    token = replace(desk.token(seen.terms.token), block=seen.block)
    held = token.view("balanceOf", address)
    unusual = _unusual(seen, desk.folder)
    if as_json:
        terms = terms_on_chain(desk.at(seen))
        click.echo(json.dumps(_document(seen, terms, held) | {"unusual": unusual}, indent=2))
        return
    lines = _lines(seen, desk.node.chain_id, held, amounts_of(token))
    for line in (*lines, *(f"unusual: {each}" for each in unusual)):
        click.echo(line)


def _unusual(seen: "Seat", folder: Path) -> tuple[str, ...]:
    """What is unusual about the terms: those that were published, if they are kept here, or what the chain tells."""
    from cofund.campaign.inspection import unusual_of
    from cofund.campaign.unusual_terms import unusual
    from cofund.errors import CheckFailed
    from cofund.roles.kept_terms import published_terms

    try:
        return unusual_of(published_terms(seen.terms.digest, seen.initiator, None, folder))
    except (InputError, CheckFailed):
        return unusual(seen.terms, seen.initiator)


@command.command("record")
@click.argument("address", type=Address())
@rpc_options
@click.option("-o", "--out", type=FILE, default="record.json", show_default=True)
@click.option("--store", metavar="URL", help="Where its public artifacts are, if not where the campaign announced.")
@click.option("--factory", type=Address(), help="The campaign's factory; searched for if not given.")
@click.option("--from-block", type=click.IntRange(0), default=0, help="First block to search for its creation.")
def record_command(
    address: str, rpc_url: str, state: Path, out: Path, store: str | None, factory: str | None, from_block: int
) -> None:
    """Write the record of the campaign at ADDRESS, which is over, from its chain and its public artifacts.

    `cofund verify RECORD` recomputes it without a node; with --rpc-url every transaction is looked up on the chain.
    """
    from cofund.campaign.onchain import find_creation
    from cofund.campaign.shared_record import record_from_chain
    from cofund.campaign.text import render
    from cofund.chain.node import connect
    from cofund.roles.desk import visiting

    desk = visiting(connect(rpc_url), address, state)
    created = find_creation(desk.node, address, factory, from_block, desk.folder)
    record = record_from_chain(desk.node, address, created, store, desk.folder)
    try:
        out.write_text(render(record), encoding="utf-8")
    except OSError as error:
        raise InputError(str(out), "", f"cannot be written ({error.strerror})") from error
    count, status = len(record["transactions"]), record["campaign"]["status"]
    click.echo(f"{out}  {count} transactions, status {status}, block {record['campaign']['block']:,}")


def _nothing_more(function: "Callable[..., None]") -> "Callable[..., None]":
    return function


def _call_command(function: str, does: str) -> None:
    more = settler_options if function == "settle" else _nothing_more

    @command.command(function, help=does)
    @click.argument("address", type=Address())
    @rpc_options
    @signing_options
    @click.option("--from-block", type=click.IntRange(0), default=0, help="First block to search for its creation.")
    @more
    @output_options
    def run(**options: Any) -> None:
        _call(function, **options)


for _function, _does in {
    "settle": "Settle the campaign at ADDRESS: compute the certificate from its books and send it.",
    "confirm": "Settle the campaign at ADDRESS without the books that were called absent, and not opened in time.",
    "give-up": "Let the stake go back in the campaign at ADDRESS, which was cancelled while somebody settled.",
    "cancel": "Cancel the campaign at ADDRESS, which nobody settled in time: everything goes back.",
    "halt": "Halt the campaign at ADDRESS, whose next round was not recorded in time.",
    "close": "Close the books of the campaign at ADDRESS, after training and deliveries.",
}.items():
    _call_command(_function, _does)


def _call(
    function: str,
    address: str,
    rpc_url: str,
    state: Path,
    signing: Signing,
    from_block: int,
    as_json: bool,
    quiet: bool,
    books: tuple[Path, ...] = (),
    ask: tuple[tuple[str, str], ...] = (),
    absent: bool = False,
) -> None:
    from cofund.campaign.onchain import find_creation
    from cofund.campaign.views import seat_at
    from cofund.roles.automatic import public_call
    from cofund.roles.settling import SettlerInputs

    session = Session("initiator", address, rpc_url, state, signing, None, None, as_json, quiet)
    with session.desk(send=not signing.dry_run) as desk:
        mined = desk.finished.get(function)
        if mined is None:
            work = public_call(
                function,
                desk,
                lambda: find_creation(desk.node, address, None, from_block, desk.folder),
                SettlerInputs(books, ask, absent),
            )
            for line in work.says:
                click.echo(f"warning: {line}", err=True)
            session.tell_before(desk, work)
            plan = desk.plan(work)  # refused in its words
            if not signing.agree(desk.node, desk.account, f"{function} {address}", plan, quiet):
                return
            *_, (_, mined) = desk.do(work, plan)
        phase = seat_at(desk.campaign, desk.account.address).phase
    if as_json:
        click.echo(json.dumps({"call": function, **asdict(mined), "phase": phase}))
        return
    click.echo(mined_line(function, mined))
    click.echo(f"phase: {phase}")


def _document(seen: "Seat", terms: dict[str, Any], held: int) -> dict[str, Any]:
    """As JSON; amounts as decimal strings, the terms as the contract has them."""
    money = {name: getattr(seen, name) for name in ("deposited", "paid_out", "round_cost", "sponsor_locked")}
    return {
        "now": seen.now,
        "phase": seen.phase,
        "until": seen.until,
        "terms": {name: _shown(value) for name, value in terms.items()},
        "counts": {
            "owner_count": seen.bids,
            "book_count": len(seen.books),
            "offer_count": sum(book.clients for book in seen.books),
            "revealed_count": sum(book.clients for book in seen.books if book.opened),
            "rounds": seen.rounds,
            "rounds_done": seen.rounds_done,
        },
        "money": {name: str(amount) for name, amount in (money | {"token_balance": held}).items()},
        "coordinator_bonded": seen.coordinator_bonded,
        "edges": [_edge(seen, at) for at in range(len(seen.edges))],
        "open_to_anyone": _open_to_anyone(seen),
    }


def _edge(seen: "Seat", at: int) -> dict[str, Any]:
    fixed, account = seen.terms.edges[at], seen.edges[at]
    return {
        "operator": fixed.operator,
        "capacity": fixed.capacity,
        "bonded": account.bonded or seen.terms.edge_bond == 0,
        "winners": account.winners,
        "price": str(account.price) if seen.is_settled() else None,
        "signed_up_to_round": account.up_to_round,
        "delivered": account.delivered,
        "claimed": account.claimed,
    }


def _open_to_anyone(seen: "Seat") -> list[str]:
    from cofund.roles.next_actions import next_steps

    return [step.action for step in next_steps("anyone", seen)]


def _shown(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _lines(seen: "Seat", chain_id: int, held: int, written: "Callable[[int], str]") -> list[str]:
    deposited, paid, there, each = map(written, (seen.deposited, seen.paid_out, held, seen.round_cost))
    until = f" until {time_text(seen.until)}" if seen.until is not None else ""
    opened = [book for book in seen.books if book.opened]
    lines = [
        f"{seen.campaign} on chain {chain_id} at {time_text(seen.now)}",
        f"phase     {seen.phase}{until}",
        f"bids      {seen.bids} sealed",
        f"books     {len(seen.books)} sealed, {len(opened)} opened, of {sum(book.clients for book in opened)} offers",
        f"rounds    {seen.rounds_done} of {seen.rounds} bought, at {each} a round",
        f"money     {deposited} in, {paid} out, {there} held",
    ]
    if not seen.coordinator_bonded:
        lines.append("the coordinator posted no bond: without it the campaign cannot settle")
    lines += [_edge_line(seen, at, written) for at in range(len(seen.edges))]
    anyone = ", ".join(f"cofund campaign {call}" for call in _open_to_anyone(seen)) or "nothing"
    return [*lines, f"anyone may call now: {anyone}"]


def _edge_line(seen: "Seat", at: int, written: "Callable[[int], str]") -> str:
    account = seen.edges[at]
    bond = "" if account.bonded or seen.terms.edge_bond == 0 else ", no bond: serves nobody"
    price = f", {account.winners} clients at {written(account.price)}" if seen.is_settled() else ""
    signed = f", {account.delivered} client-rounds signed for" if account.up_to_round else ""
    return f"edge {at:<4} capacity {seen.terms.edges[at].capacity}{bond}{price}{signed}"
