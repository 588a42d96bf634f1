"""What ``cofund train`` prints: rounds, the fitted curve, contributions, and what noise guarantees."""

from typing import TYPE_CHECKING, Any

import click

from cofund.cli.terminal_table import table

if TYPE_CHECKING:
    from cofund.training.alone import TrainedAlone
    from cofund.training.curve import Curve
    from cofund.training.plan import Federation, Plan


def print_rounds(done: "TrainedAlone", metric: str, members: "Federation", privacy: tuple[float, ...]) -> None:
    """A row a round, and the curve below, or why there is none."""
    from rich.console import Console

    from cofund.training.metric import shown

    curve = done.curve
    header = ("round", metric, "fitted", "delivered", *(["epsilon"] if privacy else []), "model")
    rows = [
        (
            str(each.number),
            shown(each.metric),
            "" if curve is None else f"{curve.metric(each.number):.4f}",
            f"{sum(delivery.accepted for delivery in each.deliveries)}/{len(members.clients)}",
            *([f"{privacy[each.number - 1]:.3g}"] if privacy else []),
            each.digest.hex()[:16],
        )
        for each in done.rounds
    ]
    console = Console(highlight=False)
    console.print(table(header, rows, left=("model",)))
    console.print(_line(curve, len(done.rounds)) if curve else done.no_curve, soft_wrap=True)


def _line(curve: "Curve", rounds: int) -> str:
    terms = f'{{"curve": "exponential", "rate": "{curve.rate}", "rounds": {rounds}}}'
    return f"curve: {curve.full:.3f} - {curve.gap:.3f} exp(-{curve.rate} n), RMSE {curve.rmse:.4f}; in terms: {terms}"


def print_contributions(values: dict[str, float]) -> None:
    """Sums over rounds, the largest first."""
    from rich.console import Console

    rows = [(member, f"{value:+.4f}") for member, value in sorted(values.items(), key=lambda row: -row[1])]
    rows.append(("all: gain of the metric", f"{sum(values.values()):+.4f}"))
    first = "contribution of"
    Console(highlight=False).print(table((first, "Shapley value"), rows, left=(first,)))


def print_json(done: "TrainedAlone", plan: "Plan", privacy: tuple[float, ...]) -> None:
    """All of it as JSON."""
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
        for each in done.rounds
    ]
    printed: dict[str, Any] = {"rounds": rows, "curve": done.curve and asdict(done.curve)}
    printed["contributions"] = done.contributions
    if plan.private:
        printed["privacy"] = {name: getattr(plan, name) for name in ("norm_bound", "noise_multiplier", "delta")} | {
            "epsilon": privacy
        }
    click.echo(json.dumps(printed, indent=2))


def guarantee(plan: "Plan", privacy: tuple[float, ...], clients: int) -> str:
    """Who is protected from whom, in words."""
    return (
        f"privacy: epsilon {privacy[-1]:.3g} at delta {plan.delta:g} after round {plan.rounds}, for one of {clients} "
        f"clients in or out, noise {plan.noise_multiplier:g} times the bound {plan.norm_bound:g} on each round's sum; "
        f"the model of an earlier round has that round's epsilon; the metric has no noise"
    )
