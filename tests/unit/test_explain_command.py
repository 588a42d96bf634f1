"""``cofund explain`` derives an agent's result from the instance, and refuses an outcome that is not right."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cofund.cli.main import cli
from cofund.errors import CheckFailed, InputError
from cofund.market.codec import decode_instance, encode_instance
from cofund.market.document import Field, written
from cofund.market.generate import generate
from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.mechanism.explain import explain
from cofund.mechanism.outcome_codec import encode_outcome
from cofund.mechanism.rules import RULES, clear
from cofund.units import ONE
from profiles import times
from tests.oracles.markets import Document, documents

MARKET = Instance(
    cohort=3,
    min_cohort=2,
    ceiling=20,
    coordinator_fee=1,
    goal=1,
    match=0,
    quality=(ONE // 2, ONE // 4, ONE // 4),
    edges=(Edge("north", 1, 2), Edge("south", 5, 0)),
    owners=(Owner("rich", 300), Owner("poor", 50)),
    clients=(
        Client("winner", "north", 3),
        Client("crowded out", "north", 4),
        Client("cheap", "south", 5),
        Client("fair", "south", 8),
        Client("dear", "south", 9),
        Client("absurd", "south", 21),
    ),
)


def lines_of(agent: str, rule: str = "serial", market: Instance = MARKET) -> list[str]:
    return explain(market, clear(market, rule), agent)


def test_a_winner_learns_who_set_its_price_and_that_no_offer_would_pay_more() -> None:
    """At north the loser asks 4 + 2 = 6; at south 9. P = 6 + 9 + 9 + 1 = 25, C = 5 + 5 + 8 + 1 = 19.

    Without it the loser is hired, nobody is left at north, and all three prices are 9: P = 28, C = 20.
    """
    assert lines_of("winner") == [
        "winner asks 3 a round; with the fee 2 of north that is 5.",
        "The price at north is 6 a client-round, set by crowded out, left out of this full edge.",
        "It is paid 4 a round after the fee; 3 rounds: 12.",
        "Its profit is 3. Had it asked 0: 3; 4, the most that still wins: 3; one unit more: 0.",
        "With it: welfare 268 over 3 rounds at 25 a round. Without it: 265 over 3 rounds at 28.",
    ]


@pytest.mark.parametrize(
    ("agent", "reason", "critical"),
    [
        (
            "crowded out",
            "It does not train: north is full with 1 cheaper or equally cheap earlier offers.",
            "To train it had to ask at most 2, for a pay of 3 a round: 1 below what it asks.",
        ),
        (
            "dear",
            "It does not train: the 3 places of the cohort went to cheaper or equally cheap offers.",
            "To train it had to ask at most 7, for a pay of 8 a round: 1 below what it asks.",
        ),
        (
            "absurd",
            "It does not train: 21 is above the ceiling 20.",
            "To train it had to ask at most 7, for a pay of 8 a round: 13 below what it asks.",
        ),
    ],
)
def test_a_loser_learns_why_and_what_it_took(agent: str, reason: str, critical: str) -> None:
    lines = lines_of(agent)
    assert lines[1:3] == [reason, critical]


def test_an_owner_learns_what_each_block_cost_and_why_it_stopped() -> None:
    assert lines_of("poor")[:4] == [
        "poor bids 50 for the finished model; its weight is 1.",
        "Round 1: worth 25 to it; bought with 1 other; share ceil(1 * 25 / 2) = 13.",
        "Round 2: not bought; worth 12 to it, but its share with 1 buyer would be ceil(1 * 25 / 2) = 13.",
        "It gets the model of round 1, worth 25 to it, for 13.",
    ]
    last = "Rounds 2 to 3: each worth 75 down to 75 to it; bought with 0 others; share ceil(1 * 25 / 1) = 25."
    assert last in lines_of("rich")


def test_a_pivotal_owner_learns_what_the_others_leave_to_pay() -> None:
    """The poor owner's 25 carry round 1 (C = 19), its 12 do not carry rounds 2 and 3: the rich one pays 7 in each."""
    pays = (
        "the others' values come to 12 of the cost 19; it pays the missing 7 of the 75 that the round is worth to it."
    )
    assert lines_of("rich", "vcg")[1:5] == [
        f"Round 2: {pays}",
        f"Round 3: {pays}",
        "In 1 round the others' values reach the cost without it: it pays nothing.",
        "It gets the model of round 3, worth 300 to it, for 14.",
    ]


@pytest.mark.parametrize("rule", RULES)
def test_every_agent_of_a_random_market_is_explained_with_its_own_numbers(rule: str) -> None:
    market = generate(4, 24, 3, seed=2)
    outcome = clear(market, rule)
    for owner in outcome.owners:
        result = f"for {owner.charge:,}." if owner.level else "It gets no model and pays nothing."
        assert any(line.endswith(result) for line in explain(market, outcome, owner.id))
    for client in market.clients:
        lines = explain(market, outcome, client.id)
        trains = client.id in {winner.id for winner in outcome.winners}
        assert any(line.endswith(f": {outcome.pay_of(client.id):,}.") for line in lines) == trains


def test_the_most_that_still_wins_is_exact_for_every_winner() -> None:
    market = generate(4, 24, 3, seed=2)
    for at, client in enumerate(market.clients):
        line = next((line for line in lines_of(client.id, market=market) if "the most that still wins" in line), None)
        if line is None:
            continue
        highest = int(line.split(", the most")[0].rsplit("; ", 1)[1].replace(",", ""))
        for ask, wins in ((highest, True), (highest + 1, False)):
            clients = (*market.clients[:at], replace(client, cost=ask), *market.clients[at + 1 :])
            winners = clear(replace(market, clients=clients)).winners
            assert (client.id in {winner.id for winner in winners}) == wins


@times(0.6)
@given(document=documents(), rule=st.sampled_from(sorted(RULES)))
def test_no_market_is_too_odd_to_explain(document: Document, rule: str) -> None:
    market = decode_instance(Field("market", "", document))
    outcome = clear(market, rule)
    for agent in (*market.owners, *market.clients):
        assert explain(market, outcome, agent.id)[-1].startswith(f"With it: welfare {outcome.welfare:,} over")


def test_an_outcome_that_is_not_funded_says_so_first() -> None:
    poor = replace(MARKET, owners=(Owner("poor", 1),))
    assert lines_of("poor", market=poor)[0] == (
        "The campaign is not funded: no group of owners can pay its shares of the first round."
    )


def test_the_command_reads_both_files(tmp_path: Path) -> None:
    instance, outcome = tmp_path / "instance.json", tmp_path / "outcome.json"
    instance.write_text(written(encode_instance(MARKET)))
    outcome.write_text(written(encode_outcome(clear(MARKET))))
    arguments = ["explain", str(outcome), "--instance", str(instance), "--agent", "winner"]
    told = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert told.stdout.splitlines() == lines_of("winner")
    as_json = CliRunner().invoke(cli, [*arguments, "--json"], catch_exceptions=False)
    assert json.loads(as_json.stdout) == {"agent": "winner", "lines": lines_of("winner")}


def test_a_doctored_outcome_is_refused() -> None:
    doctored = replace(clear(MARKET), surplus=5)
    with pytest.raises(CheckFailed, match=r"^outcome: surplus is not what serial gives for this instance$"):
        explain(MARKET, doctored, "winner")


def test_an_unknown_agent_is_refused() -> None:
    with pytest.raises(InputError, match=r"^agent: expected the id of an owner or a client, got 'nobody'$"):
        lines_of("nobody")
