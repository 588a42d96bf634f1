"""``cofund plan``: cohort, goal and rounds suggested for a draft, before anything is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cofund.cli.terminal_table import table
from cofund.errors import InputError
from cofund.market.document import written
from cofund.market.draft_codec import load_draft

if TYPE_CHECKING:
    from rich.table import Table

    from cofund.mechanism.planning.goal_table import TablePlan
    from cofund.mechanism.planning.market_plan import MarketPlan


@click.command("plan", short_help="Suggest cohort, goal and rounds from rough terms.")
@click.argument("draft")
@click.option("--json", "as_json", is_flag=True, help="Print cofund.plan/1 instead of tables.")
@click.option("--seed", type=click.IntRange(0, 2**32), default=1, show_default=True, help="Same seed, same plan.")
@click.option("--draws", type=click.IntRange(100, 100_000), default=4000, show_default=True, help="Markets to draw.")
def command(draft: str, as_json: bool, seed: int, draws: int) -> None:
    """Suggest terms for the file DRAFT (cofund.draft/1; - reads standard input), and show what to expect.

    If a goal that depends on how many owners buy is expected to be clearly better, it is proposed besides.

    In every goal the truth is the best bid and there is no deficit, so a plan from wrong expectations costs welfare.
    Edges may lie below others, each listed after the one it lies below.
    """
    from cofund.mechanism.planning.market_plan import plan
    from cofund.mechanism.planning.plan_codec import encode_plan

    read = load_draft(draft)
    try:
        found = plan(read, seed=seed, draws=draws)
    except InputError as error:
        raise InputError("standard input" if draft == "-" else draft, error.field, error.expected) from None
    if as_json:
        click.echo(written(encode_plan(found)), nl=False)
    else:
        _print(found)


def _print(plan: MarketPlan) -> None:
    from rich.console import Console

    from cofund.mechanism.planning.reason import reason, table_reason

    console = Console(markup=False, emoji=False, highlight=False)
    best = plan.suggested
    offered = f"{best.rounds} of {len(best.option.quality)} rounds"
    console.print(f"Cohort {best.option.cohort}, goal {best.choice.goal}, {offered} offered.", soft_wrap=True)
    for sentence in reason(plan):
        console.print(sentence)
    console.print(_goals(plan))
    if len(plan.scales) > 1:
        console.print(_scales(plan))
    if len(plan.cohorts) > 1:
        console.print(_cohorts(plan))
    if plan.table is not None:
        console.print(table_reason(plan, plan.table))
        console.print(f"  goal = {_as_terms(plan.table)}", soft_wrap=True)
    console.print(f"Estimates from {plan.draws:,} drawn markets, seed {plan.seed}.")


def _as_terms(found: TablePlan) -> str:
    """A goal table as TERMS.toml has it."""
    entries = (f"{{weight = {weight:_}, rounds = {rounds}}}" for weight, rounds in found.entries)
    return f"[{', '.join(entries)}]"


def _goals(plan: MarketPlan) -> Table:
    """The prior's own scale."""
    middle = len(plan.scales) // 2
    rows = []
    for goal, why in _alternatives(plan).items():
        expected = plan.suggested.expected[middle][goal - 1]
        rows.append(
            (
                str(goal),
                _share(expected.funded),
                f"{expected.rounds:.1f}",
                f"{expected.charge:,.0f}",
                f"{expected.client_pay:,.0f}",
                *_shares(plan, goal, middle),
                why,
            )
        )
    header = ("goal", "funded", "rounds", "owner pays", "clients get", "first-best", "ceiling", "")
    title = "If values are as expected; welfare as a share of first-best and of the ceiling"
    return table(header, rows, left=("",), title=title)


def _scales(plan: MarketPlan) -> Table:
    from cofund.mechanism.planning.reason import scale_words

    rows = [
        (
            str(goal),
            *(
                cell
                for at in (0, 2)
                for cell in (_share(plan.suggested.expected[at][goal - 1].funded), *_shares(plan, goal, at))
            ),
        )
        for goal in _alternatives(plan)
    ]
    header = ("goal", *(("funded", "first-best", "ceiling") * 2))
    low, high = scale_words(plan.scales[0]), scale_words(plan.scales[2])
    return table(header, rows, left=("",), title=f"If values are {low} (left), {high} (right)")


def _cohorts(plan: MarketPlan) -> Table:
    middle = len(plan.scales) // 2
    rows = []
    for each in plan.cohorts:
        expected = each.expected[middle][each.choice.goal - 1]
        rows.append(
            (
                str(each.option.cohort),
                str(each.choice.goal),
                _share(each.placeable),
                _share(expected.funded),
                f"{expected.rounds:.1f}",
                f"{expected.welfare:,.0f}",
                "suggested" if each is plan.suggested else "",
            )
        )
    header = ("cohort", "its goal", "enough clients", "funded", "rounds", "welfare", "")
    return table(header, rows, left=("",), title="Cohorts, each with its own goal, if values are as expected")


def _alternatives(plan: MarketPlan) -> dict[int, str]:
    """Goals that are shown, and why."""
    rounds, choice = len(plan.suggested.option.quality), plan.suggested.choice
    said = {1: "no prior needed", rounds: "all or nothing"}
    said |= {choice.trusting: "best if right"}
    said |= {near: "" for near in (choice.goal - 1, choice.goal + 1) if 1 <= near <= rounds and near not in said}
    said |= {choice.goal: "suggested"}
    return dict(sorted(said.items()))


def _shares(plan: MarketPlan, goal: int, at: int) -> tuple[str, str]:
    share = plan.share(goal, at)
    return _share(share), "-" if plan.ceiling is None else _share(share / plan.ceiling[at])


def _share(part: float) -> str:
    return f"{100 * part:.1f} %"
