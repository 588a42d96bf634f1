"""A write-ahead journal of transactions: what was signed is on disk before it is sent.

Two JSON lines a transaction: what is about to be sent, then what became of it. A program that was interrupted runs
again from its top with the same journal; every transaction it already sent is answered from the journal, a signed
one without an answer is sent again as it is (the same nonce, so it can count only once).
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from cofund.errors import InputError


@dataclass(frozen=True, slots=True)
class Intent:
    """A signed transaction.

    Args:
        note: what it is for, in a few words.
        raw: signed transaction, hex.
    """

    note: str
    raw: str


@dataclass(frozen=True, slots=True)
class Mined:
    """What became of a transaction.

    Args:
        hash: transaction hash, hex.
        block: number of its block.
        timestamp: of its block, seconds since the epoch.
        gas_used: gas.
        status: 1 if it succeeded, 0 if it reverted.
    """

    hash: str
    block: int
    timestamp: int
    gas_used: int
    status: int


class Journal:
    """Transactions in the order they were sent; in memory only if ``path`` is None."""

    def __init__(self, path: Path | None = None) -> None:
        """Read what is there; a last line torn by a crash was never acted upon and is dropped."""
        self.path = path
        self.intents: list[Intent] = []
        self.mined: list[Mined] = []
        if path is not None and path.exists():
            self._load(path)

    def intend(self, intent: Intent) -> None:
        """Write down a signed transaction before it is sent."""
        self.intents.append(intent)
        self._append(asdict(intent))

    def settle(self, mined: Mined) -> None:
        """Write down what became of the last one."""
        self.mined.append(mined)
        self._append(asdict(mined))

    def _append(self, entry: dict[str, object]) -> None:
        if self.path is None:
            return
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:  # a full disk does not say which file it happened to
            raise OSError(error.errno, error.strerror, str(self.path)) from error

    def _load(self, path: Path) -> None:
        whole, newline, _torn = path.read_text(encoding="utf-8").rpartition("\n")
        if newline:
            path.write_text(whole + newline, encoding="utf-8")
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                entry = json.loads(line)
                if len(self.intents) == len(self.mined):
                    self.intents.append(Intent(**entry))
                else:
                    self.mined.append(Mined(**entry))
            except (ValueError, TypeError) as error:
                expected = "expected a transaction; remove the file to start over"
                raise InputError(str(path), f"line {number}", expected) from error
