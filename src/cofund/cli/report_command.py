"""``cofund report``: the HTML report of a record."""

from pathlib import Path

import click

from cofund.errors import InputError

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("report", short_help="Write the HTML report of a record.")
@click.argument("record", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="Where to write [default: report.html beside RECORD]."
)
@click.option("--statements", type=FOLDER, help="Also write every party's own page into this folder.")
@click.option("--tables", type=FOLDER, help="Also write every table into this folder.")
@click.option("--format", "kind", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
def command(record: Path, out: Path | None, statements: Path | None, tables: Path | None, kind: str) -> None:
    """Write one self-contained HTML file about the campaign in the file RECORD (cofund.record/2) and print its path.

    The report reads the record as it is; run `cofund verify RECORD` to recompute it.
    """
    from cofund.report.html import render_report
    from cofund.report.reading import load_record, read, whole_record
    from cofund.report.statements import write_statements
    from cofund.report.table_files import write_tables
    from cofund.report.tables import tables as all_tables
    from cofund.report.verdict import findings

    target = record.with_name("report.html") if out is None else out
    loaded = load_record(record)
    with whole_record(record):
        page, found = render_report(loaded), findings(read(loaded))
        rows = all_tables(found)
        if statements is not None:
            first, *others = write_statements(found, statements)
    try:
        target.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(str(target), "", f"cannot be written ({error.strerror})") from error
    click.echo(target)
    if statements is not None:
        click.echo(f"{first}  and {len(others)} statements beside it")
    if tables is not None:
        written = write_tables(rows, tables, kind)
        click.echo(f"{tables}  {len(written)} tables: {', '.join(path.name for path in written)}")
