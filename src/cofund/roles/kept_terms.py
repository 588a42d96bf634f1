"""The published terms of a campaign on chain: from a file, or as kept since; always held against the chain's digest."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from cofund.campaign.operate import write_document
from cofund.campaign.publication import digest
from cofund.campaign.terms_file import TokenFacts, load_terms
from cofund.errors import CheckFailed, InputError


def published_terms(
    right: bytes,
    initiator: str,
    given: Path | None,
    folder: Path,
    fetch: Callable[[], dict[str, Any]] | None = None,
    token: Callable[[str], TokenFacts] | None = None,
) -> dict[str, Any]:
    """The document whose digest the campaign carries.

    Args:
        right: the digest.
        initiator: of the campaign, whom a TERMS.toml leaves out.
        given: the file that somebody has, or None for the one that an earlier command kept.
        folder: for what is known of this campaign.
        fetch: takes the document from the store that was announced on chain, if there is one.
        token: what the token says of itself, for what a TERMS.toml leaves out.

    Raises:
        InputError: if there is no file, or it is no terms document.
        CheckFailed: if it is the document of another campaign.
    """
    path = folder / "terms.json" if given is None else given
    if given is None and not path.exists():
        return _held(_fetched(fetch), right, folder)
    try:
        return _held(load_terms(path, initiator, token), right, folder if given else None, str(path))
    except (InputError, CheckFailed):
        if given is not None or fetch is None:
            raise
        return _held(_fetched(fetch), right, folder)  # what was kept is damaged, or another campaign's


def _held(document: dict[str, Any], right: bytes, folder: Path | None, where: str = "the store") -> dict[str, Any]:
    """The document, held against the digest, and kept if a folder is given and can be written.

    Raises:
        CheckFailed: it is another campaign's.
    """
    if digest(document) != right:
        raise CheckFailed(f"{where}: not this campaign's terms: it carries the digest 0x{right.hex()}")
    if folder is not None:
        with suppress(OSError):  # the next command reads it again
            write_document(document, folder)
    return document


def _fetched(fetch: Callable[[], dict[str, Any]] | None) -> dict[str, Any]:
    expected = (
        "expected the published terms of this campaign, to compare the contract with and to read amounts and edges' "
        "names: the initiator publishes them as a file, or in the store that the campaign announces"
    )
    if fetch is None:
        raise InputError("--terms", "", expected)
    try:
        return fetch()
    except InputError as error:
        raise InputError("--terms", "", f"{expected}; {error}") from error
