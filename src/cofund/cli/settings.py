"""``cofund.toml`` in the current directory: options for every command; a flag or an environment variable goes first."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cofund.errors import InputError

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
    try:
        found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(FILE), "", f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(str(FILE), "", f"expected TOML: {error}") from error
    for key, value in found.items():
        if key not in KEYS:
            raise InputError(str(FILE), key, f"unknown key; expected one of {', '.join(KEYS)}")
        if isinstance(value, bool) or not isinstance(value, str if key != "max-fee-gwei" else int | float):
            raise InputError(str(FILE), key, f"expected {'a number' if key == 'max-fee-gwei' else 'a string'}")
    return found
