"""Every table file that comes in from outside: CSV as programs of any country save it, and Parquet.

What is read is what the file says, or it is refused with its line: rows are as wide as the header, and a column that
is asked for is there once, however its header is spelled (spaces around it, capitals). The separator is that with which
the header has the wanted columns. A folder of Parquet parts is read in the order of their numbers. pyarrow reads.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from difflib import get_close_matches
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.errors import InputError
from cofund.market.outside_tables import OutsideTable, folded, pyarrow
from cofund.market.text_files import decoded, read_content

if TYPE_CHECKING:
    from collections.abc import Sequence

SEPARATORS: Final = (",", ";", "\t", "|")
_LARGEST_BLOCK: Final = 2**31 - 2
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Format:
    """What a file's owner says about it; None for what is to be recognised.

    Attributes:
        separator: between cells.
        decimal: mark of numbers, ``.`` or ``,``.
        encoding: of the text.
    """

    separator: str | None = None
    decimal: str | None = None
    encoding: str = "utf-8"


def read_table(
    path: str, needed: Sequence[str], optional: Sequence[str] = (), form: Format | None = None, kind: str = ""
) -> OutsideTable:
    """Read the columns of a CSV or Parquet file, or of a folder of Parquet parts.

    Args:
        path: of the file or folder.
        needed: columns that there must be.
        optional: columns that there may be.
        form: of the file, if its owner said something about it.
        kind: see ``OutsideTable``.

    Raises:
        InputError: naming the file, the line or column, and what was expected; also if pyarrow is not installed.
    """
    pa, _ = pyarrow(path)
    form = form or Format()
    try:
        if Path(path).is_dir():
            raw, first_line, separator = _parts(Path(path), needed, optional), None, ""
        else:
            content = read_content(path, Path(path))
            if content[:4] == b"PAR1":
                raw, first_line, separator = _parquet(Path(path), needed, optional), None, ""
            else:
                text = decoded(path, content, form.encoding, "save it as UTF-8, or say its encoding")
                raw, first_line, separator = _csv(path, text, (*needed, *optional), form)
    except (pa.ArrowException, OSError) as error:
        said = str(error).partition("\n")[0]
        raise InputError(path, "", f"expected a CSV or Parquet file that can be read: {said}") from None
    return OutsideTable(path, _chosen(path, raw, needed, optional), first_line, separator, form.decimal, kind)


def _chosen(path: str, table: Any, needed: Sequence[str], optional: Sequence[str]) -> dict[str, Any]:
    """The columns that were asked for; dictionaries unfolded into what they stand for."""
    pa, _ = pyarrow(path)
    found, names = {}, [folded(name) for name in table.column_names]
    for name in dict.fromkeys((*needed, *optional)):
        places = [at for at, each in enumerate(names) if each == folded(name)]
        if len(places) == 1:
            column = table.column(places[0])
            found[name] = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        elif places or name in needed or _meant(folded(name), names):
            raise InputError(path, name, f"expected one column of this name, got {_shown(table.column_names)}")
    return found


def _meant(name: str, names: list[str]) -> bool:
    """Whether a header looks as if an optional column was meant, which would else be left out in silence."""
    return any(name in each for each in names) or bool(get_close_matches(name, names, 1, 0.8))


def _shown(names: Sequence[str]) -> str:
    text = repr(", ".join(names))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _csv(path: str, text: str, wanted: Sequence[str], form: Format) -> tuple[Any, int, str]:
    """All cells as text, line of the first row, and the separator. The header is one more row for pyarrow."""
    pa, _ = pyarrow(path)
    from pyarrow import csv as arrow_csv  # noqa: PLC0415

    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(path, "", f"expected text, got a zero byte on line {line}; save it as CSV in UTF-8")
    skipped, text, said = _beginning(text)
    if not text:
        raise InputError(path, "", "expected a header and rows, got an empty file")
    separator = form.separator or said or _separator(text, wanted)
    header = next(csv.reader(StringIO(text[:100_000], newline=""), delimiter=separator))
    widths: list[Any] = []

    def noted(row: Any) -> str:
        widths.append(row)
        return "skip"

    content = f"{text}\n".encode()
    table = arrow_csv.read_csv(
        BytesIO(content),
        arrow_csv.ReadOptions(
            use_threads=False, autogenerate_column_names=True, block_size=min(len(content) + 1, _LARGEST_BLOCK)
        ),
        arrow_csv.ParseOptions(
            delimiter=separator,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=noted,
        ),
        arrow_csv.ConvertOptions(column_types={f"f{at}": pa.string() for at in range(len(header))}),
    )
    for row in widths:
        where = f"{path}, line {row.number + skipped}"
        raise InputError(where, "", f"expected {row.expected_columns} cells as in the header, got {row.actual_columns}")
    if text.count('"') % 2 and any("\n" in str(column[-1]) for column in table.columns):
        raise InputError(f"{path}, line {len(table) + skipped}", "", "expected a quote to be closed in this row")
    names = [str(column[0]) for column in table.columns]
    return table.slice(1).rename_columns(names), skipped + 2, separator


def _beginning(text: str) -> tuple[int, str, str]:
    """Lines before the header, the text from there, and the separator if Excel's first line ``sep=;`` says it."""
    rest = text.lstrip("\r\n").rstrip("\r\n\x1a")
    skipped = len(text[: len(text) - len(text.lstrip("\r\n"))].splitlines())
    said = re.match(r'"?sep=([,;\t|])"?(?:\r\n|\r|\n)', rest, re.IGNORECASE)
    return (skipped + 1, rest[said.end() :], said[1]) if said else (skipped, rest, "")


def _separator(text: str, wanted: Sequence[str]) -> str:
    """The separator with which the header holds the most of the wanted columns, then the most columns."""

    def found(separator: str) -> tuple[int, int]:
        names = [folded(name) for name in next(csv.reader(StringIO(text[:100_000], newline=""), delimiter=separator))]
        return sum(folded(name) in names for name in wanted), len(names)

    return max(SEPARATORS, key=found)


def _parquet(path: Path, needed: Sequence[str], optional: Sequence[str]) -> Any:
    """A Parquet file; of nested or unknown columns only those that are asked for are read."""
    from pyarrow import parquet  # noqa: PLC0415

    file = parquet.ParquetFile(path)
    names = file.schema_arrow.names
    asked = {folded(name) for name in (*needed, *optional)}
    if len(set(names)) < len(names):  # the name picks all that have it: refused where it is asked for
        return file.read()
    table = file.read([name for name in names if folded(name) in asked])
    others = [name for name in names if folded(name) not in asked]
    pa, _ = pyarrow(str(path))
    for name in others:  # for the messages, and for columns that are spelled nearly right
        table = table.append_column(name, pa.nulls(len(table)))
    return table


def _parts(folder: Path, needed: Sequence[str], optional: Sequence[str]) -> Any:
    """The parts of a folder in the order of their numbers: rows are in an order that matters."""
    pa, _ = pyarrow(str(folder))
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith((".", "_"))]
    names = {path: re.split(r"([0-9]+)", str(path.relative_to(folder))) for path in files}
    alike = len({tuple(words[::2]) for words in names.values()}) == 1
    order = {path: tuple(map(int, words[1::2])) for path, words in names.items()}
    if not files or not alike or len(set(order.values())) < len(files) or any(p.suffix != ".parquet" for p in files):
        expected = "expected Parquet parts that are numbered alike, as part-0.parquet to part-11.parquet"
        shown = _shown(sorted(str(path.relative_to(folder)) for path in files)) if files else "no file"
        raise InputError(str(folder), "", f"{expected}, since the order of rows matters; got {shown}")
    parts = [_parquet(path, needed, optional) for path in sorted(files, key=order.__getitem__)]
    try:
        return pa.concat_tables(parts)
    except pa.ArrowInvalid:
        raise InputError(str(folder), "", "expected parts with the same columns of the same types") from None
