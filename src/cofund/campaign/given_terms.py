"""Published terms documents that somebody has as files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cofund.campaign.publication import digest
from cofund.campaign.terms_file import published_document
from cofund.errors import InputError


def load_published(paths: Sequence[Path]) -> dict[bytes, dict[str, Any]]:
    """Published documents by digest.

    Raises:
        InputError: naming the file that is none.
    """
    found = {}
    for path in paths:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(str(path), "", f"cannot be read: {error.strerror}") from error
        document = published_document(str(path), content)
        found[digest(document)] = document
    return found
