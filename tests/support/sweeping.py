"""How a sweep of faults goes on: the names of the faults in turn, and what has been counted."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from faulty_node import FAULTS, Answer

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"


def none(_: Answer, right: Answer) -> Answer:
    """No fault."""
    return right


def from_place(place: int) -> list[str]:
    """The names of all faults, in their order from a place on."""
    names = list(FAULTS)
    return names[place % len(names) :] + names[: place % len(names)]


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """What is counted meanwhile, printed at the end; pytest shows it with -s."""
    counts: Counter[str] = Counter()
    yield counts
    sys.stdout.write("".join(f"\n{count:,} {name}" for name, count in sorted(counts.items())) + "\n")
