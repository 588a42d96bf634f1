"""An owner's model in its folder: fetched from the store, opened with the bid's key, and where it was written."""

import json
from pathlib import Path
from typing import Final

from cofund.errors import InputError
from cofund.roles.desk import Desk
from cofund.roles.openings import kept_opening, opening_path
from cofund.whole_files import write_whole

NOTE: Final = "model.json"
MODEL: Final = "model.npz"


def fetch(desk: Desk, store: str | None, out: Path | None) -> Path:
    """Fetch the model that the account bought, hold it against the chain and write it; where.

    Args:
        desk: the owner's.
        store: URL, or None for the one announced on chain.
        out: file to write, or None for one in the account's folder.

    Raises:
        InputError: the bid's opening, or the box, is not there.
        CheckFailed: the box is not what the coordinator committed to, or the model not the recorded one.
    """
    from cofund.campaign.own_model import from_chain, write_model  # noqa: PLC0415 - numpy and libsodium

    opening = kept_opening(desk.folder)
    if opening is None:
        raise InputError(str(opening_path(desk.folder)), "", "not there: it holds the key of the model")
    address = desk.campaign.address
    found = from_chain(desk.node, address, desk.creation(), opening.encryption_secret, store, desk.folder)
    path = desk.folder / MODEL if out is None else out
    write_model(found.model, path)
    note(desk.folder, path)
    return path


def note(folder: Path, path: Path) -> None:
    """Write down where the account's model is."""
    write_whole(folder / NOTE, (json.dumps({"model": str(path.absolute())}) + "\n").encode(), private=True)


def kept(folder: Path) -> bool:
    """Whether the account's model is where it was written."""
    try:
        return Path(json.loads((folder / NOTE).read_text(encoding="utf-8"))["model"]).exists()
    except (OSError, ValueError, KeyError, TypeError):
        return False
