"""The tables of a report as files: CSV with nothing installed, Parquet with pyarrow (``cofund[columns]``)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cofund.csv_text import csv_text
from cofund.errors import InputError
from cofund.report.column_kinds import AMOUNTS, kind_of
from cofund.report.tables import Row
from cofund.whole_files import write_whole

DIGITS: Final = 38
"""Of Parquet's largest decimal; amounts have at most 29, sums of them no more."""


def write_tables(tables: dict[str, list[Row]], folder: Path, kind: str) -> list[Path]:
    """One file a table; a table without rows makes none.

    Args:
        tables: as of ``tables.tables``.
        folder: is made if it is missing.
        kind: ``csv`` or ``parquet``.

    Raises:
        InputError: if pyarrow is missing.
    """
    write = _WRITERS[kind]
    folder.mkdir(parents=True, exist_ok=True)
    return [write(rows, folder / f"{name}.{kind}") for name, rows in tables.items() if rows]


def _write_csv(rows: list[Row], path: Path) -> Path:
    header = list(rows[0])
    text = csv_text(header, ([row[name] for name in header] for row in rows))
    return write_whole(path, text.encode())


def _write_parquet(rows: list[Row], path: Path) -> Path:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra: only who writes Parquet needs it
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise InputError(str(path), "", "writing Parquet needs pyarrow: pip install 'cofund[columns]'") from None
    columns = {name: _fitting(name, [row[name] for row in rows]) for name in rows[0]}
    parquet.write_table(
        pa.table({name: pa.array(values, _type(pa, name, values)) for name, values in columns.items()}), path
    )
    return path


def _type(pa: Any, name: str, values: list[Any]) -> Any:
    """Of a number that is too large for it, which was made text, text."""
    types = {"amount": pa.decimal128(DIGITS, 0), "integer": pa.int64(), "boolean": pa.bool_()}
    return pa.string() if any(isinstance(value, str) for value in values) else types.get(kind_of(name), pa.string())


def _fitting(name: str, values: list[Any]) -> list[Any]:
    """The values, as text where one is too large for 64 bits, as a metric that a stranger recorded may be."""
    large = name not in AMOUNTS and any(isinstance(value, int) and abs(value) >= 2**63 for value in values)
    return [value if value is None else str(value) for value in values] if large else values


_WRITERS: Final[dict[str, Callable[[list[Row], Path], Path]]] = {"csv": _write_csv, "parquet": _write_parquet}
