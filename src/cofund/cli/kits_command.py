"""``cofund kits``: what every party of a training across machines installs."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cofund.cli.connection import FOLDER, Address, optional_rpc_options
from cofund.cli.role_session import required_url, terms_option
from cofund.errors import InputError

if TYPE_CHECKING:
    from cofund.training.engines.nvflare.layout import Layout

DEFAULT_TIMEOUT_S = 60.0


@click.command()
@click.argument("training", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--campaign", type=Address(), help="A settled campaign, whose winners train.")
@click.option("--coordinator", metavar="HOST:PORT", help="With --campaign: where edges reach the coordinator.")
@click.option("--edge", "edges", metavar="ID=HOST:PORT", multiple=True, help="Where clients reach an edge.")
@click.option(
    "--timeout", type=float, default=DEFAULT_TIMEOUT_S, show_default=True, help="Seconds for a client's local steps."
)
@optional_rpc_options
@terms_option
@click.option("--out", type=FOLDER, required=True, help="Folder for the kits.")
def command(
    training: Path | None,
    campaign: str | None,
    coordinator: str | None,
    edges: tuple[str, ...],
    timeout: float,
    rpc_url: str | None,
    state: Path,
    terms: Path | None,
    out: Path,
) -> None:
    """Make a kit with certificates for the coordinator, every edge and every client of TRAINING, a TOML file.

    With --campaign ADDRESS instead of the file: what is trained say the published terms, who trains says the chain.
    Needs the extra nvflare. Give each party its folder, over a channel that you trust, and keep authority/ to yourself.
    """
    from cofund.training.engines.nvflare import require_nvflare
    from cofund.training.engines.nvflare.kits import make_kits
    from cofund.training.engines.nvflare.layout import load_layout

    require_nvflare()
    if (training is None) == (campaign is None):
        raise InputError("kits", "", "expected either a TRAINING file or --campaign ADDRESS")
    if campaign is None and training is not None:
        layout = load_layout(training)
    else:
        layout = _of_campaign(str(campaign), coordinator, edges, timeout, rpc_url, state, terms)
    for kit in make_kits(layout, out):
        click.echo(kit)


def _of_campaign(
    address: str,
    coordinator: str | None,
    edges: tuple[str, ...],
    timeout: float,
    rpc_url: str | None,
    home: Path,
    terms: Path | None,
) -> "Layout":
    from cofund.campaign.views import seat_at
    from cofund.chain.node import connect
    from cofund.roles.desk import visiting
    from cofund.roles.winners import settled_layout

    if coordinator is None:
        raise InputError("--coordinator", "", "expected HOST:PORT, where edges reach the coordinator")
    desk = replace(visiting(connect(required_url(rpc_url)), address, home), terms=terms)
    seen = seat_at(desk.campaign, desk.account.address)
    return settled_layout(desk, seen, desk.document(seen), coordinator, dict(map(_address, edges)), timeout)


def _address(text: str) -> tuple[str, str]:
    """Id and ``host:port``."""
    name, equals, address = text.partition("=")
    if not equals:
        raise InputError("--edge", text, "expected ID=HOST:PORT")
    return name, address
