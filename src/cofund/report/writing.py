"""A record's report, statements and tables as files."""

from dataclasses import dataclass
from pathlib import Path

from cofund.errors import InputError
from cofund.report.html import render_report
from cofund.report.reading import load_record, read, whole_record
from cofund.report.statements import write_statements
from cofund.report.table_files import write_tables
from cofund.report.tables import tables as all_tables
from cofund.report.verdict import findings


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """What was written: the page, every party's statement (the list of them first) and the tables, if asked for."""

    page: Path
    statements: tuple[Path, ...]
    tables: tuple[Path, ...]


def write_report(
    record: str | Path,
    out: Path | None = None,
    *,
    statements: Path | None = None,
    tables: Path | None = None,
    kind: str = "csv",
) -> ReportFiles:
    """Write the report of a record as it is; ``verify`` recomputes it.

    Args:
        record: the file.
        out: where the page goes; ``report.html`` beside the record if not given.
        statements: folder for every party's own page, None for none.
        tables: folder for every table, None for none.
        kind: of the tables, ``csv`` or ``parquet``.

    Raises:
        InputError: if the file is no record, or something cannot be written.
        CheckFailed: if the record's outcome is not what its rule gives.
    """
    source = Path(record)
    page = source.with_name("report.html") if out is None else out
    loaded = load_record(source)
    with whole_record(source):
        text, found = render_report(loaded), findings(read(loaded))
        rows = all_tables(found)
        pages = [] if statements is None else write_statements(found, statements)
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(str(page), "", f"cannot be written ({error.strerror})") from error
    return ReportFiles(page, tuple(pages), () if tables is None else tuple(write_tables(rows, tables, kind)))
