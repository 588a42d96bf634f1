"""``cofund clear`` shows the outcome as tables or as ``cofund.outcome/1``."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cofund.cli.main import cli
from cofund.market.codec import encode_instance
from cofund.market.document import written
from cofund.market.generate import generate
from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.mechanism.outcome_codec import encode_outcome, load_outcome
from cofund.mechanism.rules import RULES, clear
from cofund.units import ONE

MARKET = generate(5, 40, 4, seed=7)


def run(*arguments: str, text: str | None = None) -> Result:
    result = CliRunner().invoke(cli, arguments, input=text, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def market(owners: int, clients: int, bid: int = 100) -> Instance:
    return Instance(
        cohort=2,
        min_cohort=1,
        ceiling=10,
        coordinator_fee=0,
        goal=1,
        match=0,
        quality=(ONE,),
        edges=(Edge("[bold]edge", 2, 1),),
        owners=tuple(Owner(f"o{at}", bid) for at in range(owners)),
        clients=tuple(Client(f"c{at}", "[bold]edge", at) for at in range(clients)),
    )


@pytest.mark.parametrize("rule", RULES)
def test_json_is_the_outcome(rule: str, tmp_path: Path) -> None:
    file = tmp_path / "outcome.json"
    file.write_text(run("clear", "-", "--rule", rule, "--json", text=written(encode_instance(MARKET))).stdout)
    assert load_outcome(str(file)) == clear(MARKET, rule)


def test_tables_show_prices_charges_and_where_the_money_goes() -> None:
    text = run("clear", "-", text=written(encode_instance(MARKET))).stdout
    outcome = clear(MARKET)
    for shown in (*outcome.prices.values(), *(owner.charge for owner in outcome.owners), outcome.clients_paid):
        assert f" {shown:,} " in text
    assert f"│ total                          │ {outcome.owners_paid + outcome.sponsor_paid:,} │" in text


def test_names_are_printed_as_they_are() -> None:
    text = run("clear", "-", text=written(encode_instance(market(1, 3)))).stdout
    assert "[bold]edge" in text
    assert "c2, left out of this full edge" in text


@pytest.mark.parametrize(
    ("instance", "reason"),
    [
        (market(0, 3), "there are no owners"),
        (market(2, 0), "only 0 of the 1 clients needed can be placed at or below the ceiling"),
        (market(2, 3, bid=0), "no group of owners can pay its shares of the first round"),
    ],
)
def test_not_funded_is_a_result_with_a_reason(instance: Instance, reason: str) -> None:
    text = written(encode_instance(instance))
    assert f"Not funded (serial): {reason}." in run("clear", "-", text=text).stdout
    document = json.loads(run("clear", "-", "--json", text=text).stdout)
    assert document == encode_outcome(clear(instance))
    assert (document["funded"], document["reason"], document["owners_paid"]) == (False, reason, "0")


def test_vcg_says_that_the_bids_do_not_reach_the_cost() -> None:
    reason = "the owners' bids for the first round together do not reach its cost"
    assert clear(market(2, 3, bid=0), "vcg").reason == reason


def test_an_unknown_rule_is_a_usage_error() -> None:
    result = CliRunner().invoke(cli, ["clear", "-", "--rule", "auction"])
    assert result.exit_code == 2
    assert "'auction' is not one of 'serial', 'vcg', 'provision'" in result.output
