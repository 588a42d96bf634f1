"""What the studies say is so: markets as described, utilities exact, the ceiling above whom it bounds."""

from dataclasses import replace
from pathlib import Path

import pytest

from cofund.market.instance import Instance
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.rules import clear
from cofund.study import federation_gain_study, frontier_study, social_utility_study, truthfulness_study
from cofund.study.families import CURVES, ROUNDS, VALUES, Family
from cofund.study.federation_histories import ALL, HISTORIES
from cofund.study.figure import COLOURS, save, style
from cofund.study.interval import Interval
from cofund.study.regret import Agent, agents, largest_loss, largest_regret
from cofund.study.result import Result, ResultTable
from cofund.units import ONE

FAMILY = Family(5, "exponential", "power 0.5", 4, "spread")


def pay_as_bid(market: Instance) -> Outcome:
    """Not truthful: whoever shares in ``serial`` pays all that it bid."""
    outcome = clear(market)
    owners = tuple(
        replace(result, charge=owner.bid * sum(market.quality[: result.level]) // ONE)
        for result, owner in zip(outcome.owners, market.owners, strict=True)
    )
    return replace(outcome, owners=owners)


def nothing(_done: int, _steps: int) -> None:
    """Nobody watches."""


@pytest.mark.parametrize("values", VALUES)
def test_owners_expect_the_ratio_that_a_family_states(values: str) -> None:
    family = replace(FAMILY, values=values)
    expected = family.distribution.mean * family.owners
    assert expected == pytest.approx(4 * family.true_round_cost * ROUNDS)
    drawn = [sum(owner.bid for owner in family.market(number).owners) for number in range(400)]
    assert sum(drawn) / len(drawn) == pytest.approx(expected, rel=0.15)


def test_clients_that_are_alike_are_paid_their_cost_and_others_more() -> None:
    alike, spread = (choose_cohort(replace(FAMILY, costs=costs).supply) for costs in ("alike", "spread"))
    assert alike.round_cost == alike.true_round_cost
    assert spread.round_cost > spread.true_round_cost


def test_a_market_is_its_number_and_its_family() -> None:
    assert FAMILY.market(3) == FAMILY.market(3)
    assert FAMILY.market(3).owners != FAMILY.market(4).owners
    assert FAMILY.market(3).clients == FAMILY.market(4).clients
    assert replace(FAMILY, seed=2).market(3).clients != FAMILY.market(3).clients


def test_utilities_are_exact() -> None:
    market = FAMILY.market(0)
    outcome = clear(market)
    for agent in agents(market):
        if agent.kind == "owner":
            result = outcome.owners[agent.at]
            assert agent.utility(market, outcome) == pytest.approx(
                market.owners[agent.at].bid * sum(market.quality[: result.level]) / ONE - result.charge
            )
        else:
            paid = {winner.id: winner.pay_per_round for winner in outcome.winners}
            client = market.clients[agent.at]
            assert agent.utility(market, outcome) == outcome.rounds * (paid.get(client.id, client.cost) - client.cost)


def test_the_search_finds_the_gain_under_pay_as_bid_and_none_under_serial() -> None:
    market = FAMILY.market(0)
    assert largest_regret(pay_as_bid, market, 5, 1) > 0.1
    assert largest_regret(clear, market, 5, 1) == 0


def test_the_search_finds_a_client_that_gains_by_asking_more() -> None:
    def paid_as_asked(market: Instance) -> Outcome:
        outcome = clear(market)
        asked = {client.id: client.cost for client in market.clients}
        return replace(outcome, winners=tuple(replace(each, pay_per_round=asked[each.id]) for each in outcome.winners))

    assert largest_regret(paid_as_asked, FAMILY.market(0), 24, 1) > 0.01


def test_a_charge_above_the_value_is_a_loss() -> None:
    market = FAMILY.market(0)
    outcome = clear(market)
    dear = replace(outcome, owners=(replace(outcome.owners[0], charge=10**9), *outcome.owners[1:]))
    assert largest_loss(market, outcome) == 0
    assert largest_loss(market, dear) > 1


@pytest.fixture(scope="module")
def scores() -> dict[str, frontier_study.Score]:
    """Scores in a family in which efficiency, truthfulness and balance are far from compatible."""
    family = Family(12, "exponential", "power 0.5", 2, "alike")
    sized = frontier_study.FrontierConfiguration(markets=200, rehearsed=30, searched=2, tried=1)
    best = frontier_study.bound(family, 20_000)
    rules = frontier_study.contenders(family, sized)
    return {name: frontier_study.score(clear, family, best, sized) for name, clear in rules.items()}


def test_vcg_is_first_best_exceeds_the_ceiling_and_needs_a_sponsor(scores: dict[str, frontier_study.Score]) -> None:
    vcg = scores["vcg"]
    assert (vcg.first_best, vcg.bound) == (1, False)
    assert vcg.ceiling > 1.15
    assert vcg.deficit > 0.5


def test_groves_shares_exceeds_the_ceiling_because_somebody_loses(scores: dict[str, frontier_study.Score]) -> None:
    groves = scores["groves-shares"]
    assert (groves.deficit, groves.bound) == (0, False)
    assert groves.ceiling > 1.1
    assert groves.loss > 0.1


def test_rules_that_the_ceiling_bounds_stay_below_it(scores: dict[str, frontier_study.Score]) -> None:
    bounded = {name: each.ceiling for name, each in scores.items() if each.bound}
    assert {"serial", frontier_study.WITH_GOAL, "provision"} <= bounded.keys()
    assert max(bounded.values()) < 0.98
    assert 0.95 > bounded[frontier_study.WITH_GOAL] > bounded["serial"] > 0.8


def test_utility_is_highest_at_the_truth() -> None:
    summary, curves = truthfulness_study.study(
        truthfulness_study.TruthfulnessConfiguration(each=3, points=26), nothing
    ).tables
    assert [row[4:] for row in summary.rows] == [(0.0, 0.0, 0.0)] * 6
    truths = {str(row[0]): float(row[2]) for row in summary.rows}
    for at, name in enumerate(curves.header[1:], 1):
        column = [float(row[at]) for row in curves.rows]
        assert max(column) == pytest.approx(truths[name])
        assert min(column) < max(column), "a report can matter"


def test_social_utility_is_that_of_the_rules_and_grows_with_the_budget() -> None:
    sized = social_utility_study.SocialUtilityConfiguration(owners=(8,), clients=(24,), budgets=(1, 3), markets=3)
    by_owners, by_clients, by_budget = social_utility_study.study(sized, nothing).tables
    market_mean = sum(clear(social_utility_study.BASE.market(number)).welfare for number in range(3)) / 3000
    assert by_owners.rows[0][1] == pytest.approx(market_mean)
    assert by_owners.rows[0][1:] == by_clients.rows[0][1:] == by_budget.rows[0][1:]
    assert all(more >= less for less, more in zip(by_budget.rows[0][1:], by_budget.rows[1][1:], strict=True))
    vcg = by_owners.header.index("vcg")
    assert by_owners.rows[0][vcg] == max(by_owners.rows[0][1:])


def test_federation_gain_sums_up_its_seeds() -> None:
    label, mean, low, high = federation_gain_study.summary([{"a": 1.0}, {"a": 3.0}])[0]
    assert (label, mean, low + high) == ("a", 2, pytest.approx(4))
    assert high - mean == pytest.approx(12.706, abs=1e-3), "one degree of freedom, standard error 1"


def test_the_figure_of_the_federation_gain_is_drawn_the_same_twice(tmp_path: Path) -> None:
    owners = tuple(
        (name, own, ALL, 0.7, 0.8, 0.1 * at, 0.1 * at - 0.02, 0.1 * at + 0.02)
        for name in ("Here", "There")
        for at, own in enumerate(HISTORIES)
    )
    rounds = {number: Interval(0.8, 0.79, 0.81) for number in federation_gain_study.SHOWN_ROUNDS}
    levels = {"none": 0.9, "alone": 0.7}
    table = ResultTable("owners", "", (), owners)
    result = Result((), lambda figure: federation_gain_study.draw(figure, rounds, levels, table), (7.2, 3.2))
    first, second = ([path.read_bytes() for path in save(result, tmp_path / name)] for name in ("one", "two"))
    assert first == second
    assert first[0].startswith(b"<?xml")
    assert first[1].startswith(b"%PDF")


def test_lines_differ_without_colour() -> None:
    looks = [style(number) for number in range(12)]
    assert len({(look["marker"], look["linestyle"]) for look in looks}) == 12
    assert {look["color"] for look in looks} == set(COLOURS)


def test_csv_has_six_decimals_and_quotes_commas() -> None:
    table = ResultTable("name", "title", ("rule", "share"), (("a, b", 1 / 3), ("c", 2)))
    assert table.csv() == 'rule,share\n"a, b",0.333333\nc,2\n'


def test_curves_are_those_that_instances_use() -> None:
    assert {(len(curve), sum(curve)) for curve in CURVES.values()} == {(ROUNDS, ONE)}


def test_an_agent_that_says_the_truth_changes_nothing() -> None:
    market = FAMILY.market(0)
    assert all(agent.says(market, agent.truth) == market for agent in agents(market))
    assert Agent("owner", 0, market.owners[0].bid).says(market, 7).owners[0].bid == 7
