"""``cofund report``: the HTML report of a record."""

from pathlib import Path

import click

from cofund.errors import InputError


@click.command("report", short_help="Write the HTML report of a record.")
@click.argument("record", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="Where to write [default: report.html beside RECORD]."
)
def command(record: Path, out: Path | None) -> None:
    """Write one self-contained HTML file about the campaign in the file RECORD (cofund.record/1) and print its path.

    The report reads the record as it is; run `cofund verify RECORD` to recompute it.
    """
    from cofund.report.html import render_report
    from cofund.report.reading import load_record

    target = record.with_name("report.html") if out is None else out
    loaded = load_record(record)
    try:
        page = render_report(loaded)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError) as error:
        raise InputError(str(record), "", f"expected a whole record ({type(error).__name__}: {error})") from error
    try:
        target.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(str(target), "", f"cannot be written ({error.strerror})") from error
    click.echo(target)
