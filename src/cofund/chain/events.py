"""An index of one contract's events, in order, on disk: survives reorganisations, restarts and kill -9.

The transactions that logged them and the times of their blocks are kept beside them once somebody has asked.

Blocks that can still be dropped are followed one by one: each must name the one before as its parent, and the logs of
a block are asked for by its hash, so that no mixture of two branches can be stored. On a mismatch everything after the
last common block is forgotten. Older blocks are read in ranges. Every step is one SQLite transaction.
"""

import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from cofund.chain.logs import Header, Log
from cofund.errors import InputError, NodeError

__all__ = ["Header", "Index", "Log", "Source"]

RECENT_BLOCKS: Final = 64  # deeper than any reorganisation
LONGEST_RANGE: Final = 10_000
MOST_ATTEMPTS: Final = 20
HEAD_TRIES: Final = 3
PAUSE_S: Final = 0.05  # longer after every attempt: gives up after about 9 s
_TABLES: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS source (chain_id INTEGER, contract TEXT, start INTEGER);
CREATE TABLE IF NOT EXISTS blocks (number INTEGER PRIMARY KEY, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS logs (block INTEGER, position INTEGER, hash TEXT NOT NULL, topics TEXT NOT NULL,
                                 data TEXT NOT NULL, PRIMARY KEY (block, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS transactions (hash TEXT PRIMARY KEY, block INTEGER, raw TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS times (block INTEGER PRIMARY KEY, time INTEGER NOT NULL);
"""


class Source(Protocol):
    """Where an index reads a chain; answers may come from different branches, the index notices."""

    def head(self) -> int:
        """Number of the last block."""
        ...

    def headers(self, numbers: Sequence[int]) -> list[Header | None]:
        """The blocks with these numbers; None where there is none."""
        ...

    def logs_of_blocks(self, blocks: Sequence[Header]) -> list[list[Log] | None]:
        """The contract's logs in each block; None for one that the node does not have any more."""
        ...

    def logs_of_range(self, first: int, last: int) -> list[Log]:
        """The contract's logs in blocks that cannot be dropped any more."""
        ...

    def signed(self, hashes: Sequence[str]) -> list[str | None]:
        """Transactions as they were signed, hex; None for one that the node does not have."""
        ...


class Index:
    """The logs of one contract up to the last block that was looked at."""

    def __init__(
        self,
        source: Source,
        chain_id: int,
        contract: str,
        start: int,
        path: Path | None = None,
        depth: int = RECENT_BLOCKS,
    ) -> None:
        """Open or create the index; in memory if ``path`` is None.

        Args:
            source: the chain.
            chain_id: of that chain.
            contract: address.
            start: number of the block in which the contract was created, or any earlier one.
            path: SQLite file.
            depth: blocks from the last one that can still be dropped.

        Raises:
            InputError: if the file is no index, or one of something else.
        """
        self.source, self.start, self.depth = source, start, depth
        self.database = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=30, check_same_thread=False)
        try:
            self.database.executescript(_TABLES)
            self._claim((chain_id, contract, start), path)
        except sqlite3.DatabaseError as error:
            raise InputError(
                str(path), "", f"expected an index of events ({error}); remove it to start over"
            ) from error

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def update(self) -> int:
        """Read what is new, forget what was dropped; number of the last block indexed.

        Raises:
            NodeError: if the chain changed every time while it was read.
        """
        for attempt in range(MOST_ATTEMPTS):
            time.sleep(PAUSE_S * max(0, attempt - 1))
            head = self._head()  # first: what is deep below it now stays, however long the rest takes
            if self._forget_dropped(head) and self._read_old(head - self.depth) and self._read_recent(head):
                return head
        raise NodeError("the node changes its mind about the last blocks all the time; try again later")

    def logs(self) -> list[Log]:
        """All logs in order."""
        rows = self.database.execute("SELECT block, position, hash, topics, data FROM logs ORDER BY block, position")
        return [Log(block, at, hash_, tuple(topics.split()), data) for block, at, hash_, topics, data in rows]

    def signed(self, places: Mapping[str, int]) -> dict[str, str]:
        """Transactions as they were signed, hex, by hash; only those that were never asked for are asked.

        Args:
            places: number of the block of each, by hash.

        Raises:
            NodeError: naming the first that the node does not have.
        """
        kept = self._kept("SELECT raw FROM transactions WHERE hash = ?", places)
        missing = [hash_ for hash_ in places if hash_ not in kept]
        for hash_, raw in zip(missing, self.source.signed(missing), strict=True):
            if raw is None:
                raise NodeError(f"transaction {hash_}: the node does not have it")
            kept[hash_] = raw
        self._keep("transactions VALUES (?, ?, ?)", ((hash_, places[hash_], kept[hash_]) for hash_ in missing))
        return {hash_: kept[hash_] for hash_ in places}

    def times(self, numbers: Iterable[int]) -> dict[int, int]:
        """Time of each block, seconds since the epoch; only those that were never asked for are asked.

        Raises:
            NodeError: naming the first block that the node does not have, or not any more.
        """
        wanted, hashes = list(dict.fromkeys(numbers)), dict(self.database.execute("SELECT number, hash FROM blocks"))
        kept = self._kept("SELECT time FROM times WHERE block = ?", wanted)
        missing = [number for number in wanted if number not in kept]
        for number, header in zip(missing, self.source.headers(missing), strict=True):
            if header is None or hashes.get(number, header.hash) != header.hash:
                raise NodeError(f"block {number}: the node does not have it, or not any more")
            kept[number] = header.time
        self._keep("times VALUES (?, ?)", ((number, kept[number]) for number in missing))
        return {number: kept[number] for number in wanted}

    def _kept(self, query: str, keys: Iterable[Any]) -> dict[Any, Any]:
        return {key: value for key in keys for (value,) in self.database.execute(query, (key,))}

    def _keep(self, into: str, rows: Iterable[Sequence[Any]]) -> None:
        self.database.execute("BEGIN IMMEDIATE")
        with self.database:
            self.database.executemany(f"INSERT OR REPLACE INTO {into}", rows)

    @property
    def last(self) -> int:
        """Number of the last block indexed."""
        return self._last()[0]

    def forget(self) -> None:
        """Start over: what was read was wrong."""
        self._write([], [], after=-1)

    def _head(self) -> int:
        """Number of the last block; asked again where a backend may lag behind what was read already."""
        head = self.source.head()
        for _ in range(HEAD_TRIES - 1):
            if head >= self._last()[0]:
                break
            head = max(head, self.source.head())
        return head

    def _claim(self, key: tuple[int, str, int], path: Path | None) -> None:
        found = self.database.execute("SELECT chain_id, contract FROM source").fetchone()
        if found is None:
            self.database.execute("INSERT INTO source VALUES (?, ?, ?)", key)
        elif found != key[:2]:
            raise InputError(str(path), "", f"expected an index of {key[1]} on chain {key[0]}, got one of {found[1]}")

    def _last(self) -> tuple[int, str | None]:
        """The last block indexed: its number, and its hash if it is kept."""
        found = self.database.execute("SELECT number, hash FROM blocks ORDER BY number DESC LIMIT 1").fetchone()
        return found or (self.start - 1, None)

    def _forget_dropped(self, head: int) -> bool:
        """Go back to the last block that the chain still has; to nothing on another chain of the same number.

        False if the node does not tell a block that it should have: that proves nothing.
        """
        kept = self.database.execute("SELECT number, hash FROM blocks ORDER BY number DESC").fetchall()
        for number, hash_ in kept:
            (header,) = self.source.headers([number])
            if header is None and number <= head:
                return False
            if header is not None and header.hash == hash_:
                if number != kept[0][0]:
                    self._write([], [], after=number)
                return True
        if kept:
            self.forget()
        return True

    def _read_old(self, last: int) -> bool:
        """Read ranges up to a block that no reorganisation reaches; its hash is kept as an anchor."""
        number, _ = self._last()
        while number < last:
            upto = min(last, number + LONGEST_RANGE)
            (header,) = self.source.headers([upto])
            if header is None:
                return False
            self._write([header], self.source.logs_of_range(number + 1, upto))
            number = upto
        return True

    def _read_recent(self, head: int) -> bool:
        """Read the last blocks one by one; False if they do not hang together."""
        number, parent = self._last()
        headers = self.source.headers(range(number + 1, head + 1))
        chain: list[Header] = []
        for header in headers:
            if header is None or (parent is not None and header.parent != parent):
                return False
            chain.append(header)
            parent = header.hash
        found = self.source.logs_of_blocks(chain)
        logs: list[Log] = []
        for entries in found:
            if entries is None:
                return False
            logs += entries
        if chain:
            self._write(chain, logs)
        return True

    def _write(self, headers: Iterable[Header], logs: Iterable[Log], after: int | None = None) -> None:
        """One transaction; what is there already is written over with the same."""
        self.database.execute("BEGIN IMMEDIATE")
        with self.database:
            if after is not None:
                self.database.execute("DELETE FROM blocks WHERE number > ?", (after,))
                for table in ("logs", "transactions", "times"):
                    self.database.execute(f"DELETE FROM {table} WHERE block > ?", (after,))  # noqa: S608 - names of ours
            self.database.executemany(
                "INSERT OR REPLACE INTO blocks VALUES (?, ?)", [(header.number, header.hash) for header in headers]
            )
            rows = [(log.block, log.position, log.hash, " ".join(log.topics), log.data) for log in logs]
            self.database.executemany("INSERT OR REPLACE INTO logs VALUES (?, ?, ?, ?, ?)", rows)
            forgotten = "DELETE FROM blocks WHERE number < (SELECT max(number) FROM blocks) - ?"
            self.database.execute(forgotten, (2 * self.depth,))
