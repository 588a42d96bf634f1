"""Each rule of the laboratory does what its definition says, on markets small enough to do it by hand."""

from dataclasses import replace
from itertools import islice
from random import Random

import pytest

from cofund.errors import InputError
from cofund.market.generate import generate
from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.mechanism import registry
from cofund.mechanism.axioms.markets import small_markets
from cofund.mechanism.laboratory.clock import clock
from cofund.mechanism.laboratory.half_goal import RULE as HALF_GOAL
from cofund.mechanism.laboratory.posted import posted
from cofund.mechanism.laboratory.random_clients import random_clients
from cofund.mechanism.laboratory.stop_table import StopTable
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.registry import Rule, rule, rules
from cofund.mechanism.rules import clear
from cofund.units import ONE


def market(bids: list[int], costs: list[int], cohort: int = 1, quality: tuple[int, ...] = (ONE,)) -> Instance:
    """One edge without a fee, a ceiling of 10."""
    owners = tuple(Owner(f"o{at}", bid) for at, bid in enumerate(bids))
    clients = tuple(Client(f"c{at}", "e", cost) for at, cost in enumerate(costs))
    return Instance(cohort, 1, 10, 0, 1, 0, quality, (Edge("e", 9, 0),), owners, clients)


def bought(outcome: Outcome) -> list[tuple[int, int]]:
    return [(owner.level, owner.charge) for owner in outcome.owners]


@pytest.mark.parametrize("name", [each.name for each in rules()])
def test_every_unit_paid_in_is_paid_out(name: str) -> None:
    funded = 0
    for instance in islice(small_markets(Random(5)), 150):
        outcome = rule(name).clear(instance)
        paid_out = outcome.clients_paid + outcome.edges_paid + outcome.coordinator_paid
        assert outcome.owners_paid + outcome.sponsor_paid == paid_out + outcome.surplus
        assert outcome.rule == name
        assert [owner.id for owner in outcome.owners] == [owner.id for owner in instance.owners]
        assert outcome.funded == (outcome.rounds > 0) == (outcome.reason is None)
        assert max((owner.level for owner in outcome.owners), default=0) == outcome.rounds
        funded += outcome.funded
    assert funded > 40


@pytest.mark.parametrize("name", [each.name for each in rules()])
def test_nobody_to_sell_to_and_nobody_to_hire_are_not_funded(name: str) -> None:
    for instance in (market([], [1, 2]), market([50], [])):
        assert not rule(name).clear(instance).funded


def test_single_charges_the_second_bid_or_the_cost() -> None:
    assert bought(rule("single").clear(market([30, 20, 5], [1, 4]))) == [(1, 20), (0, 0), (0, 0)]
    assert bought(rule("single").clear(market([30, 3, 5], [1, 4]))) == [(1, 5), (0, 0), (0, 0)]
    assert bought(rule("single").clear(market([3, 2], [1, 4]))) == [(0, 0), (0, 0)]


def test_single_rounds_the_second_bid_up_and_stops_where_a_level_is_best() -> None:
    """Level 1 costs max(6, ceil(8.1)) = 9 and leaves 18 - 9; level 2 costs max(12, 9) and leaves 20 - 12."""
    quality = (9 * ONE // 10, ONE // 10)
    assert bought(rule("single").clear(market([20, 9], [1, 6], quality=quality))) == [(1, 9), (0, 0)]


def test_the_clock_sells_to_those_who_bid_at_least_the_price_it_stops_at() -> None:
    """One round for 4; the table stops at 10 whoever is left, or at 5 with one survivor."""
    table = StopTable((5, 10), ((False, True, False), (True,)))
    assert bought(clock(market([10, 9], [1, 4]), table)) == [(1, 10), (0, 0)]
    assert bought(clock(market([10, 4], [1, 4]), table)) == [(1, 5), (0, 0)]
    assert bought(clock(market([9, 9], [1, 4]), table)) == [(0, 0), (0, 0)]


def test_equal_stops_where_the_poorest_does() -> None:
    """A round costs 4, so 2 each; to the poorer owner the rounds are worth 3 and 1."""
    quality = (3 * ONE // 4, ONE // 4)
    assert bought(rule("equal").clear(market([40, 4], [1, 4], quality=quality))) == [(1, 2), (1, 2)]
    assert bought(rule("equal").clear(market([40, 2], [1, 4], quality=quality))) == [(0, 0), (0, 0)]


def test_groves_shares_tax_the_owner_who_decides() -> None:
    """A round costs 4, so 2 each. The stakes are 8 and -2: the first decides, and pays the other's loss as a tax."""
    assert bought(rule("groves-shares").clear(market([10, 0], [1, 4]))) == [(1, 4), (1, 2)]
    assert bought(rule("groves-shares").clear(market([1, 0], [1, 4]))) == [(0, 0), (0, 0)]


def test_mcafee_gives_up_trades_until_the_owners_can_pay() -> None:
    """Two clients cost 6 each, one costs 3: who bids 20 pays 12, who bids 10 pays 3 for the same model."""
    costs = [1, 3, 6, 8]
    assert bought(rule("mcafee").clear(market([20], costs, cohort=3))) == [(1, 12)]
    assert bought(rule("mcafee").clear(market([10], costs, cohort=3))) == [(1, 3)]
    assert not rule("mcafee").clear(market([99], costs)).funded


def test_half_goal_is_the_goal_of_serial_and_nothing_else() -> None:
    """Selling the goal of ``ceil(R / 2)`` is what serial does first; the stretch rounds are missing."""
    fewer = 0
    for seed in range(20):
        instance = generate(5, 20, 3, seed, rounds=9, goal=5)
        half, whole = HALF_GOAL.clear(instance), clear(instance)
        assert half.funded == whole.funded
        assert all(min(5, one.level) == other.level for one, other in zip(whole.owners, half.owners, strict=True))
        fewer += half.rounds < whole.rounds
    assert fewer > 0


def test_posted_hires_whoever_comes_first_at_the_price() -> None:
    instance = market([99], [6, 5, 1, 2], cohort=2)
    outcome = posted(instance, ONE // 2)
    assert [(winner.id, winner.pay_per_round) for winner in outcome.winners] == [("c1", 5), ("c2", 5)]


def test_a_lot_is_the_same_for_the_same_seed_and_hires_everybody_in_the_end() -> None:
    instance = market([99], [1, 2, 3, 4, 5, 11], cohort=2)
    lots = [[winner.id for winner in random_clients(instance, seed).winners] for seed in range(40)]
    assert lots == [[winner.id for winner in random_clients(instance, seed).winners] for seed in range(40)]
    assert {name for lot in lots for name in lot} == {"c0", "c1", "c2", "c3", "c4"}
    assert random_clients(instance).round_cost == 20


def test_full_edges_above_turn_clients_away_too() -> None:
    """A region with one place over two edges with room: one client is hired."""
    edges = (Edge("region", 1, 1), Edge("a", 5, 0, "region"), Edge("b", 5, 0, "region"))
    instance = replace(market([99], []), edges=edges, cohort=2, clients=(Client("x", "a", 1), Client("y", "b", 1)))
    assert [winner.id for winner in posted(instance, ONE).winners] == ["x"]
    assert posted(instance, ONE).clients_paid == 9


def test_names_lead_to_rules() -> None:
    assert [each.name for each in rules()] == registry.names()
    assert registry.names()[:3] == ["serial", "vcg", "provision"]
    assert rule("cofund.mechanism.laboratory.clock:RULE") == rule("clock")
    plain = rule("cofund.mechanism.rules:clear")
    assert (plain.axioms, plain.summary) == (frozenset(), "Choose the cohort, charge the owners and add everything up.")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("auction", "'auction' is not one of 'serial'"),
        ("nowhere:RULE", "cannot load nowhere:RULE: No module named 'nowhere'"),
        ("cofund.units:NONE", "cannot load cofund.units:NONE"),
        (":RULE", "cannot load :RULE"),
        ("cofund.units:ONE", "expected a Rule or a function at cofund.units:ONE, got int"),
    ],
)
def test_what_is_no_rule_is_refused(name: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        rule(name)


def test_an_installed_entry_point_is_a_rule(monkeypatch) -> None:
    from importlib.metadata import EntryPoint, EntryPoints

    installed = EntryPoints([EntryPoint("mine", "cofund.mechanism.laboratory.equal:RULE", registry.GROUP)])
    monkeypatch.setattr(registry, "entry_points", lambda group: installed.select(group=group))
    assert isinstance(rule("mine"), Rule)
    assert rules()[-1] == rule("equal")
