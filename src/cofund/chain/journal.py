"""A write-ahead journal of transactions: what was signed is on disk before it is sent.

A JSON line for every signed transaction, and one for what became of it. A program that was interrupted runs again from
its top with the same journal; every transaction it already sent is answered from the journal, a signed one without an
answer is sent again as it is (the same nonce, so it can count only once). A transaction that got stuck may have several
attempts: the same call and nonce at a higher fee. If something else took its nonce it is void: signed anew with another
one, or left out.
"""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from eth_utils.conversions import to_hex
from eth_utils.crypto import keccak

from cofund.chain.signed import Signed, opened
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

    @property
    def hash(self) -> str:
        """Transaction hash, hex."""
        return to_hex(keccak(hexstr=self.raw))

    @property
    def signed(self) -> Signed:
        """Who signed what."""
        return opened(self.raw)


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
    """Transactions in the order they were signed; in memory only if ``path`` is None.

    Attributes:
        intents: for every transaction the attempt that was mined, or the last one.
        mined: what became of it, None while nobody knows.
        attempts: all that was signed for it.
        void: places of those whose nonce was used by something else; nothing of them can be mined any more.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Read what is there; a last line torn by a crash was never acted upon and is dropped."""
        self.path = path
        self.intents: list[Intent] = []
        self.mined: list[Mined | None] = []
        self.attempts: list[list[Intent]] = []
        self.void: set[int] = set()
        self._slots: dict[str, int] = {}
        if path is not None and path.exists():
            self._load(path)

    def intend(self, intent: Intent) -> int:
        """Write down a signed transaction before it is sent; its place in the journal.

        Raises:
            OSError: it is not written down, and the journal is as before.
        """
        self._append(asdict(intent))
        self._add(intent)
        return len(self.intents) - 1

    def replace(self, slot: int, intent: Intent) -> None:
        """Write down another attempt at the transaction in ``slot`` before it is sent."""
        self._append(asdict(intent) | {"replaces": slot})
        self._attempt(slot, intent)

    def settle(self, mined: Mined) -> None:
        """Write down what became of a transaction."""
        self._answer(mined)
        self._append(asdict(mined))

    def forget(self, slot: int) -> None:
        """The chain no longer knows the transaction in ``slot``; it has to be sent again."""
        self.mined[slot] = None

    def cancel(self, slot: int) -> None:
        """Write down that something else used the nonce of the transaction in ``slot``."""
        self._append({"void": slot})
        self.void.add(slot)

    @property
    def last_block(self) -> int:
        """Number of the last block in which something of the journal was mined; 0 if nothing was."""
        return max((mined.block for mined in self.mined if mined is not None), default=0)

    def open(self) -> list[int]:
        """Places of the transactions of which nobody knows yet what became of them."""
        return [slot for slot, mined in enumerate(self.mined) if mined is None and slot not in self.void]

    def clear(self) -> None:
        """Forget everything: all of it is so old that no reorganisation reaches it."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
        self.intents, self.mined, self.attempts, self.void, self._slots = [], [], [], set(), {}

    def _add(self, intent: Intent) -> None:
        self._slots[intent.hash] = len(self.intents)
        self.intents.append(intent)
        self.mined.append(None)
        self.attempts.append([intent])

    def _attempt(self, slot: int, intent: Intent) -> None:
        self._slots[intent.hash] = slot
        self.void.discard(slot)
        self.attempts[slot].append(intent)
        self.intents[slot] = intent

    def _answer(self, mined: Mined) -> None:
        slot = self._slots[mined.hash]
        self.void.discard(slot)
        self.mined[slot] = mined
        self.intents[slot] = next(intent for intent in self.attempts[slot] if intent.hash == mined.hash)

    def _append(self, entry: dict[str, object]) -> None:
        if self.path is None:
            return
        size = self.path.stat().st_size if self.path.exists() else 0
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:  # a full disk does not say which file it happened to
            with suppress(OSError):
                os.truncate(self.path, size)  # or the next line would go on after half of this one
            raise OSError(error.errno, error.strerror, str(self.path)) from error

    def _load(self, path: Path) -> None:
        written = path.read_bytes()
        whole = written.rfind(b"\n") + 1
        if whole < len(written):
            os.truncate(path, whole)  # in place: a rewritten file could be torn itself
        for number, line in enumerate(written[:whole].decode("utf-8").splitlines(), start=1):
            try:
                self._read(json.loads(line))
            except (ValueError, TypeError, KeyError, IndexError) as error:
                expected = "expected a transaction; remove the file to start over"
                raise InputError(str(path), f"line {number}", expected) from error

    def _read(self, entry: dict[str, object]) -> None:
        if "void" in entry:
            void = range(len(self.intents))[int(str(entry["void"]))]
            self.void.add(void)
            self.mined[void] = None
        elif "raw" not in entry:
            self._answer(Mined(**entry))  # type: ignore[arg-type]
        elif "replaces" in entry:
            slot = entry.pop("replaces")
            self._attempt(slot, Intent(**entry))  # type: ignore[arg-type]
        else:
            self._add(Intent(**entry))  # type: ignore[arg-type]
