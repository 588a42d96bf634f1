"""``cofund owner|client backup`` and ``restore``: another copy of an opening, and back again."""

from pathlib import Path

import click

from cofund.cli.connection import FILE, Address, home_option
from cofund.errors import InputError


def add_backup(group: click.Group, role: str) -> None:
    """Give a role's group ``backup`` and ``restore``, which need no node and no key."""

    @group.command("backup")
    @click.argument("address", type=Address())
    @click.argument("file", type=FILE)
    @click.option("--as", "account", type=Address(), help="Account, if the home has openings of several.")
    @home_option
    def backup(address: str, file: Path, account: str | None, state: Path) -> None:
        """Write the opening for the campaign at ADDRESS to FILE. Who has it can open the seal, nothing else."""
        from cofund.roles.openings import write_secret

        found = only_opening(state, address, role, account)
        write_secret(file, found.read_text(encoding="utf-8"))
        click.echo(f"written   {file}")

    @group.command("restore")
    @click.argument("file", type=FILE)
    @home_option
    def restore(file: Path, state: Path) -> None:
        """Put the opening in FILE back where the other commands look for it."""
        from cofund.roles.desk import account_folder
        from cofund.roles.openings import keep, load_opening

        sealed = load_opening(file, role)
        folder = account_folder(state, sealed.chain_id, sealed.campaign, sealed.opening.sender)
        (path,) = keep(sealed, folder, None)
        click.echo(f"opening   {path}")


def only_opening(home: Path, address: str, role: str, account: str | None) -> Path:
    """The only opening of a role in a campaign."""
    from cofund.roles.openings import opening_path

    found = sorted(home.expanduser().glob(str(opening_path(Path("*") / address / (account or "*"), role))))
    if len(found) != 1:
        what = "found none" if not found else f"found {len(found)}: say which with --as ACCOUNT"
        raise InputError(
            str(home), address, f"expected one opening of {'a bid' if role == 'owner' else 'an offer'}, {what}"
        )
    return found[0]
