"""An index of one contract's events, in order, on disk: survives reorganisations, restarts and kill -9.

Blocks that can still be dropped are followed one by one: each must name the one before as its parent, and the logs of
a block are asked for by its hash, so that no mixture of two branches can be stored. On a mismatch everything after the
last common block is forgotten. Older blocks are read in ranges. Every step is one SQLite transaction.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from eth_utils.conversions import to_hex
from hexbytes import HexBytes

from cofund.chain.artifacts import artifact
from cofund.chain.node import RECENT_BLOCKS, EmbeddedNode
from cofund.chain.refusals import understood
from cofund.chain.transport import at_once
from cofund.errors import CofundError, InputError, NodeError

if TYPE_CHECKING:
    from cofund.chain.node import Node

LONGEST_RANGE: Final = 10_000
MOST_ATTEMPTS: Final = 20
_TABLES: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS source (chain_id INTEGER, contract TEXT, start INTEGER);
CREATE TABLE IF NOT EXISTS blocks (number INTEGER PRIMARY KEY, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS logs (block INTEGER, position INTEGER, hash TEXT NOT NULL, topics TEXT NOT NULL,
                                 data TEXT NOT NULL, PRIMARY KEY (block, position)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Header:
    """A block as far as an index needs it; hashes are hex."""

    number: int
    hash: str
    parent: str


@dataclass(frozen=True, slots=True)
class Log:
    """One log entry of the contract; ``position`` is its place in the block, ``hash`` its transaction's."""

    block: int
    position: int
    hash: str
    topics: tuple[str, ...]
    data: str


@dataclass(frozen=True, slots=True)
class Event:
    """A decoded log entry.

    Args:
        name: of the event in the contract.
        arguments: by name; bytes as they are.
        block: number of its block.
        position: place in the block.
        hash: of its transaction, hex.
    """

    name: str
    arguments: dict[str, Any]
    block: int
    position: int
    hash: str


class Source(Protocol):
    """Where an index reads a chain; answers may come from different branches, the index notices."""

    def head(self) -> int:
        """Number of the last block."""
        ...

    def headers(self, numbers: Sequence[int]) -> list[Header | None]:
        """The blocks with these numbers; None where there is none."""
        ...

    def logs_of_blocks(self, hashes: Sequence[str]) -> list[list[Log] | None]:
        """The contract's logs in each block; None for one that the node does not have any more."""
        ...

    def logs_of_range(self, first: int, last: int) -> list[Log]:
        """The contract's logs in blocks that cannot be dropped any more."""
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
        self.database = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=30)
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
        for _ in range(MOST_ATTEMPTS):
            head = self.source.head()  # first: what is deep below it now stays, however long the rest takes
            self._forget_dropped()
            if self._read_old(head - self.depth) and self._read_recent(head):
                return head
        raise NodeError("the node changes its mind about the last blocks all the time; try again later")

    def logs(self) -> list[Log]:
        """All logs in order."""
        rows = self.database.execute("SELECT block, position, hash, topics, data FROM logs ORDER BY block, position")
        return [Log(block, at, hash_, tuple(topics.split()), data) for block, at, hash_, topics, data in rows]

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

    def _forget_dropped(self) -> None:
        """Go back to the last block that the chain still has."""
        kept = self.database.execute("SELECT number, hash FROM blocks ORDER BY number DESC").fetchall()
        if not kept or self._still_there(kept[:1]):
            return
        common = next((number for number, hash_ in kept if self._still_there([(number, hash_)])), self.start - 1)
        self._write([], [], after=common)

    def _still_there(self, kept: Sequence[tuple[int, str]]) -> bool:
        found = self.source.headers([number for number, _ in kept])
        return all(header is not None and header.hash == hash_ for header, (_, hash_) in zip(found, kept, strict=True))

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
        found = self.source.logs_of_blocks([header.hash for header in chain])
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
                self.database.execute("DELETE FROM logs WHERE block > ?", (after,))
            self.database.executemany(
                "INSERT OR REPLACE INTO blocks VALUES (?, ?)", [(header.number, header.hash) for header in headers]
            )
            rows = [(log.block, log.position, log.hash, " ".join(log.topics), log.data) for log in logs]
            self.database.executemany("INSERT OR REPLACE INTO logs VALUES (?, ?, ?, ?, ?)", rows)
            forgotten = "DELETE FROM blocks WHERE number < (SELECT max(number) FROM blocks) - ?"
            self.database.execute(forgotten, (2 * self.depth,))


class NodeSource:
    """A node as a source; the embedded chain is read from receipts, because its own search is slow."""

    def __init__(self, node: "Node", contract: str) -> None:
        self.node, self.contract = node, contract

    def head(self) -> int:
        """See ``Source``."""
        try:
            return int(self.node.web3.eth.block_number)
        except Exception as error:
            raise understood(error) from error

    def headers(self, numbers: Sequence[int]) -> list[Header | None]:
        """See ``Source``."""
        return at_once(self._header, numbers)

    def logs_of_blocks(self, hashes: Sequence[str]) -> list[list[Log] | None]:
        """See ``Source``."""
        return at_once(self._logs_of_block, hashes)

    def _logs_of_block(self, block_hash: str) -> list[Log] | None:
        if isinstance(self.node, EmbeddedNode):
            return self._logs_of_receipts(block_hash)
        try:
            where: Any = {"blockHash": block_hash, "address": self.contract}
            return [_log(raw) for raw in self.node.web3.eth.get_logs(where)]
        except Exception as error:
            if type(error).__name__ == "Web3RPCError":  # each client has its own words for an unknown block
                return None
            raise understood(error) from error

    def logs_of_range(self, first: int, last: int) -> list[Log]:
        """See ``Source``."""
        if isinstance(self.node, EmbeddedNode):
            found = [self._logs_of_receipts(header.hash) for header in self.headers(range(first, last + 1)) if header]
            return [log for logs in found for log in logs]
        return [_log(raw) for raw in logs_between(self.node, {"address": self.contract}, first, last)]

    def _header(self, number: int) -> Header | None:
        try:
            block = self.node.web3.eth.get_block(number)
        except Exception as error:
            if type(error).__name__ in {"BlockNotFound", "TransactionFailed"}:
                return None
            raise understood(error) from error
        return Header(number, to_hex(block["hash"]), to_hex(block["parentHash"]))

    def _logs_of_receipts(self, block_hash: str) -> list[Log]:
        eth = self.node.web3.eth
        transactions: Any = eth.get_block(cast("Any", block_hash))["transactions"]
        receipts = [eth.get_transaction_receipt(transaction) for transaction in transactions]
        return [_log(raw) for receipt in receipts for raw in receipt["logs"] if raw["address"] == self.contract]


def logs_between(node: "Node", where: dict[str, Any], first: int, last: int) -> list[Any]:
    """Raw logs of a range of blocks in order; ranges that are too long or too full for the node are halved.

    Args:
        node: not the embedded one.
        where: address and topics, as in ``eth_getLogs``.
        first: number of a block.
        last: number of a block, included like the first.
    """
    try:
        return list(node.web3.eth.get_logs(cast("Any", where | {"fromBlock": first, "toBlock": last})))
    except Exception as error:
        if first >= last or isinstance(error, CofundError):
            raise understood(error) from error
    middle = (first + last) // 2
    return logs_between(node, where, first, middle) + logs_between(node, where, middle + 1, last)


def _log(raw: Any) -> Log:
    return Log(
        int(raw["blockNumber"]),
        int(raw["logIndex"]),
        to_hex(raw["transactionHash"]),
        tuple(to_hex(topic) for topic in raw["topics"]),
        to_hex(raw["data"]),
    )


def decoded(node: "Node", name: str, logs: Iterable[Log]) -> list[Event]:
    """Logs as events of the packaged contract ``name``; entries that are none of its events are left out."""
    contract = node.web3.eth.contract(abi=artifact(name).abi)
    kinds: dict[str, Any] = {found().topic: found() for found in cast("Any", contract.events)}
    events = []
    for log in logs:
        kind = kinds.get(log.topics[0]) if log.topics else None
        if kind is not None:
            arguments = dict(kind.process_log(_raw(log))["args"])
            events.append(Event(str(kind.event_name), arguments, log.block, log.position, log.hash))
    return events


def _raw(log: Log) -> Any:
    """As web3 wants to see a log entry."""
    return {
        "topics": [HexBytes(topic) for topic in log.topics],
        "data": HexBytes(log.data),
        "logIndex": log.position,
        "transactionHash": HexBytes(log.hash),
        "blockNumber": log.block,
        "blockHash": None,
        "transactionIndex": None,
        "address": None,
    }
