"""A draft is read as it is meant, and what is wrong in it is named in one line."""

import json
from collections.abc import Callable
from math import exp, log
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pytest

from cofund.errors import InputError
from cofund.market.codec import encode_instance
from cofund.market.draft import Draft
from cofund.market.draft_codec import load_draft
from cofund.market.generate import generate
from cofund.mechanism.planning.prior import fitted, owner_values, profiles
from cofund.mechanism.planning.supply import DRAWN, market, supplies
from cofund.units import ONE

TOTAL = 60_000


def draft() -> dict[str, Any]:
    return {
        "schema": "cofund.draft/1",
        "ceiling": "100",
        "coordinator_fee": "20",
        "edges": [{"id": "north", "capacity": 3, "fee": "5"}, {"id": "south", "capacity": 3, "fee": "5"}],
        "cohorts": [
            {"cohort": 4, "quality": {"curve": "power", "exponent": "0.5", "rounds": 6}},
            {"cohort": 2, "min_cohort": 1, "worth": "0.8", "quality": [ONE // 2, ONE // 2]},
        ],
        "clients": [
            {"edge": "north", "count": 4, "low": "20", "high": "60"},
            {"id": "harbour", "edge": "south", "cost": "30"},
            {"edge": "south", "count": 2, "cost": "40"},
        ],
        "prior": {"owners": 5, "total": str(TOTAL), "family": "lognormal", "spread": "0.8"},
    }


def loaded(document: dict[str, Any], folder: Path) -> Draft:
    path = folder / "draft.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return load_draft(str(path))


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    read = loaded(draft(), tmp_path)
    first, second = read.options
    assert (first.cohort, first.min_cohort, first.worth, len(first.quality)) == (4, 4, ONE, 6)
    assert (second.min_cohort, second.worth) == (1, 8 * ONE // 10)
    assert [(group.edge, group.count, group.low, group.high) for group in read.clients] == [
        ("north", 4, 20, 60),
        ("south", 1, 30, 30),
        ("south", 2, 40, 40),
    ]
    assert (read.terms.match, read.terms.coordinator_fee, read.prior.off_by) == (0, 20, 2)


def test_a_range_of_the_total_is_its_middle_and_how_far_off_it_is(tmp_path: Path) -> None:
    document = draft()
    document["prior"]["total"] = {"low": "10000", "high": "90000"}
    prior = loaded(document, tmp_path).prior
    assert (prior.total, prior.off_by) == (30_000, 3)


@pytest.mark.parametrize(
    "family",
    [
        {"family": "uniform"},
        {"family": "exponential"},
        {"family": "lognormal", "spread": "1"},
        {"family": "pareto", "exponent": "1.5", "largest": 30},
        {"family": "two-point", "part": "0.25", "times": "5"},
    ],
)
def test_the_owners_expect_the_total_together(family: dict[str, Any], tmp_path: Path) -> None:
    values = owner_values(loaded({**draft(), "prior": {"owners": 5, "total": TOTAL, **family}}, tmp_path).prior)
    assert values.mean * 5 == pytest.approx(TOTAL)
    drawn = profiles(values, 5, 4000, 1)
    assert drawn.sum(axis=1).mean() == pytest.approx(TOTAL, rel=0.05)
    assert np.all(np.diff(drawn, axis=1) <= 0)


def test_two_values_have_their_ratio_and_their_chance(tmp_path: Path) -> None:
    prior = {"owners": 1, "total": "8", "family": "two-point", "part": "0.25", "times": 5}
    values = owner_values(loaded({**draft(), "prior": prior}, tmp_path).prior)
    assert values.values == pytest.approx([20, 4])
    assert values.chances == pytest.approx([0.25, 0.75])


def test_a_prior_is_fitted_to_the_bids_of_records(tmp_path: Path) -> None:
    bids: list[int] = []
    for seed in (1, 2):
        earlier = generate(owners=4, clients=6, edges=2, seed=seed)
        bids += [owner.bid for owner in earlier.owners]
        record = {"schema": "cofund.record/3", "instance": encode_instance(earlier), "gas": []}
        (tmp_path / f"{seed}.json").write_text(json.dumps(record), encoding="utf-8")
    prior = loaded({**draft(), "prior": {"owners": 5, "records": ["1.json", "2.json"]}}, tmp_path).prior
    assert sorted(prior.bids) == sorted(bids)
    logs = [log(bid) for bid in bids]
    assert owner_values(prior).mean == pytest.approx(exp(fmean(logs) + stdev(logs) ** 2 / 2), rel=0.01)
    assert owner_values(prior).mean == fitted(bids).mean


def test_supplies_are_drawn_from_the_ranges_and_one_is_enough_without_ranges(tmp_path: Path) -> None:
    read = loaded(draft(), tmp_path)
    generator = np.random.default_rng(1)
    asked = [client.cost for _ in range(200) for client in market(read, read.options[0], generator).clients[:4]]
    assert (min(asked), max(asked)) == (20, 60)
    found = supplies(read, read.options[0], seed=1)
    assert len(found) == DRAWN
    assert len({each.true_round_cost for each in found}) > 1
    document = draft()
    document["clients"][0] = {"edge": "north", "count": 4, "cost": "30"}
    (certain,) = supplies(loaded(document, tmp_path), read.options[0], seed=1)
    # Three at the north and the harbour train. The one left out at the full north sets its price, 35, the one left
    # out at the south, which has room, 45, so the harbour gets 45; the coordinator takes 20.
    assert (certain.owners_cost, certain.true_round_cost, certain.client_pay) == (3 * 35 + 45 + 20, 4 * 35 + 20, 130)


def put(*path: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: Any) -> None:
        *steps, last, value = path
        for step in steps:
            document = document[step]
        document[last] = value

    return change


WRONG: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (put("schema", "cofund.instance/1"), 'schema: expected "cofund.draft/1", got "cofund.instance/1"'),
    (put("goal", 3), "goal: unknown field"),
    (put("cohorts", []), "cohorts: expected at least one entry"),
    (put("cohorts", 1, "min_cohort", 3), "cohorts[1].min_cohort: expected a whole number from 1 to 2, got 3"),
    (put("cohorts", 0, "quality", [1, 2]), "cohorts[0].quality[1]: expected at most 1"),
    (put("cohorts", 0, "worth", "1.1"), "cohorts[0].worth: expected a number from 0.000000001 to 1"),
    (put("edges", 0, "capacity", -1), "edges[0].capacity: expected a whole number"),
    (put("edges", 0, "parent", "south"), "edges[0].parent: expected the id of an edge that is listed before it"),
    (put("clients", 0, "edge", "east"), "clients[0].edge: expected the id of an edge, got 'east'"),
    (put("clients", 0, "high", "19"), "clients[0].high: expected an amount from low, 20,"),
    (put("clients", 0, "count", 0), "clients[0].count: expected at least 1 client, got 0"),
    (put("clients", 0, "count", 100_000), "clients: expected at most 100,000 clients in all"),
    (put("clients", 0, "cost", "7"), "clients[0].low: unknown field"),
    (put("clients", 0, {"edge": "north"}), "clients[0].low: expected a value, but the field is missing"),
    (put("prior", "family", "normal"), 'prior.family: expected "uniform" or "exponential"'),
    (put("prior", "spread", "3.1"), "prior.spread: expected a number from 0.01 to 3"),
    (put("prior", "spread", "NaN"), "prior.spread: expected a number from 0.01 to 3"),
    (put("prior", "exponent", "1"), "prior.exponent: unknown field"),
    (put("prior", "total", "0"), "prior.total: expected an amount from 1 to"),
    (
        put("prior", "total", {"low": "9", "high": "901"}),
        "prior.total.high: expected more than low, 9, and at most 100",
    ),
    (put("prior", "off_by", "11"), "prior.off_by: expected a number from 1 to 10"),
    (put("prior", "owners", 65), "prior.owners: expected 1 to 64 owners, got 65"),
    (put("prior", {"owners": 5}), "prior.total: expected a value, but the field is missing"),
    (put("prior", {"owners": 5, "records": ["draft.json"]}), 'schema: expected "cofund.record/3"'),
    (put("prior", {"owners": 5, "records": [], "total": "1"}), "prior.total: unknown field"),
]


@pytest.mark.parametrize(("change", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_wrong_is_named(change: Callable[[dict[str, Any]], None], said: str, tmp_path: Path) -> None:
    document = draft()
    change(document)
    with pytest.raises(InputError) as refused:
        loaded(document, tmp_path)
    assert f"{tmp_path / 'draft.json'}: {said}" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_range_beside_how_far_it_is_off_is_refused(tmp_path: Path) -> None:
    document = draft()
    document["prior"] |= {"total": {"low": "10", "high": "40"}, "off_by": "2"}
    with pytest.raises(InputError, match=r"prior\.off_by: expected no value beside a range"):
        loaded(document, tmp_path)


def test_too_few_bids_are_no_prior(tmp_path: Path) -> None:
    record = {"schema": "cofund.record/3", "instance": encode_instance(generate(owners=2, clients=3, edges=1, seed=1))}
    (tmp_path / "earlier.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(InputError, match=r"prior\.records: expected records with at least 3 bids above 0, got 2"):
        loaded({**draft(), "prior": {"owners": 5, "records": ["earlier.json"]}}, tmp_path)
