"""``cofund clear``: the mechanism alone, file in, outcome out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from cofund.cli.rule_name import RuleName
from cofund.cli.terminal_table import table
from cofund.market.codec import load_instance
from cofund.market.document import written
from cofund.market.instance import parent_positions
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.edge_tree import counts_below
from cofund.mechanism.explain_client import price_setter
from cofund.mechanism.outcome_codec import encode_outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.table import Table

    from cofund.market.instance import Instance, Owner
    from cofund.mechanism.cohort import Cohort
    from cofund.mechanism.outcome import Outcome
    from cofund.mechanism.registry import Rule


@click.command("clear", short_help="Run the mechanism alone: instance in, outcome out.")
@click.argument("instance")
@click.option("--rule", type=RuleName(), default="serial", show_default=True, help="A rule's name or module:attribute.")
@click.option("--clients", metavar="FILE", help="Columns edge and cost, CSV or Parquet; INSTANCE then lists no agents.")
@click.option("--owners", metavar="FILE", help="With --clients: columns bid and, if you like, weight.")
@click.option("--json", "as_json", is_flag=True, help="Print cofund.outcome/1 instead of tables.")
def command(instance: str, rule: Rule, clients: str | None, owners: str | None, as_json: bool) -> None:
    """Run the mechanism on the file INSTANCE (cofund.instance/1; - reads standard input).

    An outcome that is not funded is a result, not an error: the exit code is 0.
    """
    if owners is not None and clients is None:
        raise click.UsageError("--owners needs --clients: columns hold both sides of the market")
    cleared = (
        _clear(load_instance(instance), rule) if clients is None else _clear_files(instance, clients, owners, rule)
    )
    if as_json:
        click.echo(written(encode_outcome(cleared.outcome)), nl=False)
    else:
        _print_tables(cleared)


@dataclass(frozen=True, slots=True)
class _Cleared:
    """A market and its outcome, with what only tables need: the usual cohort, and the clients' names by position."""

    market: Instance
    owners: Sequence[Owner]
    outcome: Outcome
    cohort: Callable[[], Cohort]
    called: Callable[[int], str]


def _clear(market: Instance, rule: Rule) -> _Cleared:
    outcome = rule.clear(market)
    return _Cleared(market, market.owners, outcome, lambda: choose_cohort(market), lambda at: market.clients[at].id)


def _clear_files(terms: str, clients: str, owners: str | None, rule: Rule) -> _Cleared:
    """Without an object for every client, if the rule is a standard one."""
    from cofund.market.column_files import load_columns
    from cofund.mechanism.array_names import named_cohort, named_outcome
    from cofund.mechanism.arrays import clear_columns
    from cofund.mechanism.registry import STANDARD

    columns = load_columns(terms, clients, owners)
    if rule not in STANDARD.values():
        return _clear(columns.instance(), rule)
    found = clear_columns(columns, rule.name)
    outcome = named_outcome(columns, found)
    return _Cleared(
        columns.terms, columns.owners(), outcome, lambda: named_cohort(columns, found), lambda at: f"client-{at + 1}"
    )


def _print_tables(cleared: _Cleared) -> None:
    from rich.console import Console

    market, outcome = cleared.market, cleared.outcome
    console = Console(markup=False, emoji=False, highlight=False)
    console.print(_headline(market, outcome), soft_wrap=True)
    console.print(_edge_table(cleared))
    console.print(_owner_table(cleared.owners, outcome))
    console.print(_money_table(outcome))
    console.print(f"Welfare {outcome.welfare:,} of {outcome.first_best:,} at best with this cohort.")


def _headline(market: Instance, outcome: Outcome) -> str:
    cohort = f"{outcome.cohort} of {market.cohort} clients, round cost {outcome.round_cost:,}"
    if outcome.reason is not None:
        return f"Not funded ({outcome.rule}): {outcome.reason}. {cohort}."
    return f"Funded ({outcome.rule}): {outcome.rounds} of {len(market.quality)} rounds, {cohort}."


def _edge_table(cleared: _Cleared) -> Table:
    market, outcome, cohort = cleared.market, cleared.outcome, cleared.cohort()
    trained = [cleared.called(position) for position in cohort.winners] == [one.id for one in outcome.winners]
    usual = trained and list(cohort.prices) == [outcome.prices[edge.id] for edge in market.edges]
    direct = Counter(winner.edge for winner in outcome.winners)
    counts = counts_below(parent_positions(market.edges), [direct[edge.id] for edge in market.edges])
    rows = [
        (
            edge.id,
            f"{counts[at]}/{edge.capacity}",
            outcome.prices[edge.id],
            price_setter(market, cohort, at, cleared.called) if usual else "the rule",
        )
        for at, edge in enumerate(market.edges)
    ]
    return table(("edge", "clients", "price", "set by"), rows, title="Prices of a client-round, edge fee included")


def _owner_table(owners: Sequence[Owner], outcome: Outcome) -> Table:
    rows = [
        (owner.id, owner.bid, owner.weight, result.level, result.charge)
        for owner, result in zip(owners, outcome.owners, strict=True)
    ]
    return table(("owner", "bid", "weight", "level", "charge"), rows, title="Owners")


def _money_table(outcome: Outcome) -> Table:
    paid_in = {"owners": outcome.owners_paid, "sponsor": outcome.sponsor_paid}
    paid_out = {
        "clients": outcome.clients_paid,
        "edges": outcome.edges_paid,
        "coordinator": outcome.coordinator_paid,
        "surplus, back to the initiator": outcome.surplus,
    }
    rows: list[tuple[str, object, object]] = [(name, paid, "") for name, paid in paid_in.items()]
    rows += [(name, "", paid) for name, paid in paid_out.items()]
    rows.append(("total", sum(paid_in.values()), sum(paid_out.values())))
    return table(("", "paid in", "paid out"), rows, title="Money")
