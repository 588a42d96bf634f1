"""Every CSV that leaves cofund: RFC 4180 with line feeds, and no cell that a spreadsheet would run as a formula.

Names come from outside, and a spreadsheet runs a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage
return. Such a text gets an apostrophe, which a spreadsheet takes for "this is text". The same after a semicolon, tab or
line break inside a text: a spreadsheet that expects another separator would begin a cell there. Numbers stay numbers.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Final

Cell = str | int | float | bool | None

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)
_RUN: Final = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
_FIRST: Final = re.compile(rf"\s*{_RUN}|[\t\n]")
_LATER: Final = re.compile(rf"([;\t\n|]\s*)(?={_RUN})")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The table; nothing where there is no value, ``true`` and ``false``."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([harmless(name) for name in header])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def harmless(text: str) -> str:
    """The text as a spreadsheet shows it and does not run it; what is only a number is left as it is."""
    if _NUMBER.fullmatch(text):
        return text
    lines = text.replace("\r\n", "\n").replace("\r", "\n")  # Python's writer would not quote a carriage return
    guarded = _LATER.sub(r"\1'", lines)
    return f"'{guarded}" if _FIRST.match(lines) else guarded


def _cell(value: Cell) -> Cell:
    if isinstance(value, bool):
        return str(value).lower()
    return harmless(value) if isinstance(value, str) else value
