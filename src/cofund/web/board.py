"""The campaigns on show, read again whenever the chain has a new block, and who is told when something changed."""

import asyncio
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from cofund.errors import CofundError, InputError, NodeError
from cofund.web.chain import Block, creations, head
from cofund.web.from_chain import Source, open_campaign
from cofund.web.from_record import record_snapshot
from cofund.web.inspecting import UNASKED, Inspector, Verdict
from cofund.web.rpc import Rpc
from cofund.web.snapshot import Snapshot
from cofund.web.terms import load_published

INTERVAL_S: Final = 1.0


class Listener(Protocol):
    """Told about every campaign after it was read; runs in the thread that reads."""

    def __call__(self, snapshot: Snapshot) -> None:
        """See above."""
        ...


@dataclass(slots=True)
class Board:
    """What the server shows.

    Attributes:
        snapshots: the last one of each campaign, by address.
        version: rises whenever anything that is shown has changed.
        trouble: why the node cannot be read at the moment; empty if it can.
        chain_id: of the node, or of the record.
        inspector: compares the campaigns of a node; None where there is none.
        studies: folder of saved study results.
    """

    studies: Path
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    version: int = 0
    trouble: str = ""
    chain_id: int = 0
    inspector: Inspector | None = None
    listeners: list[Listener] = field(default_factory=list)
    _waiting: set[Any] = field(default_factory=set)

    def find(self, address: str) -> Snapshot | None:
        """A campaign by address, in any case."""
        wanted = address.lower()
        return next((found for known, found in self.snapshots.items() if known.lower() == wanted), None)

    def verdict(self, address: str) -> Verdict:
        """Whether a campaign was compared with what was published."""
        return UNASKED if self.inspector is None else self.inspector.of(address)

    def show(self, snapshot: Snapshot) -> bool:
        """Put a campaign on show; whether it differs from what was there."""
        before = self.snapshots.get(snapshot.address)
        self.snapshots[snapshot.address] = snapshot
        for listener in self.listeners:
            listener(snapshot)
        return before != snapshot

    def told(self) -> "asyncio.Queue[int]":
        """A queue of versions, for one listener; give it back with ``forget``."""
        queue: asyncio.Queue[int] = asyncio.Queue()
        self._waiting.add((asyncio.get_running_loop(), queue))
        return queue

    def forget(self, queue: "asyncio.Queue[int]") -> None:
        """Tell this listener no more."""
        self._waiting = {entry for entry in self._waiting if entry[1] is not queue}

    def tell(self) -> None:
        """Something changed; may be called from any thread."""
        self.version += 1
        for loop, queue in list(self._waiting):
            loop.call_soon_threadsafe(queue.put_nowait, self.version)


def record_board(path: Path, studies: Path) -> Board:
    """One finished campaign, offline."""
    board = Board(studies)
    snapshot = record_snapshot(path)
    board.show(snapshot)
    board.chain_id = snapshot.chain_id
    return board


class Follower:
    """Reads a node's campaigns into a board, again and again, in a thread of its own."""

    def __init__(
        self,
        board: Board,
        rpc: Rpc,
        addresses: Iterable[str],
        terms: Iterable[Path],
        first_block: int,
        interval_s: float = INTERVAL_S,
        home: Path | None = None,
    ) -> None:
        """Connect and read everything once.

        Args:
            board: to keep up to date.
            rpc: the node.
            addresses: campaigns to show; all that some factory logged if there are none.
            terms: files of published terms, for names.
            first_block: first block to search for creations.
            interval_s: seconds between looks at the node.
            home: folder for what is known of campaigns; None to keep nothing.

        Raises:
            NodeError: if nothing answers.
            InputError: if an address is no campaign.
        """
        self.board, self.rpc, self.interval_s = board, rpc, interval_s
        self.addresses, self.files, self.first = list(addresses), list(terms), first_block
        self.published = load_published([path for path in self.files if path.exists()])
        board.inspector = Inspector(rpc.url, frozenset(self.addresses), self.published, home)
        self.sources: dict[str, Source] = {}
        self.last: Block | None = None
        self.stopped = threading.Event()
        board.chain_id = int(rpc.ask("eth_chainId"), 16)
        for address in self.addresses:
            if not creations(rpc, first_block, head(rpc).number, address):
                expected = f"expected a campaign that a factory created in block {first_block:,} or later"
                raise InputError(address, "", expected)
        self.look()

    def run(self) -> None:
        """Look until ``stop`` is called; trouble with the node is shown, not fatal."""
        while not self.stopped.wait(self.interval_s):
            try:
                changed = self.look()
                trouble = ""
            except (CofundError, ValueError, KeyError, TypeError) as error:
                changed, trouble = False, str(error) or type(error).__name__
                self.last = None
            if trouble != self.board.trouble:
                self.board.trouble, changed = trouble, True
            if changed:
                self.board.tell()

    def stop(self) -> None:
        """End ``run`` soon."""
        self.stopped.set()

    def look(self) -> bool:
        """Read what is new; whether anything changed."""
        block = head(self.rpc)
        if block == self.last:
            return False
        if self.last is not None and block.number < self.last.number:
            self._check_chain()
            if self.board.inspector is not None:
                self.board.inspector.forget()
        wanted = self._wanted(block)
        changed = sum(self.board.show(source.snapshot(block)) for source in wanted) > 0
        changed |= sum(self._compared(source) for source in wanted) > 0
        self.last = block
        return changed

    def _compared(self, source: Source) -> bool:
        inspector = self.board.inspector
        return inspector is not None and inspector.look(source.reader.address, source.terms["digest"])

    def _wanted(self, block: Block) -> list[Source]:
        start = self.first if self.last is None else max(self.first, self.last.number - 64)
        if self.addresses and len(self.sources) == len(self.addresses):
            return list(self.sources.values())
        for created in creations(self.rpc, start, block.number):
            known = created.campaign in self.sources
            if not known and (not self.addresses or created.campaign in self.addresses):
                self.published.update(load_published([path for path in self.files if path.exists()]))
                self.sources[created.campaign] = open_campaign(
                    self.rpc, self.board.chain_id, created, block, self.published
                )
        return list(self.sources.values())

    def _check_chain(self) -> None:
        chain_id = int(self.rpc.ask("eth_chainId"), 16)
        if chain_id != self.board.chain_id:
            raise NodeError(f"the node is on chain {chain_id} now, before it was {self.board.chain_id}")
