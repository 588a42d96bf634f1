"""``cofund axioms``: put a rule on trial."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cofund.cli.rule_name import RuleName
from cofund.errors import CheckFailed
from cofund.market.codec import encode_instance, load_instance
from cofund.market.document import written
from cofund.mechanism.axioms.finding import Finding, encode_finding
from cofund.mechanism.axioms.trial import TRIES, AxiomVerdict, examine
from cofund.mechanism.registry import Axiom, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command("axioms", short_help="Search for markets on which a rule breaks an axiom.")
@click.argument("instance", required=False)
@click.option("--rule", type=RuleName(), default="serial", show_default=True, help="A rule's name or module:attribute.")
@click.option("--tries", type=click.IntRange(1), default=TRIES, show_default=True, help="Cases tried for each axiom.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed tries the same cases.")
@click.option("--json", "as_json", is_flag=True, help="Print cofund.audit/1 instead of lines.")
@click.option("-o", "--output", metavar="DIR", help="Write each broken axiom's market and deviation to this folder.")
def command(instance: str | None, rule: Rule, tries: int, seed: int, as_json: bool, output: str | None) -> None:
    """Try to break every axiom on the market INSTANCE and its neighbours, or on generated markets without one.

    Exit code 1 if an axiom that the rule declares is broken. Breaking one that it does not declare shows a known limit.
    """
    market = None if instance is None else load_instance(instance)
    verdicts = examine(rule, Axiom, market, tries, seed)
    if as_json:
        click.echo(written(_document(rule, tries, seed, verdicts)), nl=False)
    else:
        where = "generated markets" if instance is None else f"{instance} and its neighbours"
        click.echo(f"{rule.name} on {where}, at most {tries:,} tries an axiom, seed {seed}")
        _print_verdicts(verdicts)
    if output is not None:
        _write(Path(output), verdicts)
    broken = [verdict.axiom.value for verdict in verdicts if verdict.declared and verdict.finding]
    if broken:
        raise CheckFailed(f"{rule.name} declares {', '.join(broken)}: broken")


def _print_verdicts(verdicts: Sequence[AxiomVerdict]) -> None:
    for declared, title in ((True, "declared"), (False, "not declared")):
        chosen = [verdict for verdict in verdicts if verdict.declared is declared]
        if chosen:
            click.echo(title)
        for verdict in chosen:
            click.echo(f"  {verdict.axiom.value:<25}{_line(verdict)}")


def _line(verdict: AxiomVerdict) -> str:
    finding = verdict.finding
    if finding is None:
        return f"held in {verdict.tries:,} tries" if verdict.tries else "nothing to try"
    line = f"{'BROKEN' if verdict.declared else 'known limit'}: {finding.worst}"
    return line if finding.what == finding.worst else f"{line}\n{'':<27}smallest: {finding.what}"


def _document(rule: Rule, tries: int, seed: int, verdicts: Sequence[AxiomVerdict]) -> dict[str, Any]:
    rows = [
        {
            "axiom": verdict.axiom.value,
            "declared": verdict.declared,
            "tries": verdict.tries,
            "finding": None if verdict.finding is None else encode_finding(verdict.finding),
        }
        for verdict in verdicts
    ]
    return {"schema": "cofund.audit/1", "rule": rule.name, "tries": tries, "seed": seed, "axioms": rows}


def _write(folder: Path, verdicts: Sequence[AxiomVerdict]) -> None:
    findings: list[Finding] = [verdict.finding for verdict in verdicts if verdict.finding is not None]
    folder.mkdir(parents=True, exist_ok=True)
    for finding in findings:
        parts = {
            "finding": encode_finding(finding),
            "truth": encode_instance(finding.case.instance),
            "deviated": encode_instance(finding.case.deviated()),
        }
        for part, document in parts.items():
            (folder / f"{finding.axiom.value}.{part}.json").write_text(written(document), encoding="utf-8")
