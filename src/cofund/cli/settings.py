"""``cofund.toml`` in the current directory: options for every command; a flag or an environment variable goes first."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cofund.errors import InputError
from cofund.market.text_files import read_toml

FILE: Final = Path("cofund.toml")
KEYS: Final = ("rpc-url", "account", "password-file", "max-fee-gwei", "home", "backup", "terms")


def setting(key: str, otherwise: object = None) -> Callable[[], Any]:
    """What an option is if neither a flag nor the environment says."""
    return lambda: _settings().get(key, otherwise)


def _settings() -> dict[str, Any]:
    """The file's settings; none if there is no file.

    Raises:
        InputError: naming the file and the key.
    """
    if not FILE.exists():
        return {}
    found = read_toml(FILE)
    for key, value in found.items():
        if key not in KEYS:
            raise InputError(str(FILE), key, f"unknown key; expected one of {', '.join(KEYS)}")
        if isinstance(value, bool) or not isinstance(value, str if key != "max-fee-gwei" else int | float):
            raise InputError(str(FILE), key, f"expected {'a number' if key == 'max-fee-gwei' else 'a string'}")
    return found
