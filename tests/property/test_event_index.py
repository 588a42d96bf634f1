"""The event index equals the chain after any growth, reorganisation and crash, also in the middle of a read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cofund.chain.events import Header, Index
from cofund.chain.logs import Log
from profiles import times

DEPTH = 6
CONTRACT = "0x" + "11" * 20


class Crash(Exception):
    """The process dies here."""


@dataclass
class Chain:
    """A chain in memory: per block its hash and how many logs; ``trouble`` strikes after so many answers."""

    blocks: list[tuple[str, int]] = field(default_factory=lambda: [("genesis", 0)])
    made: int = 0
    longest: int = 0  # no block more than DEPTH below the longest chain so far is ever dropped
    trouble: list[tuple[int, object]] = field(default_factory=list)
    answers: int = 0
    branches: dict[str, list[tuple[str, int]]] = field(default_factory=dict)  # block -> it and all before it
    remembers: bool = False  # whether the node still answers for blocks that were dropped

    def grow(self, logs: Sequence[int]) -> None:
        for count in logs:
            self.made += 1
            self.blocks.append((f"block {self.made}", count))
            self.branches[f"block {self.made}"] = list(self.blocks)
        self.longest = max(self.longest, len(self.blocks))

    def reorganise(self, depth: int, logs: Sequence[int]) -> None:
        keep = max(1, self.longest - DEPTH, len(self.blocks) - depth)
        del self.blocks[keep:]
        self.grow(logs)

    def expected(self) -> list[Log]:
        return [log for number in range(len(self.blocks)) for log in logs_of(self.blocks, number)]

    def head(self) -> int:
        self._strike()
        return len(self.blocks) - 1

    def headers(self, numbers: Sequence[int]) -> list[Header | None]:
        found = []
        for number in numbers:
            self._strike()
            there = 0 < number < len(self.blocks)
            found.append(Header(number, self.blocks[number][0], self.blocks[number - 1][0]) if there else None)
        return found

    def logs_of_blocks(self, blocks: Sequence[Header]) -> list[list[Log] | None]:
        found = []
        for block_hash in (block.hash for block in blocks):
            self._strike()
            branch = self.branches[block_hash]
            there = self.remembers or branch[-1] in self.blocks
            found.append(logs_of(branch, len(branch) - 1) if there else None)
        return found

    def logs_of_range(self, first: int, last: int) -> list[Log]:
        self._strike()
        return [log for number in range(first, last + 1) for log in logs_of(self.blocks, number)]

    def _strike(self) -> None:
        self.answers += 1
        due = [what for when, what in self.trouble if when <= self.answers]
        self.trouble = [(when, what) for when, what in self.trouble if when > self.answers]
        for what in due:
            if what is None:
                raise Crash
            self.reorganise(*what)


def logs_of(blocks: Sequence[tuple[str, int]], number: int) -> list[Log]:
    name, count = blocks[number]
    return [Log(number, at, f"{name} transaction {at}", ("topic",), name) for at in range(count)]


LOGS = st.lists(st.integers(0, 3), max_size=9)
REORGANISATION = st.tuples(st.integers(0, DEPTH), LOGS)
TROUBLE = st.lists(st.tuples(st.integers(1, 12), st.none() | REORGANISATION), max_size=4)


class Following(RuleBasedStateMachine):
    """Any history of a chain, followed by an index that is interrupted at any point."""

    def __init__(self) -> None:
        super().__init__()
        self.chain, self.folder = Chain(), TemporaryDirectory()
        self.path = Path(self.folder.name) / "events.sqlite"

    @initialize(logs=st.lists(st.integers(0, 2), max_size=30), remembers=st.booleans())
    def some_history(self, logs: list[int], remembers: bool) -> None:
        self.chain.remembers = remembers
        self.chain.grow(logs)
        self.restart()

    def restart(self) -> None:
        self.index = Index(self.chain, 1, CONTRACT, 1, self.path, depth=DEPTH)

    @rule(logs=LOGS)
    def grows(self, logs: list[int]) -> None:
        self.chain.grow(logs)

    @rule(reorganisation=REORGANISATION)
    def reorganises(self, reorganisation: tuple[int, list[int]]) -> None:
        self.chain.reorganise(*reorganisation)

    @rule(new=LOGS, trouble=TROUBLE)
    def is_read_in_trouble(self, new: list[int], trouble: list[tuple[int, object]]) -> None:
        self.chain.grow(new)
        self.chain.answers, self.chain.trouble = 0, trouble
        try:
            self.index.update()
        except Crash:
            self.index.close()
            self.restart()
        self.chain.trouble = []
        self.one_branch_is_stored()

    def one_branch_is_stored(self) -> None:
        """Never a mixture: exactly the logs of the last block's branch, even if that was dropped meanwhile."""
        number, last = self.index._last()
        branch = self.chain.branches[last] if last else []
        assert len(branch) == (number + 1 if last else 0)
        assert self.index.logs() == [log for at in range(len(branch)) for log in logs_of(branch, at)]

    @invariant()
    def a_quiet_read_gives_exactly_the_chain(self) -> None:
        if hasattr(self, "index"):
            assert self.index.update() == len(self.chain.blocks) - 1
            assert self.index.logs() == self.chain.expected()

    def teardown(self) -> None:
        if hasattr(self, "index"):
            self.index.close()
        self.folder.cleanup()


TestFollowing = Following.TestCase
TestFollowing.settings = times(0.4, stateful_step_count=20)
