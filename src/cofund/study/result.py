"""What a study hands back: tables to print and save, and how to draw its figure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cofund.csv_text import csv_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Tick = Callable[[int, int], None]
"""Told the steps done and all steps."""

Cell = str | int | float
T = TypeVar("T")


def ticking(cases: Sequence[T], tick: Tick) -> Iterator[T]:
    """The cases one after the other; ``tick`` is told how many are done."""
    for done, case in enumerate(cases):
        tick(done, len(cases))
        yield case
    tick(len(cases), len(cases))


@dataclass(frozen=True, slots=True)
class ResultTable:
    """Rows under a header.

    Attributes:
        name: of the CSV file, without its ending.
        title: what the rows say, in one line.
        header: a name per column, with its unit.
        rows: numbers and words.
        shown: whether it is printed; a long one is only saved.
        decimals: of the numbers when they are printed.
    """

    name: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    shown: bool = True
    decimals: int = 3

    def csv(self) -> str:
        """Comma-separated, numbers with six decimals, lines ending in a newline."""
        return csv_text(
            self.header, ([f"{cell:.6f}" if isinstance(cell, float) else cell for cell in row] for row in self.rows)
        )


@dataclass(frozen=True, slots=True)
class Result:
    """Tables, and what draws the figure on an empty one of ``inches``."""

    tables: tuple[ResultTable, ...]
    draw: Callable[["Figure"], None]
    inches: tuple[float, float]
