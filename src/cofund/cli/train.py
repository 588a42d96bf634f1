"""``cofund train``: hierarchical federated averaging alone, its learning curve, and the public curve fitted to it."""

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cofund.errors import CheckFailed
    from cofund.training.curve import Curve
    from cofund.training.hierfavg import Round
    from cofund.training.plan import Federation, Plan
    from cofund.training.task import Task
    from cofund.training.tasks.own import CampaignTask

_PLAN = ("local_steps", "edge_rounds", "rounds", "learning_rate", "batch", "seed", "norm_bound", "rule", "tolerated")
_PRIVACY = ("noise_multiplier", "delta")
_LAYOUT = ("clients", "edges", "partition", "alpha", "grouping")


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
@click.option(
    "--noise-key", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Keep the noise's secret here."
)
@click.option("--rule", help="How edges average: mean, trimmed-mean, median or krum.")
@click.option("--tolerated", type=int, help="Malicious clients at an edge that such a rule withstands.")
@click.option("--cohort", type=int, help="Train with so many clients, drawn by the seed.")
@click.option("--clients", type=int, help="digits, images: clients.  [default: 50]")
@click.option("--edges", type=int, help="digits, images: edges.  [default: 5]")
@click.option("--partition", help="digits, images: dirichlet or one-class.  [default: dirichlet]")
@click.option("--alpha", type=float, help="digits, images: of the Dirichlet distribution.  [default: 0.5]")
@click.option("--grouping", help="digits, images: edge-iid or edge-non-iid.  [default: edge-iid]")
@click.option("--data", type=click.Path(path_type=Path), metavar="DIR", help="images: folder of the IDX files.")
@click.option(
    "--save", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Keep a checkpoint a round."
)
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
    from cofund.training.privacy import noise_key as read_key
    from cofund.training.tasks.named import drawn_cohort, task_alone

    given = {name: value for name, value in options.items() if value is not None}
    found, usual = task_alone(task, {name: given[name] for name in _LAYOUT if name in given}, data)
    plan = replace(usual, **{name: given[name] for name in (*_PLAN, *_PRIVACY) if name in given})
    everybody = found.rehearsal()
    members = everybody if cohort is None else drawn_cohort(everybody, cohort, plan.seed)
    if contribution is not None:
        members = _contributing(contribution, members, plan)
    privacy = _privacy(plan)
    with contextlib.ExitStack() as stack:
        seen = _seen(stack, found, plan, log_to, privacy, quiet=quiet)
        key = read_key(noise_key) if plan.private else None
        training = _rounds(found.task(plan), members, plan, key, contributions=contribution is not None)
        rounds, values, stopped = _until_stopped(training, seen, save)
    if not rounds:
        raise stopped or AssertionError("a plan has rounds")
    curve, refusal = _fitted(rounds)
    if as_json:
        print_json(rounds, curve, values, plan, privacy)
    else:
        print_rounds(rounds, found.metric, curve, refusal, members, privacy)
        if plan.private and stopped is None:
            click.echo(guarantee(plan, privacy, len(members.clients)))
        if values:
            print_contributions(values)
    if stopped:  # after what was trained before
        raise stopped


def _until_stopped(
    training: "Iterator[tuple[Round, dict[str, float]]]", seen: "Callable[[Round], None]", save: Path | None
) -> "tuple[list[Round], dict[str, float], CheckFailed | None]":
    """All rounds and the contributions in them, up to one to which nobody delivered; and why it ended there."""
    from cofund.errors import CheckFailed
    from cofund.training import checkpoints
    from cofund.training.hierfavg import require_delivered

    rounds: list[Round] = []
    values: dict[str, float] = {}
    try:
        for finished, added in training:
            rounds.append(require_delivered(finished))
            for member, value in added.items():
                values[member] = values.get(member, 0.0) + value
            if save is not None:
                checkpoints.save(save, finished)
            seen(finished)
    except CheckFailed as error:
        return rounds, values, error
    return rounds, values, None


def _privacy(plan: "Plan") -> tuple[float, ...]:
    """Epsilon after every round, nothing without noise."""
    from cofund.training.accountant import epsilons

    return epsilons(plan) if plan.private else ()


def _seen(
    stack: contextlib.ExitStack,
    found: "CampaignTask",
    plan: "Plan",
    log_to: str | None,
    privacy: tuple[float, ...],
    *,
    quiet: bool,
) -> "Callable[[Round], None]":
    """What is told of each round: the bar, and the log if there is one."""
    from dataclasses import asdict

    from cofund.cli.round_bar import RoundBar
    from cofund.training.round_log import Logging, open_log

    log = None if log_to is None else open_log(log_to, found.task(plan).name)
    if log is not None:
        stack.callback(log.close)
        log.parameters({field: str(value) for field, value in asdict(plan).items()})
    written = log and Logging(log, found.metric)
    bar = stack.enter_context(RoundBar(found.metric, plan.rounds, quiet=quiet))

    def seen(finished: "Round") -> None:
        if written:
            written.round(finished, {"epsilon": privacy[finished.number - 1]} if privacy else {})
        bar.round(finished)

    return seen


def _contributing(who: str, members: "Federation", plan: "Plan") -> "Federation":
    """The federation whose edges are those whose contribution is asked for."""
    from cofund.errors import InputError
    from cofund.training.contribution import one_edge_a_client

    if who not in {"edges", "clients"}:
        raise InputError("train", "contribution", "edges or clients")
    return members if who == "edges" else one_edge_a_client(members, plan)


def _rounds(
    task: "Task", members: "Federation", plan: "Plan", key: bytes | None, *, contributions: bool
) -> "Iterator[tuple[Round, dict[str, float]]]":
    from cofund.training.contribution import train_with_contributions
    from cofund.training.engines.in_process import InProcess
    from cofund.training.hierfavg import train_rounds

    if contributions:
        yield from train_with_contributions(task, InProcess(), members, plan)
    else:
        yield from ((finished, {}) for finished in train_rounds(task, InProcess(), members, plan, noise_key=key))


def _fitted(rounds: "list[Round]") -> "tuple[Curve | None, str]":
    """The public curve of the rehearsal, or the reason why there is none."""
    from cofund.errors import CheckFailed
    from cofund.training.curve import fit

    metrics = [each.metric for each in rounds if each.metric is not None]
    if len(metrics) < len(rounds):
        return None, "no curve: some rounds have no metric"
    try:
        return fit(metrics), ""
    except CheckFailed as error:
        return None, f"no {error}"
