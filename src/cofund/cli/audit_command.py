"""``cofund audit``: recompute a sealed market from books that were handed over in confidence."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from cofund.cli.connection import FILE, STATE, Address
from cofund.errors import CheckFailed, InputError


@click.command()
@click.argument("books", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="BOOKS...")
@click.option("--campaign", type=Address(), help="The campaign, read from the node at --rpc-url.")
@click.option("-r", "--rpc-url", envvar="ETH_RPC_URL", help="JSON-RPC URL of the node that the campaign lives on.")
@click.option("--record", type=FILE, help="A record of the campaign, instead of a node.")
@click.option("--from-block", type=click.IntRange(0), default=0, help="First block to search for its creation.")
@click.option(
    "--state", type=click.Path(path_type=Path), envvar=["COFUND_HOME", "COFUND_STATE"], default=STATE, hidden=True
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(
    books: tuple[Path, ...],
    campaign: str | None,
    rpc_url: str | None,
    record: Path | None,
    from_block: int,
    state: Path,
    as_json: bool,
) -> None:
    """Recompute the market of a campaign with sealed books from BOOKS that its operators handed over in confidence.

    BOOKS are files or folders: whole books (book.json, or its backup), or what `cofund edge quotes` writes, which has
    no names. Each is held against its commitment, offers against their clients' signatures; with all books the market
    is cleared again and compared with what was settled, and whoever was paid with who is listed. Says in a sentence
    each what agrees and what does not, and no cost. Ends with exit code 1 if anything does not agree.
    """
    from cofund.campaign.campaign import Campaign
    from cofund.chain.accounts import contract_asked
    from cofund.chain.node import connect
    from cofund.roles.auditing import audit, handed_books

    del state
    if (record is None) == (campaign is None):
        raise InputError("--campaign", "", "expected a campaign on a node, or a --record of one")
    asked = None
    if record is not None:
        found = Campaign.from_record(record)
    else:
        if rpc_url is None:
            raise InputError("--campaign", "--rpc-url", "expected the URL of a node")
        node = connect(rpc_url)
        asked = contract_asked(node)
        found = Campaign.at(node, str(campaign), first=from_block)
    handed = handed_books(books, found.place.chain_id, found.place.address)
    findings = audit(found, handed, asked)
    if as_json:
        click.echo(json.dumps({"campaign": found.place.address, "findings": [asdict(each) for each in findings]}))
    else:
        marks = {True: "agrees", False: "DIFFERS", None: "unknown"}
        for each in findings:
            click.echo(f"{marks[each.agrees]:8}  {each.says}")
    wrong = sum(each.agrees is False for each in findings)
    if wrong:
        raise CheckFailed(f"{found.place.address}: {wrong} of {len(findings)} findings do not agree")
