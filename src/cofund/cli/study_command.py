"""``cofund study``: print a study's tables, save them as CSV, draw its figure."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cofund.cli.connection import FOLDER, KIT

if TYPE_CHECKING:
    from cofund.study.result import Result, ResultTable


@click.command("study", short_help="Reproduce a figure and its tables.")
@click.argument("name", required=False)
@click.option(
    "--out",
    type=FOLDER,
    metavar="DIR",
    help="Folder for the CSV files and the figure.  [default: study-results/NAME]",
)
@click.option("--full", is_flag=True, help="The large configuration, which can take hours.")
@click.option(
    "--data",
    type=KIT,
    metavar="DIR",
    help="Folder of IDX images to train on (hierarchy).",
)
@click.option("--figure/--no-figure", default=True, show_default=True, help="Draw NAME.svg and NAME.pdf.")
@click.option("--json", "as_json", is_flag=True, help="Print the tables as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def command(
    name: str | None, out: Path | None, full: bool, data: Path | None, figure: bool, as_json: bool, quiet: bool
) -> None:
    """Run the study NAME; without a name, list the studies.

    The same configuration gives the same files, byte for byte.
    """
    from cofund.study.catalogue import STUDIES, configured
    from cofund.study.figure import require_matplotlib, save

    if name is None:
        _list(STUDIES)
        return
    if name not in STUDIES:
        from cofund.errors import InputError

        raise InputError("", "study", f"{name!r} is not one of {', '.join(STUDIES)}")
    if figure:
        require_matplotlib()
    configuration = configured(name, full=full, data=data)
    folder = out or Path("study-results") / name
    folder.mkdir(parents=True, exist_ok=True)
    result = _run(name, configuration, quiet=quiet)
    paths = [_save(table, folder) for table in result.tables]
    if figure:
        paths += save(result, folder / name)
    _print(result, paths, as_json=as_json)


def _list(studies: dict[str, str]) -> None:
    width = max(map(len, studies))
    for name, line in studies.items():
        click.echo(f"{name:<{width}}  {line}")


def _run(name: str, configuration: object, *, quiet: bool) -> "Result":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from cofund.study.catalogue import run

    if quiet:
        return run(name, lambda _done, _all: None, configuration)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=None)
        return run(name, lambda done, steps: progress.update(task, completed=done, total=steps), configuration)


def _save(table: "ResultTable", folder: Path) -> Path:
    path = folder / f"{table.name}.csv"
    path.write_text(table.csv(), encoding="utf-8")
    return path


def _print(result: "Result", paths: list[Path], *, as_json: bool) -> None:
    if as_json:
        import json

        tables = {
            table.name: [dict(zip(table.header, row, strict=True)) for row in table.rows] for table in result.tables
        }
        click.echo(json.dumps({"tables": tables, "files": [str(path) for path in paths]}, indent=2))
        return
    from rich.console import Console

    console = Console(highlight=False)
    for table in result.tables:
        if table.shown:
            console.print(table.title, style="bold", soft_wrap=True)
            console.print(_terminal(table))
            console.print()
    for path in paths:
        console.print(str(path), soft_wrap=True)


def _terminal(table: "ResultTable") -> object:
    from cofund.cli.terminal_table import table as drawn

    words = [name for at, name in enumerate(table.header) if any(isinstance(row[at], str) for row in table.rows)]
    return drawn(table.header, [[_cell(cell, table.decimals) for cell in row] for row in table.rows], left=words)


def _cell(cell: str | float, decimals: int) -> str:
    if isinstance(cell, float):
        return f"{cell:,.{decimals}f}" if abs(cell) < 1000 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else cell
