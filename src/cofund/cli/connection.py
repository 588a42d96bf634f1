"""Options of every command that talks to a node: which node, who signs, what it may cost, where state is kept."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from cofund.cli.settings import setting
from cofund.errors import AccountError, Declined

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from cofund.campaign.operate import GasPlan
    from cofund.chain.journal import Journal
    from cofund.chain.node import Node

F = TypeVar("F", bound=Callable[..., Any])
STATE: Final = Path("~/.local/share/cofund")
FILE: Final = click.Path(dir_okay=False, path_type=Path)
FOLDER: Final = click.Path(file_okay=False, path_type=Path)
KIT: Final = click.Path(exists=True, file_okay=False, path_type=Path)


class Address(click.ParamType):
    """An Ethereum address; mixed case must be its checksum."""

    name = "address"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The address with its checksum."""
        from eth_utils.address import is_checksum_formatted_address, is_hex_address, to_checksum_address

        text = str(value)
        if not text.startswith("0x") or not is_hex_address(text):
            self.fail(f"{text!a} is not an address of 0x and 40 hex digits", param, ctx)
        right = str(to_checksum_address(text))
        if is_checksum_formatted_address(text) and text != right:
            self.fail(f"{text} has a wrong checksum; expected {right}", param, ctx)
        return right


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs, and under which conditions; see ``signing_options``."""

    account: str | None
    password_file: Path | None
    private_key: str | None
    max_fee_gwei: float
    yes: bool
    dry_run: bool
    _known: "list[LocalAccount]" = field(default_factory=list, init=False, repr=False, compare=False)

    def connect(self, url: str, journal: "Journal | None" = None) -> "Node":
        """The node, with a fee ceiling and a journal."""
        from cofund.chain.journal import Journal
        from cofund.chain.node import connect

        return connect(url, journal or Journal(), int(Decimal(str(self.max_fee_gwei)) * 10**9))

    def signer(self, node: "Node") -> "LocalAccount":
        """The account that signs; a keystore's password comes from a file or, once, the terminal."""
        if not self._known:
            self._known.append(self._read(node))
        return self._known[0]

    def _read(self, node: "Node") -> "LocalAccount":
        from cofund.chain.keys import account_from_key, account_from_keystore, password_from

        if self.private_key is not None:
            return account_from_key(node, self.private_key)
        if self.account is None:
            raise AccountError(
                "no account to sign with: give --account NAME of a keystore, or set ETH_KEYSTORE_ACCOUNT"
            )
        path = self.password_file
        ask: Callable[[], str] = lambda: click.prompt(f"Password of {self.account}", hide_input=True, err=True)  # noqa: E731
        return account_from_keystore(self.account, ask if path is None else lambda: password_from(path))

    def agree(self, node: "Node", account: "LocalAccount", what: str, plan: "GasPlan", quiet: bool) -> bool:
        """Say what will be sent and what it may cost at most, and ask; False for a dry run.

        Raises:
            Declined: if the answer is no, or there is nobody to ask.
        """
        fees = node.fees()
        most = plan.gas * fees.most
        if not quiet or not self.yes:
            number = f"{plan.transactions} transaction{'s' if plan.transactions > 1 else ''}"
            gas = f"{plan.gas:,} gas at up to {fees.most / 10**9:.3f} gwei"
            click.echo(f"{what}: {number} from {account.address} on chain {node.chain_id}", err=True)
            click.echo(f"  at most {gas}: {most / 10**18:.6f} of the chain's coin", err=True)
        return self.agreed("Send?", what, "nothing is sent")

    def agreed(self, question: str, what: str, dry: str) -> bool:
        """Ask, unless it was agreed to beforehand; False for a dry run, of which ``dry`` is said.

        Raises:
            Declined: if the answer is no, or there is nobody to ask.
        """
        if self.dry_run:
            click.echo(f"  dry run: {dry}", err=True)
            return False
        if not self.yes and not click.get_text_stream("stdin").isatty():
            raise Declined(f"{what}: nothing sent: no terminal to ask at; -y agrees beforehand")
        if not self.yes and not click.confirm(question, err=True):
            raise Declined(f"{what}: nothing sent")
        return True


def rpc_options(function: F) -> F:
    """``--rpc-url`` and ``--home``, whose older name is ``--state``."""
    return _rpc_options(function, required=True)


def optional_rpc_options(function: F) -> F:
    """The same of a command that also works without a chain."""
    return _rpc_options(function, required=False)


def home_option(function: F) -> F:
    """``--home``."""
    return click.option(
        "--home",
        "--state",
        "state",
        type=FOLDER,
        envvar=["COFUND_HOME", "COFUND_STATE"],
        default=setting("home", STATE),
        show_default=str(STATE),
        help="Folder for openings, journals and indexes of events.",
    )(function)


def _rpc_options(function: F, *, required: bool) -> F:
    url = click.option(
        "-r",
        "--rpc-url",
        envvar="ETH_RPC_URL",
        default=setting("rpc-url"),
        required=required,
        help="JSON-RPC URL of a node.",
    )
    return url(home_option(function))


def signing_options(function: F) -> F:
    """Account, fee ceiling, ``-y`` and ``--dry-run``, handed over as one ``signing``."""

    def gathered(*arguments: Any, **options: Any) -> Any:
        names = ("account", "password_file", "private_key", "max_fee_gwei", "yes", "dry_run")
        return function(*arguments, signing=Signing(**{name: options.pop(name) for name in names}), **options)

    options = (
        click.option(
            "--account",
            envvar="ETH_KEYSTORE_ACCOUNT",
            default=setting("account"),
            help="Keystore in ~/.foundry/keystores, or a path.",
        ),
        click.option(
            "--password-file",
            type=FILE,
            envvar="ETH_PASSWORD",
            default=setting("password-file"),
            help="File with the keystore's password.",
        ),
        click.option("--private-key", help="Bare key, hex; for development chains only."),
        click.option(
            "--max-fee-gwei",
            type=click.FloatRange(min=0),
            default=setting("max-fee-gwei", 100.0),
            show_default="100",
            help="Most to offer per gas.",
        ),
        click.option("-y", "--yes", is_flag=True, help="Send without asking."),
        click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing."),
    )
    return with_options(function, gathered, *options)


def with_options(function: F, gathered: Callable[..., Any], *options: Callable[[Any], Any]) -> F:
    """``gathered`` as a command in the place of a function: with its name, its help, its own options and these."""
    gathered.__doc__, gathered.__name__ = function.__doc__, function.__name__
    gathered.__click_params__ = list(getattr(function, "__click_params__", []))  # type: ignore[attr-defined]
    for option in reversed(options):
        gathered = option(gathered)
    return gathered  # type: ignore[return-value]
