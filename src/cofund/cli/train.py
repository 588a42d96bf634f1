"""``cofund train``: hierarchical federated averaging alone, its learning curve, and the public curve fitted to it."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cofund.training.curve import Curve
    from cofund.training.hierfavg import Round
    from cofund.training.plan import Federation, Plan
    from cofund.training.task import Task

_PLAN = ("local_steps", "edge_rounds", "rounds", "learning_rate", "batch", "seed", "norm_bound", "rule", "tolerated")
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
@click.option("--json", "as_json", is_flag=True, help="Print rounds and curve as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def command(
    task: str,
    cohort: int | None,
    data: Path | None,
    save: Path | None,
    contribution: str | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Train TASK: air-quality, digits, images, or a TOML file that describes a CSV file.

    What is not given is as the task has it. The same options give the same digests.
    """
    from cofund.training.threads import prefer_one

    prefer_one()
    from cofund.training.tasks.catalogue import drawn_cohort, prepare

    given = {name: value for name, value in options.items() if value is not None}
    found = prepare(task, {name: given[name] for name in _LAYOUT if name in given}, data)
    plan = replace(found.plan, **{name: given[name] for name in _PLAN if name in given})
    members = found.federation if cohort is None else drawn_cohort(found.federation, cohort, plan.seed)
    if contribution is not None:
        members = _contributing(contribution, members, plan)
    values: dict[str, float] = {}
    rounds = _train(found.task(plan), members, plan, save, None if contribution is None else values, quiet=quiet)
    curve, refusal = _fitted(rounds)
    if as_json:
        _print_json(rounds, curve, values)
    else:
        _print(rounds, found.metric, curve, refusal, members)
        if values:
            _print_contributions(values)


def _contributing(who: str, members: "Federation", plan: "Plan") -> "Federation":
    """The federation whose edges are those whose contribution is asked for."""
    from cofund.errors import InputError
    from cofund.training.contribution import one_edge_a_client

    if who not in {"edges", "clients"}:
        raise InputError("train", "contribution", "edges or clients")
    return members if who == "edges" else one_edge_a_client(members, plan)


def _train(
    task: "Task",
    members: "Federation",
    plan: "Plan",
    save: Path | None,
    values: dict[str, float] | None,
    *,
    quiet: bool,
) -> "list[Round]":
    """All rounds, with a bar and the metric so far; contributions are added to ``values``."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from cofund.training import checkpoints

    columns = (TextColumn(task.name), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    rounds = []
    console = Console(stderr=True, quiet=quiet)
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        bar = progress.add_task("", total=plan.rounds)
        for finished, added in _rounds(task, members, plan, contributions=values is not None):
            rounds.append(finished)
            for member, value in added.items():
                if values is not None:
                    values[member] = values.get(member, 0.0) + value
            if save is not None:
                checkpoints.save(save, finished)
            said = "" if finished.metric is None else f"{finished.metric:.3f}"
            progress.update(bar, advance=1, description=said)
    return rounds


def _rounds(
    task: "Task", members: "Federation", plan: "Plan", *, contributions: bool
) -> "Iterator[tuple[Round, dict[str, float]]]":
    from cofund.training.contribution import train_with_contributions
    from cofund.training.engines.in_process import InProcess
    from cofund.training.hierfavg import train_rounds

    if contributions:
        yield from train_with_contributions(task, InProcess(), members, plan)
    else:
        yield from ((finished, {}) for finished in train_rounds(task, InProcess(), members, plan))


def _fitted(rounds: "list[Round]") -> "tuple[Curve | None, str]":
    """The public curve of the rehearsal, or the reason why there is none."""
    from cofund.errors import CheckFailed
    from cofund.training.curve import fit

    metrics = [each.metric for each in rounds if each.metric is not None]
    if len(metrics) < len(rounds):
        return None, "no curve: nobody validates in some rounds"
    try:
        return fit(metrics), ""
    except CheckFailed as error:
        return None, f"no {error}"


def _print(rounds: "list[Round]", metric: str, curve: "Curve | None", refusal: str, members: "Federation") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name, side in (
        ("round", "right"),
        (metric, "right"),
        ("fitted", "right"),
        ("delivered", "right"),
        ("model", "left"),
    ):
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    for each in rounds:
        table.add_row(
            str(each.number),
            "" if each.metric is None else f"{each.metric:.4f}",
            "" if curve is None else f"{curve.metric(each.number):.4f}",
            f"{sum(delivery.accepted for delivery in each.deliveries)}/{len(members.clients)}",
            each.digest.hex()[:16],
        )
    console = Console(highlight=False)
    console.print(table)
    console.print(_line(curve, len(rounds)) if curve else refusal, soft_wrap=True)


def _line(curve: "Curve", rounds: int) -> str:
    terms = f'{{"curve": "exponential", "rate": "{curve.rate}", "rounds": {rounds}}}'
    return f"curve: {curve.full:.3f} - {curve.gap:.3f} exp(-{curve.rate} n), RMSE {curve.rmse:.4f}; in terms: {terms}"


def _print_contributions(values: dict[str, float]) -> None:
    """Sums over rounds, the largest first."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("contribution of")
    table.add_column("Shapley value", justify="right")
    for member, value in sorted(values.items(), key=lambda row: -row[1]):
        table.add_row(member, f"{value:+.4f}")
    table.add_row("all: gain of the metric", f"{sum(values.values()):+.4f}")
    Console(highlight=False).print(table)


def _print_json(rounds: "list[Round]", curve: "Curve | None", values: dict[str, float]) -> None:
    import json
    from dataclasses import asdict

    rows = [
        {
            "round": each.number,
            "metric": each.metric,
            "digest": each.digest.hex(),
            "updates_root": each.updates_root.hex(),
            "missing": {d.client: d.reason for d in each.deliveries if not d.accepted},
        }
        for each in rounds
    ]
    printed = {"rounds": rows, "curve": None if curve is None else asdict(curve), "contributions": values}
    click.echo(json.dumps(printed, indent=2))
