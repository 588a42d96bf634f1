"""``cofund axioms`` says what held and what broke, writes what can be replayed, and fails on a broken promise."""

import json
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cofund.cli.main import cli
from cofund.errors import CheckFailed
from cofund.market.codec import encode_instance, load_instance
from cofund.market.document import written
from cofund.market.generate import generate
from cofund.mechanism.registry import Axiom, rule
from cofund.units import ONE

LIAR = """
from cofund.mechanism.charges import Charges, not_funded
from cofund.mechanism.registry import Axiom, Rule
from cofund.mechanism.rules import clear_by

def pay_bids(market, cohort):
    return not_funded(market, cohort, "never") if not market.owners else Charges(
        1, None, (1,) * len(market.owners), tuple(owner.bid for owner in market.owners), (0,) * len(cohort.winners), 0)

def clear(instance):
    return clear_by(instance, "liar", pay_bids)

RULE = Rule("liar", clear, frozenset({Axiom.OWNERS_STRATEGYPROOF}), "everyone pays its bid")
"""


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["axioms", *arguments], input=text, catch_exceptions=False)


def test_each_axiom_has_a_line() -> None:
    result = run("--tries", "60")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "serial on generated markets, at most 60 tries an axiom, seed 0"
    for axiom in Axiom:
        assert any(line.startswith(f"  {axiom.value}") for line in lines)
    assert "  owners-strategyproof     held in 60 tries" in lines
    assert lines.index("declared") < lines.index("not declared")


def test_a_market_can_be_given() -> None:
    text = written(encode_instance(generate(3, 9, 2, seed=1, rounds=4)))
    result = run("-", "--tries", "40", "--rule", "provision", text=text)
    assert result.exit_code == 0
    assert result.stdout.startswith("provision on - and its neighbours")
    assert "known limit: " in result.stdout


def test_json_holds_the_findings() -> None:
    document = json.loads(run("--rule", "mcafee", "--tries", "300", "--json").stdout)
    assert (document["schema"], document["rule"], document["tries"]) == ("cofund.audit/1", "mcafee", 300)
    rows = {row["axiom"]: row for row in document["axioms"]}
    assert set(rows) == set(Axiom)
    assert {axiom for axiom, row in rows.items() if row["declared"]} == rule("mcafee").axioms
    assert rows["efficient"]["finding"]["schema"] == "cofund.finding/1"
    assert rows["no-deficit"]["finding"] is None


def test_a_finding_is_replayed_from_its_files(tmp_path: Path) -> None:
    run("--rule", "mcafee", "-o", str(tmp_path / "found"))
    stem = tmp_path / "found" / "owners-strategyproof"
    finding = json.loads(Path(f"{stem}.finding.json").read_text())
    truth, deviated = (load_instance(f"{stem}.{part}.json") for part in ("truth", "deviated"))
    assert finding["truth"] == json.loads(Path(f"{stem}.truth.json").read_text())
    (name,) = finding["owners"]
    at = [owner.id for owner in truth.owners].index(name)
    had, got = (rule("mcafee").clear(market).owners[at] for market in (truth, deviated))
    worth = Fraction(truth.owners[at].bid, ONE) * (sum(truth.quality[: got.level]) - sum(truth.quality[: had.level]))
    assert worth - got.charge + had.charge == Fraction(finding["gain"]) > 0


def test_a_broken_promise_is_a_failed_check(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "liar_rule.py").write_text(LIAR)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    with pytest.raises(CheckFailed, match="liar declares owners-strategyproof: broken") as failed:
        run("--rule", "liar_rule:RULE", "--tries", "60")
    assert failed.value.exit_code == 1


def test_an_unknown_rule_is_a_usage_error() -> None:
    result = run("--rule", "auction")
    assert result.exit_code == 2
    assert "nor module:attribute" in result.output


def test_clear_shows_the_clients_and_prices_of_a_laboratory_rule() -> None:
    market = generate(4, 12, 3, seed=7, rounds=20)
    text = written(encode_instance(market))
    result = CliRunner().invoke(cli, ["clear", "-", "--rule", "random"], input=text, catch_exceptions=False)
    assert result.exit_code == 0
    assert result.stdout.count("the rule") == len(market.edges)
    hired = [winner.edge for winner in rule("random").clear(market).winners]
    for edge in market.edges:
        assert f"{hired.count(edge.id)}/{edge.capacity} " in result.stdout


@pytest.mark.parametrize(("owners", "clients"), [(0, 5), (3, 0)])
def test_a_market_with_one_side_only_is_searched(owners: int, clients: int) -> None:
    text = written(encode_instance(generate(owners, clients, 2, seed=1, rounds=3)))
    result = run("-", "--tries", "20", text=text)
    assert result.exit_code == 0
    assert "nothing to try" in result.stdout
