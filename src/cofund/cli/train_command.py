"""``cofund train``: hierarchical federated averaging alone, its learning curve, and the public curve fitted to it."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cofund.cli.connection import FILE, FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from cofund.training.alone import LoneTraining
    from cofund.training.hierfavg import Round

_DIVISION = ("clients", "edges", "partition", "alpha", "grouping")


@click.command("train", short_help="Train a task alone, without chain or money.")
@click.argument("task")
@click.option("--local-steps", type=int, help="Steps of a client in an edge round (kappa 1).")
@click.option("--edge-rounds", type=int, help="Edge rounds in a round (kappa 2).")
@click.option("--rounds", type=int, help="Rounds of the coordinator.")
@click.option("--learning-rate", type=float, help="Step size.")
@click.option("--batch", type=int, help="Samples in a step.")
@click.option("--seed", type=int, help="Of all randomness.")
@click.option("--norm-bound", type=float, help="Largest norm of an update that is taken.")
@click.option("--noise-multiplier", type=float, help="Noise on a round, over the norm bound, for differential privacy.")
@click.option("--delta", type=float, help="For which epsilon is printed.  [default: 1e-5]")
@click.option("--noise-key", type=FILE, metavar="FILE", help="Keep the noise's secret here.")
@click.option("--rule", help="How edges average: mean, trimmed-mean, median or krum.")
@click.option("--tolerated", type=int, help="Malicious clients at an edge that such a rule withstands.")
@click.option("--cohort", type=int, help="Train with so many clients, drawn by the seed.")
@click.option("--clients", type=int, help="digits, images: clients.  [default: 50]")
@click.option("--edges", type=int, help="digits, images: edges.  [default: 5]")
@click.option("--partition", help="digits, images: dirichlet or one-class.  [default: dirichlet]")
@click.option("--alpha", type=float, help="digits, images: of the Dirichlet distribution.  [default: 0.5]")
@click.option("--grouping", help="digits, images: edge-iid or edge-non-iid.  [default: edge-iid]")
@click.option("--data", type=click.Path(path_type=Path), metavar="DIR", help="images: folder of the IDX files.")
@click.option("--save", type=FOLDER, metavar="DIR", help="Keep a checkpoint a round.")
@click.option("--contribution", help="Shapley values of the edges or of the clients: edges or clients.")
@click.option("--log-to", metavar="LOG", help="Write every round to tensorboard:DIR, mlflow:DIR or mlflow:http://HOST.")
@click.option("--json", "as_json", is_flag=True, help="Print rounds and curve as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def command(
    task: str,
    cohort: int | None,
    data: Path | None,
    noise_key: Path | None,
    save: Path | None,
    contribution: str | None,
    log_to: str | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Train TASK: air-quality, digits, images, a task of your own (module:attribute), or a TOML file about a CSV file.

    What is not given is as the task has it. The same options give the same digests, with noise if also --noise-key
    names the same file; keep it from everybody who may see a model.
    """
    from cofund.training.threads import prefer_one

    prefer_one()
    from cofund.cli.train_tables import guarantee, print_contributions, print_json, print_rounds
    from cofund.training.alone import lone_training

    given = {name: value for name, value in options.items() if value is not None}
    division = {name: given.pop(name) for name in _DIVISION if name in given}
    training = lone_training(task, division=division, data=data, cohort=cohort, contribution=contribution, **given)
    plan, privacy = training.plan, training.privacy
    with contextlib.ExitStack() as stack:
        done = training.run(_seen(stack, training, privacy, log_to, quiet=quiet), save=save, key=noise_key)
    if as_json:
        print_json(done, plan, privacy)
    else:
        print_rounds(done, training.metric, training.members, privacy)
        if plan.private and done.stopped is None:
            click.echo(guarantee(plan, privacy, len(training.members.clients)))
        if done.contributions:
            print_contributions(done.contributions)
    if done.stopped:  # after what was trained before
        raise done.stopped


def _seen(
    stack: contextlib.ExitStack,
    training: "LoneTraining",
    privacy: tuple[float, ...],
    log_to: str | None,
    *,
    quiet: bool,
) -> "Callable[[Round], None]":
    """What is told of each round: the bar, and the log if there is one."""
    from dataclasses import asdict

    from cofund.cli.round_bar import RoundBar
    from cofund.training.round_log import Logging, open_log

    log = None if log_to is None else open_log(log_to, training.task.name)
    if log is not None:
        stack.callback(log.close)
        log.parameters({field: str(value) for field, value in asdict(training.plan).items()})
    written = log and Logging(log, training.metric)
    bar = stack.enter_context(RoundBar(training.metric, training.plan.rounds, quiet=quiet))

    def seen(finished: "Round") -> None:
        if written:
            written.round(finished, {"epsilon": privacy[finished.number - 1]} if privacy else {})
        bar.round(finished)

    return seen
