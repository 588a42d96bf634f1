"""A plan's odds are those of ``clear``, and its goal is never much worse than goal 1, whatever the scale."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cofund.market.instance import Client, Edge, Instance, Owner, goal_for
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.planning.choice import MARGIN, WEIGHTS, choose, scales
from cofund.mechanism.planning.expectation import (
    Draws,
    block,
    chance_of_more_rounds,
    expectations,
    first_best,
)
from cofund.mechanism.planning.goal_table import goal_table, sold_goals
from cofund.mechanism.planning.prior import profiles
from cofund.mechanism.planning.supply import Supply, supply
from cofund.mechanism.rules import clear
from cofund.study.families import CURVES, Family
from cofund.units import ONE

SUPPLY = Instance(
    cohort=2,
    min_cohort=2,
    ceiling=30,
    coordinator_fee=3,
    goal=1,
    match=ONE // 10,
    quality=(ONE // 2, ONE // 4, ONE // 8, ONE // 8),
    edges=(Edge("edge", 2, 2),),
    owners=(),
    clients=tuple(Client(f"client-{cost}", "edge", cost) for cost in (10, 12, 17)),
)
TOO_FEW = replace(SUPPLY, clients=SUPPLY.clients[:1])

bids = st.lists(st.lists(st.integers(0, 400), min_size=3, max_size=3), min_size=2, max_size=6)


def markets(rows: list[list[int]], goal: int) -> list[Instance]:
    """Every second market has too few clients, as the second of two supplies."""
    return [
        replace(
            (SUPPLY, TOO_FEW)[at % 2],
            goal=goal,
            owners=tuple(Owner(f"owner-{number}", bid) for number, bid in enumerate(row)),
        )
        for at, row in enumerate(rows)
    ]


def drawn(rows: list[list[int]]) -> Draws:
    values = -np.sort(-np.array(rows, float), axis=1)
    return Draws(values, (supply(SUPPLY), supply(TOO_FEW)))


@given(rows=bids, goal=st.integers(1, 4))
def test_expectations_are_means_over_what_clear_gives(rows: list[list[int]], goal: int) -> None:
    outcomes = [clear(market) for market in markets(rows, goal)]
    funded = [outcome for outcome in outcomes if outcome.funded]
    expected = expectations(drawn(rows), SUPPLY.quality)[goal - 1]
    roundings = 3 * 4  # a value is rounded down once per owner and round
    assert expected.funded == pytest.approx(len(funded) / len(rows))
    assert expected.welfare == pytest.approx(np.mean([each.welfare for each in outcomes]), abs=roundings)
    assert expected.rounds == pytest.approx(np.mean([each.rounds for each in funded]) if funded else 0)
    assert expected.client_pay == pytest.approx(np.mean([each.clients_paid for each in funded]) if funded else 0)
    buyers = sum(owner.level > 0 for each in funded for owner in each.owners)
    paid = sum(each.owners_paid for each in funded)
    assert expected.charge == pytest.approx(paid / buyers if buyers else 0, abs=roundings)
    assert first_best(drawn(rows), SUPPLY.quality) == pytest.approx(
        np.mean([each.first_best for each in outcomes]), abs=roundings
    )


@given(rows=bids, goal=st.integers(1, 4))
def test_the_chance_of_more_rounds_is_that_of_clear(rows: list[list[int]], goal: int) -> None:
    rounds = [clear(market).rounds for market in markets(rows, goal)]
    chances = chance_of_more_rounds(drawn(rows), SUPPLY.quality, goal)
    assert chances == pytest.approx([sum(each > more for each in rounds) / len(rounds) for more in range(5)])


@given(row=st.lists(st.integers(0, 400), min_size=1, max_size=6), rounds=st.integers(1, 4))
def test_the_buyers_of_a_block_are_the_largest_set_that_can_pay(row: list[int], rounds: int) -> None:
    quality = sum(SUPPLY.quality[:rounds])
    found = block(drawn([row]), rounds, quality)
    cost = round(supply(SUPPLY).owners_cost) * rounds
    ranked = sorted(row, reverse=True)
    able = [k for k in range(1, len(row) + 1) if ranked[k - 1] * quality // ONE >= -(-cost // k)]
    assert found.buyers[0] == max(able, default=0)


def test_shares_are_rounded_up() -> None:
    """Seven, shared by two, is four each: who has three and a half cannot pay."""
    clients = (Supply(7, 7, 7),)
    half = ONE // 2
    assert block(Draws(np.array([[8.0, 8.0], [8.0, 7.0]]), clients), 1, half).buyers.tolist() == [2, 0]


def test_a_round_that_adds_nothing_is_bought_only_for_nothing() -> None:
    values = np.array([[8.0, 7.0]])
    assert block(Draws(values, (Supply(0, 3, 3),)), 1, 0).buyers.tolist() == [2]
    assert block(Draws(values, (Supply(1, 3, 3),)), 1, 0).buyers.tolist() == [0]


welfare = st.lists(st.lists(st.floats(0, 1), min_size=5, max_size=5), min_size=3, max_size=3)


@given(table=welfare)
def test_no_goal_that_is_safe_scores_higher_and_the_chosen_one_is_safe(table: list[list[float]]) -> None:
    shares, best = np.array(table), [2.0, 1.0, 4.0]
    found = choose(shares * np.array(best)[:, None], best)
    safe = [goal for goal in range(5) if all(row[goal] >= row[0] - MARGIN for row in shares)]
    scores = {goal: (shares[0, goal] + 2 * shares[1, goal] + shares[2, goal]) / 4 for goal in safe}
    assert found.goal - 1 in safe
    assert scores[found.goal - 1] == pytest.approx(max(scores.values()))
    assert shares[1, found.trusting - 1] == shares[1].max()


FAMILIES = [
    Family(3, "lognormal", "power 0.5", 2, "spread"),
    Family(6, "two-point", "power 0.5", 2, "alike"),
    Family(12, "pareto", "exponential 0.2", 2, "spread"),
    Family(12, "uniform", "power 0.5", 6, "alike"),
]


def scored(family: Family, goal: int, scale: float, goals: tuple[tuple[int, int], ...] = ()) -> list[Outcome]:
    found = []
    for one in (family.market(number) for number in range(150)):
        owners = tuple(replace(each, bid=int(each.bid * scale)) for each in one.owners)
        found.append(clear(replace(one, goal=goal, goals=goals, owners=owners)))
    return found


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: f"{family.owners} {family.values}")
def test_the_chosen_goal_is_not_a_point_below_goal_1_at_any_scale(family: Family) -> None:
    """On markets that the choice has not seen, cleared one by one. A point, and as much again for 150 draws."""
    values = profiles(family.distribution, family.owners, 3000, seed=1)
    seen = [Draws(np.floor(values * scale), (supply(family.supply),)) for scale in scales(2)]
    quality = CURVES[family.curve]
    expected = np.array([[each.welfare for each in expectations(draws, quality)] for draws in seen])
    found = choose(expected, [first_best(draws, quality) for draws in seen])
    for scale in scales(2):
        plain, chosen = (scored(family, goal, scale) for goal in (1, found.goal))
        lost = sum(one.welfare for one in plain) - sum(one.welfare for one in chosen)
        assert lost <= 0.02 * sum(one.first_best for one in plain)


def test_the_best_goal_for_the_prior_is_not_safe() -> None:
    """Else the test above could not fail."""
    family = FAMILIES[1]
    values = profiles(family.distribution, family.owners, 3000, seed=1)
    quality, clients = CURVES[family.curve], (supply(family.supply),)
    right = expectations(Draws(np.floor(values), clients), quality)
    trusting = max(range(1, 21), key=lambda goal: right[goal - 1].welfare)
    plain, chosen = (scored(family, goal, 0.5) for goal in (1, trusting))
    lost = sum(one.welfare for one in plain) - sum(one.welfare for one in chosen)
    assert lost > 0.2 * sum(one.first_best for one in plain)


@given(rows=bids, start=st.integers(1, 3), goal=st.integers(1, 4))
def test_what_a_goal_table_creates_is_what_clear_creates_with_it(rows: list[list[int]], start: int, goal: int) -> None:
    entries = ((start, goal), *(((3, min(4, goal + 1)),) if start < 3 else ()))
    by_size = tuple(goal_for(entries, size) for size in (1, 2, 3))
    welfare = [clear(replace(market, goals=entries)).welfare for market in markets(rows, 1)]
    sold = replace(sold_goals(drawn(rows), SUPPLY.quality, (1, 2, 3, 4)), best=1.0)
    assert sold.share(by_size) == pytest.approx(np.mean(welfare), abs=3 * 4)


def test_a_proposed_goal_table_is_better_on_markets_it_has_not_seen() -> None:
    family = Family(12, "uniform", "exponential 0.2", 2, "spread")
    values, quality = profiles(family.distribution, family.owners, 4000, seed=1), CURVES[family.curve]
    seen = [Draws(np.floor(values * scale), (supply(family.supply),)) for scale in scales(2)]
    expected = np.array([[each.welfare for each in expectations(draws, quality)] for draws in seen])
    goal = choose(expected, [first_best(draws, quality) for draws in seen]).goal
    found = goal_table(seen, quality, goal, len(quality))
    assert found is not None
    gained = 0.0
    for scale, weight in zip(scales(2), WEIGHTS[3], strict=True):
        plain, with_table = (scored(family, goal, scale, table) for table in ((), found.entries))
        best = sum(each.first_best for each in plain)
        gained += weight * (sum(each.welfare for each in with_table) - sum(each.welfare for each in plain)) / best
    assert gained > 0
