"""A campaign's folder: everything that an interrupted run needs to go on, and everything that a finished one leaves."""

import json
import shutil
from pathlib import Path
from typing import Final

from cofund.chain.journal import Journal
from cofund.errors import InputError
from cofund.market.sealing import fresh_salt
from cofund.whole_files import write_whole

CHECKPOINTS: Final = "checkpoints"
"""Folder in a campaign's folder with a file of the model per round (``training/checkpoints.py``)."""

ALONE: Final = "alone.json"
"""File in a campaign's folder with the models that owners' sites reach alone (``campaign/held.py``)."""

UPDATES: Final = "updates"
"""Folder in a campaign's folder with a file of updates per round (``training/updates.py``)."""


KITS: Final = "kits"
"""Folder with a kit of every party, where the training ran as processes of their own."""


class Workspace:
    """Files of one campaign.

    ``accounts.json`` holds the seed of all accounts, readable by its owner only. ``parties/`` is the home of all
    parties, laid out as that of ``cofund ROLE`` commands (``roles.desk``): what each has sealed, an owner's model.
    ``journal.jsonl`` holds every signed transaction, ``checkpoints/`` a file per finished round, ``updates/`` what
    each was aggregated from, ``alone.json`` the models of sites alone: they are the coordinator's only.
    ``kits/`` is what every party of a training across processes has and keeps, ``release/`` a sealed
    model for every owner that bought rounds, ``store/`` what is public (``store.py``).
    """

    def __init__(self, folder: Path) -> None:
        """Create the folder if needed."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(str(folder), "", f"expected a folder that can be written to ({error.strerror})") from error
        self.folder = folder
        self.seed_file = folder / "accounts.json"
        self.parties = folder / "parties"
        self.terms = folder / "terms.json"
        self.checkpoints = folder / CHECKPOINTS
        self.alone = folder / ALONE
        self.store = folder / "store"
        self.updates = folder / UPDATES
        self.release = folder / "release"
        self.record = folder / "record.json"
        self.report = folder / "report.html"

    def journal(self) -> Journal:
        """The transactions sent so far."""
        return Journal(self.folder / "journal.jsonl")

    def clear(self) -> None:
        """Remove the files of a finished campaign, and only those."""
        rounds = (*self.checkpoints.glob("round-*.json"), *self.updates.glob("round-*.bin"))
        files = (
            self.folder / "journal.jsonl",
            self.seed_file,
            self.terms,
            self.record,
            self.report,
            self.alone,
        )
        public = (*self.store.glob("*.json"), *self.store.glob("deliveries/*.json"), *self.store.glob("boxes/*.box"))
        for path in (*files, *rounds, *self.release.glob("*.box"), *public):
            path.unlink(missing_ok=True)
        for folder in (self.folder / KITS, self.parties):
            shutil.rmtree(folder, ignore_errors=True)

    def seed(self) -> str:
        """What the accounts of this campaign are derived from, made once and kept."""
        if not self.seed_file.exists():
            self.write_private(self.seed_file, json.dumps({"seed": fresh_salt().hex()}))
        try:
            return str(json.loads(self.seed_file.read_text(encoding="utf-8"))["seed"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(str(self.seed_file), "seed", "expected the seed as written by this program") from error

    @staticmethod
    def write_private(path: Path, text: str) -> None:
        """Write a file that only its owner can read, whole or not at all."""
        write_whole(path, f"{text}\n".encode(), private=True)

    def write(self, path: Path, text: str) -> Path:
        """Write a public file whole or not at all."""
        return write_whole(path, text.encode())
