"""``clear_columns`` equals ``clear`` in every number, on markets of all sizes and at the bounds of int64."""

from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest

from cofund.market.codec import decode_instance
from cofund.market.columns import INT64_MAX, Columns
from cofund.market.document import Field
from cofund.market.instance import Instance
from cofund.mechanism import array_charges, array_cohort, arrays
from cofund.mechanism.array_names import named_cohort, named_outcome
from cofund.mechanism.arrays import ArrayOutcome, clear_columns, fits_int64
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.rules import RULES, clear
from tests.oracles.column_markets import column_market
from tests.oracles.markets import random_market

SMALL, BATCH, MEDIUM = 20_000, 2_000, 120


def agree(columns: Columns, rule: str) -> Outcome:
    """Every number of the outcome; under ``serial``, which has the same clients as the others, the cohort's too."""
    instance = columns.instance()
    outcome, found = clear(instance, rule), clear_columns(columns, rule)
    assert named_outcome(columns, found) == outcome, (rule, instance)
    if rule == "serial":
        assert named_cohort(columns, found) == choose_cohort(instance), instance
    return outcome


def small(seed: int) -> Instance:
    return decode_instance(Field("market", "", random_market(Random(seed).randint)))


@pytest.fixture
def no_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(columns: Columns, rule: str) -> ArrayOutcome:
        pytest.fail(f"{rule} of {len(columns.cost)} clients was not computed in int64")

    monkeypatch.setattr(arrays, "_clear_objects", refuse)


@pytest.fixture
def every_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sample and bracket even a handful of clients, use the heap for two weights, one owner at a time."""
    monkeypatch.setattr(array_cohort, "_SORT_ALL", 1)
    monkeypatch.setattr(array_cohort, "_REACH", 0)
    monkeypatch.setattr(array_cohort, "_PARTITION", 0)
    monkeypatch.setattr(array_charges, "_MANY_WEIGHTS", 1)
    monkeypatch.setattr(array_charges, "_CELLS", 1)


@pytest.mark.usefixtures("no_objects")
@pytest.mark.parametrize("start", range(0, SMALL // 2, BATCH))
def test_every_number_of_small_markets(start: int) -> None:
    for seed in range(start, start + BATCH):
        columns = Columns.of(small(seed))
        for rule in RULES:
            agree(columns, rule)


@pytest.mark.usefixtures("no_objects", "every_branch")
@pytest.mark.parametrize("start", range(SMALL // 2, SMALL, BATCH))
def test_every_number_of_small_markets_by_the_methods_for_large_ones(start: int) -> None:
    for seed in range(start, start + BATCH):
        columns = Columns.of(small(seed))
        for rule in RULES:
            agree(columns, rule)


@pytest.mark.usefixtures("no_objects")
@pytest.mark.parametrize("reach", [0, 2])
@pytest.mark.parametrize("rule", RULES)
def test_every_number_of_medium_markets(rule: str, reach: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_cohort, "_SORT_ALL", 200)
    monkeypatch.setattr(array_cohort, "_REACH", reach)
    funded = 0
    for seed in range(MEDIUM * reach, MEDIUM * reach + MEDIUM):
        columns = column_market(seed, 1_500)
        if fits_int64(columns, rule):
            funded += agree(columns, rule).funded
    assert funded >= MEDIUM // 3


@pytest.mark.usefixtures("no_objects")
@pytest.mark.parametrize("seed", range(8))
def test_a_market_of_5000_clients_as_it_comes(seed: int) -> None:
    columns = column_market(seed, 5_000)
    wide = replace_columns(columns, edge=np.resize(columns.edge, 5_000), cost=np.resize(columns.cost[::-1], 5_000))
    agree(wide, "serial")


def replace_columns(columns: Columns, **changed: Any) -> Columns:
    kept = {name: getattr(columns, name) for name in ("terms", "edge", "cost", "bid", "weight")}
    return Columns(**{**kept, **changed})


def huge(cost: int, bid: int, ceiling: int, rounds: int) -> Columns:
    """Forty clients that ask about ``cost`` and eight owners that bid about ``bid``."""
    columns = column_market(5)
    quality = (10**9 // rounds + 10**9 % rounds, *(10**9 // rounds for _ in range(rounds - 1)))
    edges = tuple(replace(edge, capacity=9, fee=0) for edge in columns.terms.edges[:4])
    terms = replace(
        columns.terms, cohort=20, min_cohort=1, ceiling=ceiling, goal=1, match=0, quality=quality, edges=edges
    )
    costs = [cost - at % 7 for at in range(40)]
    bids = [bid - at for at in range(8)]
    return Columns(terms, np.arange(40, dtype=np.int32) % 4, np.array(costs), np.array(bids), np.arange(1, 9))


@pytest.mark.parametrize(
    ("amounts", "rule", "fits"),
    [
        ({"cost": INT64_MAX - 1}, "serial", True),
        ({"cost": INT64_MAX}, "serial", False),
        ({"bid": INT64_MAX - 1}, "vcg", True),
        ({"bid": INT64_MAX}, "vcg", False),
        ({"ceiling": INT64_MAX - 1}, "provision", True),
        ({"ceiling": INT64_MAX}, "provision", False),
        ({"ceiling": (INT64_MAX - 1) // 3}, "vcg", True),
        ({"ceiling": (INT64_MAX - 1) // 3 + 1}, "vcg", False),
        ({"ceiling": (INT64_MAX - 1) // 3 + 1}, "serial", True),
        ({"cost": 2**58, "bid": INT64_MAX - 1, "ceiling": 2**59}, "serial", True),
        ({"cost": 2**58, "bid": INT64_MAX - 1, "ceiling": 2**59}, "vcg", True),
        ({"cost": 2**58, "bid": INT64_MAX - 1, "ceiling": 2**59}, "provision", True),
    ],
)
def test_int64_is_used_up_to_its_bound_and_not_beyond(
    amounts: dict[str, int], rule: str, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = huge(**{"cost": 5_000, "bid": 10**6, "ceiling": 9_000, "rounds": 3, **amounts})
    objects: list[str] = []
    by_objects = arrays._clear_objects
    monkeypatch.setattr(arrays, "_clear_objects", lambda *given: objects.append(rule) or by_objects(*given))
    agree(columns, rule)
    assert (fits_int64(columns, rule), objects) == (fits, [] if fits else [rule])


def test_the_fee_counts_towards_the_bound() -> None:
    columns = huge(INT64_MAX - 5, 10**6, 9_000, 3)
    dear = replace(columns.terms, edges=tuple(replace(edge, fee=5) for edge in columns.terms.edges))
    assert fits_int64(columns, "serial")
    assert not fits_int64(replace_columns(columns, terms=dear), "serial")


@pytest.mark.parametrize("rule", RULES)
def test_amounts_beyond_int64_are_exact_too(rule: str) -> None:
    columns = column_market(5, 300)
    scaled = replace_columns(
        columns,
        terms=replace(columns.terms, ceiling=2**88, match=0, min_cohort=1),
        cost=np.array([2**70 + cost for cost in columns.cost.tolist()], object),
        bid=np.array([2**93 + bid for bid in columns.bid.tolist()], object),
    )
    outcome = agree(scaled, rule)
    assert outcome.funded
    assert outcome.round_cost > INT64_MAX


def test_a_sum_beyond_int64_is_exact() -> None:
    values = np.array([INT64_MAX - 1, INT64_MAX, 2**62 + 1, 3] * 5)
    assert array_cohort.exact_sum(values) == sum(values.tolist()) > INT64_MAX


@pytest.mark.parametrize("rule", RULES)
def test_edges_below_edges_are_cleared_too(rule: str) -> None:
    columns = column_market(2, 200)
    top, *rest = columns.terms.edges
    tree = replace(columns.terms, edges=(replace(top, capacity=7), *(replace(edge, parent=top.id) for edge in rest)))
    below = replace_columns(columns, terms=tree)
    agree(below, rule)


def test_the_markets_have_what_makes_them_hard() -> None:
    tied, closed, short, full, many, partly, over = 0, 0, 0, 0, 0, 0, 0
    for seed in range(MEDIUM):
        columns = column_market(seed, 1_500)
        outcome = clear(columns.instance())
        tied += len(np.unique(columns.cost)) < len(columns.cost) // 2
        closed += int(columns.capacity.min()) == 0
        short += outcome.cohort < columns.terms.cohort
        free = min(columns.terms.ceiling, *(amount for amount in (outcome.cutoff,) if amount is not None), 2**96)
        full += min(outcome.prices.values()) < free
        many += len(np.unique(columns.weight)) > array_charges._MANY_WEIGHTS
        partly += len({owner.level for owner in outcome.owners} - {0}) > 1
        over += outcome.round_cost > INT64_MAX
    assert min(tied, closed, short, full, many, partly, over) >= 4, (tied, closed, short, full, many, partly, over)
