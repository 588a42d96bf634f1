"""The public artifacts of a campaign, wherever fsspec can put them: a folder, an object store, a web server to read.

A store is never trusted. Nothing read from it counts until its digest is the one on chain, so whoever keeps a store
can withhold an artifact but not forge one. What only the coordinator may have never goes there.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cofund.errors import InputError

ANNOUNCED: Final = ("file", "memory", "http", "https", "s3", "gs", "gcs", "az", "abfs")
"""Where a location that somebody else announced may point; one that a user gives may be any that fsspec knows."""

TERMS: Final = "terms.json"
RECORD: Final = "record.json"
RELEASES: Final = "releases.json"
MEBIBYTE: Final = 1 << 20
MOST: Final = 256 * MEBIBYTE
"""Bytes of the largest artifact that is read."""


def box_name(account: str) -> str:
    """Name of the sealed model of an owner."""
    return f"boxes/{account}.box"


def announced(url: str) -> "Store":
    """The store that a campaign's creation announced.

    Raises:
        InputError: none was announced, or one of a kind that is not read on a stranger's word.
    """
    if not url:
        raise InputError("--store", "", "expected the URL of the campaign's store, since none was announced on chain")
    scheme, colon, _ = url.partition("://")
    if not colon or scheme not in ANNOUNCED or "::" in url or not url.isprintable():
        kinds = ", ".join(f"{kind}://" for kind in ANNOUNCED)
        raise InputError("--store", "", f"expected one of {kinds} for a store that is announced on chain, got {url!a}")
    return Store(url)


@dataclass(frozen=True, slots=True)
class Store:
    """A place for artifacts.

    Args:
        url: as fsspec takes it; a path without a protocol is a folder.

    Raises:
        InputError: fsspec does not know the protocol, or its package is not installed.
    """

    url: str
    _files: Any = field(init=False, repr=False, compare=False)
    _root: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        from fsspec.core import url_to_fs  # noqa: PLC0415 - loaded when a store is used

        try:
            files, root = url_to_fs(self.url)
        except Exception as error:  # every file system of fsspec has errors of its own
            raise InputError(self.url, "", f"expected the URL of a store: {_said(error)}") from error
        object.__setattr__(self, "_files", files)
        object.__setattr__(self, "_root", str(root).rstrip("/"))

    def where(self, name: str) -> str:
        """What an artifact is called in messages."""
        return f"{self.url.rstrip('/')}/{name}"

    def put(self, name: str, content: bytes) -> None:
        """Write an artifact, whole or not at all: under another name first.

        Raises:
            InputError: it cannot be written.
        """
        path = f"{self._root}/{name}"
        temporary = f"{path}.part"
        try:
            self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            try:
                self._files.pipe_file(temporary, content)
                self._files.mv(temporary, path)
            except BaseException:
                with suppress(Exception):
                    self._files.rm_file(temporary)
                raise
        except Exception as error:
            raise InputError(self.where(name), "", f"cannot be written: {_said(error)}") from error

    def get(self, name: str, most: int = MOST) -> bytes:
        """Read an artifact of at most ``most`` bytes.

        Raises:
            InputError: it is missing, larger, or cannot be read.
        """
        path = f"{self._root}/{name}"
        if self._local and Path(path).exists() and not Path(path).is_file():  # a pipe would be waited for for ever
            raise InputError(self.where(name), "", "expected a file")
        try:
            with self._files.open(path, "rb") as file:
                content = bytes(file.read(most + 1))
        except FileNotFoundError as error:
            raise InputError(self.where(name), "", "the store has no such artifact") from error
        except Exception as error:
            raise InputError(self.where(name), "", f"cannot be read: {_said(error)}") from error
        if len(content) > most:
            raise InputError(self.where(name), "", f"expected at most {most:,} bytes")
        return content

    def has(self, name: str) -> bool:
        """Whether there is an artifact of this name.

        Raises:
            InputError: the store cannot be asked.
        """
        try:
            return bool(self._files.exists(f"{self._root}/{name}"))
        except Exception as error:
            raise InputError(self.where(name), "", f"cannot be read: {_said(error)}") from error

    @property
    def _local(self) -> bool:
        return "file" in (self._files.protocol if isinstance(self._files.protocol, tuple) else (self._files.protocol,))


def _said(error: Exception) -> str:
    """One line of an error; some of them have many, or none."""
    said = getattr(error, "strerror", None) or str(error)
    return (str(said).strip().partition("\n")[0] or type(error).__name__)[:200]
