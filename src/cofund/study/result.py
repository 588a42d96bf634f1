"""What a study hands back: tables to print and save, and how to draw its figure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cofund.csv_text import csv_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Tick = Callable[[int, int], None]
"""Told the steps done and all steps."""

Cell = str | int | float


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
