"""The campaigns on show, read again whenever the chain has a new block, and who is told when something changed."""

import asyncio
import logging
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from cofund.campaign.campaign import Campaign
from cofund.campaign.creations import Created, creations
from cofund.campaign.from_chain import Block, Following, follow, head
from cofund.campaign.inspected import Inspection
from cofund.campaign.terms_file import load_published
from cofund.errors import CofundError, InputError, NodeError
from cofund.web.from_record import record_snapshot
from cofund.web.inspecting import UNASKED, Inspector
from cofund.web.rpc import Rpc
from cofund.web.shown import Shown, shown_of

INTERVAL_S: Final = 1.0
LOG: Final = logging.getLogger(__name__)
FIRST_PAUSE_S: Final = 2.0
LONGEST_PAUSE_S: Final = 600.0
LOOK_S: Final = 5.0
"""How long a look may go on with campaigns that made trouble before, or were never read."""


class Listener(Protocol):
    """Told about every campaign after it was read; runs in the thread that reads."""

    def __call__(self, shown: Shown) -> None:
        """See above."""
        ...


@dataclass(slots=True)
class Board:
    """What the server shows.

    Attributes:
        snapshots: the last one of each campaign, by address.
        version: rises whenever anything that is shown has changed.
        trouble: why the node cannot be read at the moment; empty if it can.
        left_out: campaigns that some contract logged and that cannot be shown, by address, with the reason.
        chain_id: of the node, or of the record.
        inspector: compares the campaigns of a node; None where there is none.
        studies: folder of saved study results.
    """

    studies: Path
    snapshots: dict[str, Shown] = field(default_factory=dict)
    version: int = 0
    trouble: str = ""
    left_out: dict[str, str] = field(default_factory=dict)
    chain_id: int = 0
    inspector: Inspector | None = None
    listeners: list[Listener] = field(default_factory=list)
    _waiting: set[Any] = field(default_factory=set)

    def find(self, address: str) -> Shown | None:
        """A campaign by address, in any case."""
        wanted = address.lower()
        return next((found for known, found in self.snapshots.items() if known.lower() == wanted), None)

    def verdict(self, address: str) -> Inspection:
        """Whether a campaign was compared with what was published."""
        return UNASKED if self.inspector is None else self.inspector.of(address)

    def show(self, shown: Shown) -> bool:
        """Put a campaign on show; whether it differs from what was there."""
        before = self.snapshots.get(shown.address)
        self.snapshots[shown.address] = shown
        for listener in self.listeners:
            try:
                listener(shown)
            except Exception:
                LOG.exception("a listener failed")  # a full disk, say; the page goes on
        return before != shown

    def told(self) -> "asyncio.Queue[int]":
        """A queue of versions, for one listener; give it back with ``forget``."""
        queue: asyncio.Queue[int] = asyncio.Queue()
        self._waiting.add((asyncio.get_running_loop(), queue))
        return queue

    def listening(self) -> int:
        """How many are told."""
        return len(self._waiting)

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
    shown = record_snapshot(path)
    board.show(shown)
    board.chain_id = shown.campaign.place.chain_id
    return board


@dataclass(slots=True)
class Followed:
    """A campaign that is followed, however it behaves.

    Attributes:
        created: where it came from.
        following: None until it could be opened.
        failures: how often in a row it could not be read; 0 of one that was.
        not_before: of the clock ``time.monotonic``, when to try again.
    """

    created: Created
    following: Following | None = None
    failures: int = 0
    not_before: float = 0.0
    read: bool = False
    error: Exception | None = None

    def failed(self, error: Exception) -> None:
        """Try again later, and later every time."""
        self.error = error
        self.failures += 1
        self.not_before = time.monotonic() + min(FIRST_PAUSE_S * 2 ** (self.failures - 1), LONGEST_PAUSE_S)


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
            InputError: if an address is no campaign, or none of them can be read.
        """
        self.board, self.rpc, self.interval_s = board, rpc, interval_s
        self.addresses, self.files, self.first = list(addresses), list(terms), first_block
        self.published = load_published([path for path in self.files if path.exists()])
        board.inspector = Inspector(rpc.url, frozenset(self.addresses), self.published, home)
        self.followed: dict[str, Followed] = {}
        self.last: Block | None = None
        self.stopped = threading.Event()
        board.chain_id = int(rpc.ask("eth_chainId"), 16)
        for address in self.addresses:
            found = creations(rpc, first_block, head(rpc).number, address)
            if not found:
                expected = f"expected a campaign that a factory created in block {first_block:,} or later"
                raise InputError(address, "", expected)
            self.followed[address] = Followed(found[0])
        self.look()
        if self.addresses and not board.snapshots and board.left_out:
            address, reason = next(iter(board.left_out.items()))
            if isinstance(error := self.followed[address].error, NodeError):
                raise error
            raise InputError(address, "", f"expected a campaign that can be shown; {reason}")

    def run(self) -> None:
        """Look until ``stop`` is called; trouble with the node is shown, not fatal."""
        while not self.stopped.wait(self.interval_s):
            try:
                changed = self.look()
                trouble = self._unread()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next block is another chance
                changed, trouble = False, _in_a_line(error)
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
        if self.last is not None and self._taken_back(self.last, block):
            self._check_chain()
            if self.board.inspector is not None:
                self.board.inspector.forget()
        self._discover(block)
        changed = sum([self._read(each, block) for each in self._in_turn()]) > 0
        self.last = block
        return changed

    def _taken_back(self, last: Block, block: Block) -> bool:
        """Whether the chain has another block now where the last look ended; a longer chain may have replaced it."""
        if block.number <= last.number:
            return True
        found = self.rpc.ask("eth_getBlockByNumber", hex(last.number), False)
        return found is None or found["hash"] != last.hash

    def _compared(self, campaign: Campaign) -> bool:
        inspector, address = self.board.inspector, campaign.place.address
        return inspector is not None and inspector.look(address, campaign.ledger.terms.digest)

    def _unread(self) -> str:
        """Why not one of the campaigns that could be read before can be read now: then it is the node."""
        known = [each for each in self.followed.values() if each.read]
        if not known or any(not each.failures for each in known):
            return ""
        return self.board.left_out[known[0].created.campaign]

    def _discover(self, block: Block) -> None:
        """Follow what was created since the last look."""
        start = self.first
        if self.last is not None and self.followed:  # of none a node tells that lags, too
            start = max(start, self.last.number - 64)
        if self.addresses and len(self.followed) == len(self.addresses):
            return
        for created in creations(self.rpc, start, block.number):
            if not self.addresses or created.campaign in self.addresses:
                self.followed.setdefault(created.campaign, Followed(created))

    def _in_turn(self) -> Iterator[Followed]:
        """Campaigns that were read before, then the others as long as there is time: anybody may log any number."""
        yield from [each for each in self.followed.values() if each.read and not each.failures]
        end = time.monotonic() + LOOK_S
        others = [each for each in self.followed.values() if each.failures or not each.read]
        for each in sorted(others, key=lambda other: other.failures):
            now = time.monotonic()
            if now >= end:
                return
            if each.not_before <= now:
                yield each

    def _read(self, followed: Followed, block: Block) -> bool:
        """Put one campaign on show, or leave it out with a word; whether anything changed.

        Raises:
            NodeError: the node does not answer, which says nothing about the campaign.
        """
        address = followed.created.campaign
        try:
            if followed.following is None:
                self.published |= load_published([path for path in self.files if path.exists()])
                followed.following = follow(self.rpc, self.board.chain_id, followed.created, block, self.published)
            campaign = followed.following.at(block)
            shown = shown_of(campaign, followed.following.balance(block), self.board.snapshots.get(address))
        except Exception as error:  # noqa: BLE001 - a stranger's contract answers what it likes
            head(self.rpc)  # raises if it is the node
            followed.failed(error)
            said = _in_a_line(error)
            changed = self.board.left_out.get(address) != said
            self.board.left_out[address] = said
            return changed
        followed.failures, followed.read = 0, True
        self.board.left_out.pop(address, None)
        return self.board.show(shown) | self._compared(campaign)

    def _check_chain(self) -> None:
        chain_id = int(self.rpc.ask("eth_chainId"), 16)
        if chain_id != self.board.chain_id:
            raise NodeError(f"the node is on chain {chain_id} now, before it was {self.board.chain_id}")


def _in_a_line(error: Exception) -> str:
    """A reason as a person reads it: a sentence if it is one, else at least of what kind it is."""
    text = " ".join(str(error).split())[:200]
    return text if isinstance(error, CofundError) and text else f"{type(error).__name__} {text}".strip()
