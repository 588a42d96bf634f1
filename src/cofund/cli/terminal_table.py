"""A table of rich, as every command prints one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table


def table(
    header: Sequence[str], rows: Sequence[Sequence[object]], *, left: Sequence[str] | None = None, title: str = ""
) -> Table:
    """Integers are grouped by thousands.

    Args:
        header: names of columns.
        rows: cells of each.
        left: columns that are aligned to the left; None for those without integers.
        title: without one there are no lines either.
    """
    from rich.table import Table

    plain: dict[str, Any] = {} if title else {"box": None, "pad_edge": False}
    found = Table(title=title or None, title_justify="left", **plain)
    for at, name in enumerate(header):
        is_left = name in left if left is not None else not any(isinstance(row[at], int) for row in rows)
        found.add_column(name, justify="left" if is_left else "right")
    for row in rows:
        found.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    return found
