"""``cofund owner|edge backup`` and ``restore``: another copy of what opens a seal, and back again."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cofund.cli.connection import FILE, Address, home_option
from cofund.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable


def _restore_opening(home: Path, file: Path) -> Path:
    from cofund.roles.desk import account_folder
    from cofund.roles.openings import keep, load_opening

    sealed = load_opening(file)
    (path,) = keep(sealed, account_folder(home, sealed.chain_id, sealed.campaign, sealed.opening.sender), None)
    return path


def _restore_book(home: Path, file: Path) -> Path:
    from cofund.roles.desk import account_folder
    from cofund.roles.edge_book import keep_book, load_book

    book = load_book(file)
    (path,) = keep_book(book, account_folder(home, book.chain_id, book.campaign, book.operator), None)
    return path


@dataclass(frozen=True, slots=True)
class Secret:
    """What a role must not lose.

    Args:
        what: what messages call it.
        file: its name in an account's folder.
        restored: puts a copy back, and says where.
    """

    what: str
    file: str
    restored: "Callable[[Path, Path], Path]"


SECRETS: Final = {
    "owner": Secret("opening of a bid", "owner-opening.json", _restore_opening),
    "edge": Secret("book", "book.json", _restore_book),
}


def add_backup(group: click.Group, role: str) -> None:
    """Give a role's group ``backup`` and ``restore``, which need no node and no key."""
    secret = SECRETS[role]

    def backup(address: str, file: Path, account: str | None, state: Path) -> None:
        from cofund.roles.openings import write_secret

        write_secret(file, only_kept(state, address, role, account).read_text(encoding="utf-8"))
        click.echo(f"written   {file}")

    def restore(file: Path, state: Path) -> None:
        label = secret.what.partition(" ")[0]
        click.echo(f"{label:9} {secret.restored(state, file)}")

    backup.__doc__ = (
        f"Write the {secret.what} in the campaign at ADDRESS to FILE. Who has it can open the seal, nothing else."
    )
    restore.__doc__ = f"Put the {secret.what} in FILE back where the other commands look for it."
    account = click.option(
        "--as", "account", type=Address(), help=f"Account, if the home has a {secret.what} of several."
    )
    file = click.argument("file", type=FILE)
    group.command("backup")(click.argument("address", type=Address())(file(account(home_option(backup)))))
    group.command("restore")(file(home_option(restore)))


def only_kept(home: Path, address: str, role: str, account: str | None) -> Path:
    """The only file of a campaign that a role must not lose."""
    secret = SECRETS[role]
    found = sorted(home.expanduser().glob(str(Path("*") / address / (account or "*") / secret.file)))
    if len(found) != 1:
        what = "found none" if not found else f"found {len(found)}: say which with --as ACCOUNT"
        raise InputError(str(home), address, f"expected one {secret.what}, {what}")
    return found[0]
