"""``cofund coordinator``: what the coordinator runs, and the same with everybody on one host."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cofund.cli.conduct import conduct
from cofund.cli.connection import FOLDER, KIT
from cofund.cli.offices import add_coordinator
from cofund.cli.role_session import Session, session_options

if TYPE_CHECKING:
    from cofund.training.engines.nvflare.kits import Kit


@click.group()
def command() -> None:
    """Commands of a coordinator."""


add_coordinator(command)


@command.command()
@click.argument("kit", type=KIT)
@session_options("coordinator")
@click.option("--store", metavar="URL", help="Where to publish, if not where the campaign announced it.")
@click.option("--poll", type=click.FloatRange(0.1), default=5.0, show_default=True, help="Seconds between two looks.")
def run(kit: Path, session: Session | None, store: str | None, poll: float) -> None:
    """Train with the edges of KIT (see `cofund kits`); rounds are written to KIT/rounds.

    With --campaign the rounds are those that were bought: each is recorded on chain before the next one, results count
    if the edge's account signed them, and after the last veto window the sealed models are published and the books are
    closed. An interrupted training goes on from its last round when the same command is run again.
    """
    from cofund.cli.nvflare_extra import end_in_order_when_terminated
    from cofund.training.engines.nvflare import require_nvflare
    from cofund.training.engines.nvflare.kits import open_kit

    require_nvflare()
    end_in_order_when_terminated()
    opened = open_kit(kit, "coordinator")
    if session is None:
        _train(opened)
    else:
        conduct(opened, session, store, poll)


@command.command()
@click.argument("training", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=FOLDER, required=True, help="Folder for the kits.")
def rehearse(training: Path, out: Path) -> None:
    """Train TRAINING with every party as processes of this host, with certificates, on free ports.

    Kits are made in the folder if it is empty; otherwise the rehearsal in it goes on.
    """
    from cofund.cli.nvflare_extra import end_in_order_when_terminated
    from cofund.training.engines.nvflare import require_nvflare
    from cofund.training.engines.nvflare.kits import open_kit
    from cofund.training.engines.nvflare.layout import load_layout
    from cofund.training.engines.nvflare.local_parties import local_kits, parties_on_this_host

    require_nvflare()
    end_in_order_when_terminated()
    if not out.exists() or not any(out.iterdir()):
        local_kits(load_layout(training), out)
    with parties_on_this_host(out):
        _train(open_kit(out / "coordinator", "coordinator"))


def _train(kit: "Kit") -> None:
    from cofund.cli.party_task import party_task
    from cofund.cli.round_bar import unmeasured
    from cofund.errors import CheckFailed
    from cofund.training import checkpoints
    from cofund.training.engines.nvflare import parties
    from cofund.training.hierfavg import require_delivered, train_rounds
    from cofund.training.metric import shown
    from cofund.training.privacy import noise_key

    layout, rounds = kit.layout, kit.folder / "rounds"
    saved = checkpoints.latest(rounds)
    start = (saved.number, saved.model) if saved else None
    task, _, _ = party_task(layout)
    key = noise_key(kit.folder / "noise.key") if layout.plan.private else None
    click.echo(f"waiting for edges {', '.join(edge.id for edge in layout.edges)}", err=True)
    with parties.coordinator(kit) as engine:
        for finished in train_rounds(task, engine, layout.federation, layout.plan, start, key):
            try:
                require_delivered(finished)
            except CheckFailed as error:
                where = kit.server / "nvflare.log"
                raise CheckFailed(f"{error} See {where}; the same command goes on from the last round") from error
            checkpoints.save(rounds, finished)
            click.echo(f"round {finished.number}  metric {shown(finished.metric)}  model {finished.digest.hex()}")
            if why := unmeasured(finished):
                click.echo(why)
            for delivery in finished.deliveries:
                if not delivery.accepted:
                    click.echo(f"  missing {delivery.client}: {delivery.reason}")
