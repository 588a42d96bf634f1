"""Text from outside, decoded in one place: UTF-8 with or without a byte-order mark; any other encoding is named."""

import tomllib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cofund.errors import InputError

_MARKS: Final = (
    (BOM_UTF32_LE, "UTF-32"),
    (BOM_UTF32_BE, "UTF-32"),
    (BOM_UTF16_LE, "UTF-16"),
    (BOM_UTF16_BE, "UTF-16"),
)


def decoded(name: str, content: bytes, encoding: str = "utf-8", remedy: str = "save it as UTF-8") -> str:
    """The text of a file.

    Args:
        name: what messages call the file.
        content: its bytes.
        encoding: as Python names it.
        remedy: what to do about another encoding.

    Raises:
        InputError: it is not in this encoding; with the line of the first wrong byte, and what it may be instead.
    """
    utf8 = encoding.lower().replace("_", "-") in {"utf-8", "utf8", "utf-8-sig"}
    for mark, other in _MARKS if utf8 else ():
        if content.startswith(mark):
            raise InputError(name, "", f"expected UTF-8 text, got {other}; {remedy}")
    try:
        return content.removeprefix(BOM_UTF8).decode("utf-8") if utf8 else content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = f"byte {error.start}, 0x{content[error.start]:02x} on line {line}"
        guess = " (Windows-1252 or another one?)" if utf8 else ""
        shown = "UTF-8" if utf8 else encoding
        raise InputError(name, "", f"expected {shown} text, got {byte}, that is not{guess}; {remedy}") from None
    except (LookupError, ValueError):
        raise InputError(name, "", f"expected an encoding such as utf-8, cp1252 or utf-16, got {encoding!a}") from None


def read_content(name: str, path: Path) -> bytes:
    """All bytes of a file.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(name, "", "no such file") from None
    except (OSError, ValueError) as error:
        raise InputError(name, "", f"cannot be read: {getattr(error, 'strerror', None) or error}") from None


def read_toml(path: Path, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """A TOML file as people's editors save it: with or without a byte-order mark, lines ending as they like.

    Raises:
        InputError: there is none, it cannot be read, is not UTF-8 or no TOML.
    """
    name = str(path)
    return toml_of(name, decoded(name, read_content(name, path)), parse_float)


def toml_of(name: str, text: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The same of what has been read already; ``name`` is what messages call it."""
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except ValueError as error:
        raise InputError(name, "", f"a TOML file ({error})") from None
    except RecursionError:
        raise InputError(name, "", "a TOML file, nested less deeply") from None
