"""``cofund kits``: what every party of a training across machines installs."""

from pathlib import Path

import click


@click.command()
@click.argument("training", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the kits.")
def command(training: Path, out: Path) -> None:
    """Make a kit with certificates for the coordinator, every edge and every client of TRAINING, a TOML file.

    Needs the extra nvflare. Give each party its folder, over a channel that you trust, and keep authority/ to yourself.
    """
    from cofund.training.engines.nvflare import require_nvflare
    from cofund.training.engines.nvflare.kits import make_kits
    from cofund.training.engines.nvflare.layout import load_layout

    require_nvflare()
    for kit in make_kits(load_layout(training), out):
        click.echo(kit)
