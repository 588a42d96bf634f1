"""The account that signs: a keystore file as cast keeps it, or a bare key on a development chain."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eth_account import Account
from eth_utils.address import to_checksum_address

from cofund.chain.node import DevelopmentNode
from cofund.errors import AccountError

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from cofund.chain.node import Node

KEYSTORES: Final = Path("~/.foundry/keystores")


def account_from_key(node: "Node", key: str) -> "LocalAccount":
    """The account of a bare private key.

    Raises:
        AccountError: on any chain but a development one, where a key on a command line would be seen, or if it is none.
    """
    if not isinstance(node, DevelopmentNode):
        raise AccountError("--private-key is for development chains: others see a command line; use --account")
    try:
        account: LocalAccount = Account.from_key(key)
    except Exception as error:
        raise AccountError("--private-key: expected 32 bytes, hex") from error
    return account


def account_from_keystore(name: str, password: Callable[[], str]) -> "LocalAccount":
    """The account of a keystore file (web3 secret storage, version 3).

    Args:
        name: of a file in ``~/.foundry/keystores``, or a path.
        password: asked for once the file is there.

    Raises:
        AccountError: if there is no such file, it is no keystore, or the password is another one.
    """
    path, keystore = _keystore(name)
    try:
        account: LocalAccount = Account.from_key(Account.decrypt(keystore, password()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = "the password is wrong" if "MAC mismatch" in str(error) else f"expected a keystore file ({error})"
        raise AccountError(f"{path}: {what}") from error
    return account


def address_in_keystore(name: str) -> str:
    """The account of a keystore that says it; reading one that does not would need its password.

    Raises:
        AccountError: if it does not say it.
    """
    path, keystore = _keystore(name)
    try:
        return str(to_checksum_address(keystore["address"]))
    except (ValueError, KeyError, TypeError) as error:
        expected = "expected a keystore that names its address; otherwise give --as ADDRESS"
        raise AccountError(f"{path}: {expected}") from error


def _keystore(name: str) -> tuple[Path, Any]:
    path = Path(name) if "/" in name else KEYSTORES.expanduser() / name
    try:
        return path, json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no JSON"
        raise AccountError(f"{path}: expected a keystore file ({reason})") from error


def password_from(path: Path) -> str:
    """The password in a file, without its last line end.

    Raises:
        AccountError: if the file cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise AccountError(f"{path}: expected a file with a password") from error
