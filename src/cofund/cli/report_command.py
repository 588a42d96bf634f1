"""``cofund report``: the HTML report of a record."""

from pathlib import Path

import click

from cofund.cli.connection import FOLDER


@click.command("report", short_help="Write the HTML report of a record.")
@click.argument("record", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="Where to write [default: report.html beside RECORD]."
)
@click.option("--statements", type=FOLDER, help="Also write every party's own page into this folder.")
@click.option("--tables", type=FOLDER, help="Also write every table into this folder.")
@click.option("--format", "kind", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
def command(record: Path, out: Path | None, statements: Path | None, tables: Path | None, kind: str) -> None:
    """Write one self-contained HTML file about the campaign in the file RECORD (cofund.record/3) and print its path.

    The report reads the record as it is; run `cofund verify RECORD` to recompute it.
    """
    from cofund.report.writing import write_report

    written = write_report(record, out, statements=statements, tables=tables, kind=kind)
    click.echo(written.page)
    if statements is not None:
        first, *others = written.statements
        click.echo(f"{first}  and {len(others)} statements beside it")
    if tables is not None:
        names = ", ".join(path.name for path in written.tables)
        click.echo(f"{tables}  {len(written.tables)} tables: {names}")
