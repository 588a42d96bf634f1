"""What the commands of every role share: whose desk, which terms, what is agreed to, and what is printed."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from cofund.cli.connection import (
    FILE,
    FOLDER,
    Address,
    Signing,
    optional_rpc_options,
    rpc_options,
    signing_options,
    with_options,
)
from cofund.cli.role_words import TokenUnit, next_lines, unit_of
from cofund.cli.settings import setting
from cofund.errors import CheckFailed, InputError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from eth_account.signers.local import LocalAccount

    from cofund.campaign.seat import Seat
    from cofund.chain.journal import Mined
    from cofund.roles.desk import Call, Desk, Work

F = TypeVar("F", bound=Callable[..., Any])
PAYING: Final = frozenset({"bid", "bond", "book", "lock"})
"""Commands that exist to pay: code is compared before anything is read as a campaign's. All the rest ``Desk`` compares
before any call that pays, whatever command makes it."""


@dataclass(frozen=True, slots=True)
class Session:
    """One command of one role."""

    role: str
    address: str
    rpc_url: str
    home: Path
    signing: Signing
    terms: Path | None
    backup: Path | None
    as_json: bool
    quiet: bool

    def desk(self, *, send: bool = True) -> "AbstractContextManager[Desk]":
        """The account's desk; what an interrupted run has signed is finished, if anything may be sent."""
        from cofund.roles.desk import open_desk

        node = self.signing.connect(self.rpc_url)
        return open_desk(node, self.signing.signer(node), self.address, self.home, send=send, terms=self.terms)

    def watched_desk(self) -> "Callable[[], AbstractContextManager[Desk]]":
        """The account's desk again and again, its key read once."""
        from cofund.roles.desk import open_desk

        accounts: list[LocalAccount] = []

        @contextmanager
        def desk() -> "Iterator[Desk]":
            node, first = self.signing.connect(self.rpc_url), not accounts
            if first:
                accounts.append(self.signing.signer(node))
            with open_desk(node, accounts[0], self.address, self.home, terms=self.terms) as opened:
                if first:
                    warn_of_foreign_code(opened)
                yield opened

        return desk

    def unit(self, desk: "Desk", seen: "Seat") -> TokenUnit:
        """How to write amounts."""
        try:
            return unit_of(desk.document(seen))
        except InputError:
            if self.terms is not None:
                raise
            return TokenUnit("", None)

    def run(
        self,
        action: str,
        make: "Callable[[Desk, Seat], tuple[str, Work]]",
        afterwards: "Callable[[Desk, Seat], list[Path]] | None" = None,
    ) -> None:
        """Plan, ask, keep, send and print.

        Args:
            action: one word, for the output.
            make: what to ask for and the work, from the account's place in the campaign.
            afterwards: what is written once all is sent, and where.
        """
        from cofund.roles.watching import observe

        with self.desk(send=not self.signing.dry_run) as desk:
            if action in PAYING:
                desk.require_genuine()
            seen = observe(self.role, desk)
            asks, work = make(desk, seen)
            for line in work.says:
                click.echo(f"warning: {line}", err=True)
            if work.calls:
                self.tell_before(desk, work)
                plan = desk.plan(work)
                if not self.signing.agree(desk.node, desk.account, asks, plan, self.quiet):
                    return
            if self.signing.dry_run:
                click.echo("  nothing to send", err=True)
                return
            kept = work.keep()
            self.warn_of_one_copy(kept)
            sent = desk.do(work, plan) if work.calls else []
            after = observe(self.role, desk)
            self.show(action, desk, after, kept, sent, tuple(afterwards(desk, after)) if afterwards else ())

    def agreed(self, command: str, does: str, question: str, dry: str) -> bool:
        """Whether all that a program ``does`` by itself is agreed to beforehand."""
        signing = self.signing
        if not (self.quiet and signing.yes):
            fee = f"at up to {signing.max_fee_gwei:g} gwei per gas"
            click.echo(f"{self.role} {command} {self.address}: {does}, {fee}", err=True)
        return signing.agreed(question, command, dry)

    def tell_before(self, desk: "Desk", work: "Work") -> None:
        """What whoever pays should know of the terms first; to everybody else that the code is not this program's."""
        if not work.pays:
            warn_of_foreign_code(desk)
            return
        desk.require_checked()
        self.tell_unusual(desk)

    def tell_unusual(self, desk: "Desk") -> None:
        """What is unusual about the terms; said to nobody who neither reads nor is asked."""
        for line in () if self.quiet and self.signing.yes else desk.inspection().unusual:
            click.echo(f"unusual: {line}", err=True)

    def warn_of_one_copy(self, kept: list[Path]) -> None:
        """Say what it means if the only copy is lost."""
        if len(kept) == 1 and not self.quiet:
            click.echo(f"warning: {kept[0]} is the only copy; --backup DIR keeps a second one elsewhere", err=True)

    def show(
        self,
        action: str,
        desk: "Desk",
        seen: "Seat",
        kept: list[Path],
        sent: "list[tuple[Call, Mined]]",
        files: "tuple[Path | str, ...]" = (),
        hint: str = "",
    ) -> None:
        """Print what was done, where secrets lie, and what comes next; ``files`` are paths or names in a store."""
        from cofund.roles.next_actions import next_steps

        if self.as_json:
            document = {
                "role": self.role,
                "action": action,
                "campaign": self.address,
                "account": desk.account.address,
                "transactions": [{"call": call.note, **asdict(mined)} for call, mined in sent],
                "openings": [str(path) for path in kept],
                "files": [str(path) for path in files],
                "next": [step.action for step in next_steps(self.role, seen)],
            }
            click.echo(json.dumps(document))
            return
        for call, mined in sent:
            click.echo(mined_line(call.note, mined))
        for path in kept:
            click.echo(f"{_called(path):9} {path}")
        for name in files:
            click.echo(f"written   {name}")
        if not sent and not files and not hint:
            click.echo(f"{action}: nothing to send, all is done")
        if hint:
            click.echo(f"next      {hint}")
            return
        for line in next_lines(self.role, seen, self._unit_or_none(desk, seen)):
            click.echo(line)

    def _unit_or_none(self, desk: "Desk", seen: "Seat") -> TokenUnit:
        """For words after the work is done, which no missing file may turn into a failure."""
        try:
            return self.unit(desk, seen)
        except (InputError, CheckFailed) as error:
            click.echo(f"warning: {error}", err=True)
            return TokenUnit("", None)


def _called(path: Path) -> str:
    """What a file holds that must not be lost; backups have the account before the same name."""
    return next((what for what in ("book", "offer") if what in path.name), "opening")


def warn_of_foreign_code(desk: "Desk") -> None:
    """Say loudly if money lies in a contract that is not this program's."""
    foreign = desk.foreign()
    if foreign:
        click.echo(f"warning: {desk.campaign.address} is no contract of this program: {foreign}", err=True)


def mined_line(note: str, mined: "Mined") -> str:
    """A transaction that was mined."""
    return f"{note}: block {mined.block}, {mined.gas_used:,} gas, transaction {mined.hash}"


def terms_option(function: F) -> F:
    """``--terms``."""
    return click.option(
        "--terms",
        type=FILE,
        default=setting("terms"),
        help="The published terms; needed once, kept after that, always held against the digest on chain.",
    )(function)


def output_options(function: F) -> F:
    """``--json`` and ``--quiet``."""
    quiet = click.option("-q", "--quiet", is_flag=True, help="Nothing on stderr but questions and errors.")
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON; amounts as strings.")(
        quiet(function)
    )


def session_options(role: str) -> Callable[[F], F]:
    """``--campaign`` and what belongs to it, handed over as one ``session``; None without a campaign."""

    def decorate(function: F) -> F:
        campaign = click.option("--campaign", type=Address(), help="The campaign that pays for it.")
        return _with_session(function, role, campaign, optional_rpc_options)

    return decorate


def role_command(group: click.Group, role: str, name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A command of a role: ``function(session, **own options)``, called with everything that all of them take."""
    what = "Folder for a second copy of openings, better on another disk."
    backup = click.option("--backup", type=FOLDER, default=setting("backup"), help=what)
    address = click.argument("campaign", type=Address(), metavar="ADDRESS")
    return lambda function: group.command(name)(_with_session(function, role, address, rpc_options, backup))


def _with_session(function: F, role: str, campaign: Any, node: Any, *more: Any) -> F:
    def gathered(
        campaign: str | None,
        rpc_url: str | None,
        state: Path,
        signing: Signing,
        terms: Path | None,
        as_json: bool,
        quiet: bool,
        backup: Path | None = None,
        **own: Any,
    ) -> Any:
        session = None
        if campaign is not None:
            url = required_url(rpc_url)
            session = Session(role, campaign, url, state, signing, terms, backup, as_json, quiet)
        return function(session=session, **own)

    return with_options(function, gathered, campaign, node, signing_options, terms_option, *more, output_options)


def required_url(rpc_url: str | None) -> str:
    """The node's URL.

    Raises:
        InputError: there is none.
    """
    if rpc_url is None:
        raise InputError("--campaign", "--rpc-url", "expected the URL of the node that the campaign is on")
    return rpc_url
