"""A disk was full for a moment: the next line of the journal went on after half of one, and none was read again."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cofund.chain.journal import Intent, Journal, Mined

RAW = "0x02" + "11" * 100


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond ``size`` bytes: what fits of a line is written, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_could_not_be_written_down_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    first, second, third = (Intent(note, RAW + digit) for note, digit in (("a", "01"), ("b", "02"), ("c", "03")))
    journal.intend(first)
    before = journal.path.read_bytes()
    with room_for(len(before) + 40):
        with pytest.raises(OSError, match="journal"):
            journal.intend(second)
        with pytest.raises(OSError, match="journal"):
            journal.settle(Mined(first.hash, 7, 8, 9, 1))
    assert journal.path.read_bytes() == before
    assert journal.intents == [first], "nothing is sent that is not written down"
    assert journal.intend(third) == 1
    again = Journal(journal.path)
    assert again.intents == [first, third]
    assert again.open() == [0, 1]
