"""Saved results of ``cofund study``: every folder with CSV files is shown as it is."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOST_ROWS: Final = 60
MOST_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class ShownStudy:
    """One saved table; ``more`` rows are not shown."""

    name: str
    header: list[str]
    rows: list[list[str]]
    more: int


@dataclass(frozen=True, slots=True)
class Study:
    """One folder of results."""

    name: str
    tables: list[ShownStudy]


def studies(folder: Path) -> list[Study]:
    """Every study that has left a table in ``folder``."""
    if not folder.is_dir():
        return []
    found = [(one.name, [_table(path) for path in sorted(one.glob("*.csv"))]) for one in sorted(folder.iterdir())]
    return [Study(name, [table for table in tables if table]) for name, tables in found if any(tables)]


def _table(path: Path) -> ShownStudy | None:
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = list(csv.reader(file)) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
    return ShownStudy(path.stem, header, rows[:MOST_ROWS], max(0, len(rows) - MOST_ROWS)) if header else None
