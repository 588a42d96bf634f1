"""``cofund plan`` says what to choose and why, the same twice, as tables and as JSON."""

import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from cofund.cli.main import cli
from cofund.errors import InputError
from cofund.market.draft_codec import load_draft
from cofund.market.quality import power_quality
from cofund.market.validation import validate_goals
from cofund.mechanism.planning.expectation import Draws, chance_of_more_rounds
from cofund.mechanism.planning.market_plan import RARE, plan
from cofund.mechanism.planning.prior import owner_values, profiles
from cofund.mechanism.planning.supply import supplies

DRAFT: dict[str, Any] = {
    "schema": "cofund.draft/1",
    "ceiling": "100",
    "edges": [{"id": "north", "capacity": 4, "fee": "5"}],
    "cohorts": [
        {"cohort": 3, "quality": {"curve": "power", "exponent": "0.5", "rounds": 8}},
        {"cohort": 2, "worth": "0.5", "quality": {"curve": "power", "exponent": "0.5", "rounds": 8}},
    ],
    "clients": [{"edge": "north", "count": 6, "low": "20", "high": "40"}],
    "prior": {"owners": 6, "total": "2000", "family": "two-point", "part": "0.25", "times": 5},
}


def run(folder: Path, document: dict[str, Any], *options: str) -> Result:
    path = folder / "draft.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    runner = CliRunner(env={"COLUMNS": "100"})
    return runner.invoke(cli, ["plan", str(path), "--draws", "500", *options], catch_exceptions=False)


def planned(folder: Path, document: dict[str, Any], *options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(folder, document, "--json", *options).stdout)
    return found


def test_the_suggestion_is_the_same_twice_and_another_seed_draws_others(tmp_path: Path) -> None:
    first, second = run(tmp_path, DRAFT, "--json"), run(tmp_path, DRAFT, "--json")
    assert (first.exit_code, first.stdout) == (0, second.stdout)
    other = planned(tmp_path, DRAFT, "--seed", "2")
    assert other["scales"] != json.loads(first.stdout)["scales"]


def test_json_shows_every_goal_at_every_scale(tmp_path: Path) -> None:
    found = planned(tmp_path, DRAFT)
    assert [scale["values_times"] for scale in found["scales"]] == [0.5, 1, 2]
    for scale in found["scales"]:
        assert [each["goal"] for each in scale["goals"]] == list(range(1, 9))
        funded = [each["funded"] for each in scale["goals"]]
        assert funded == sorted(funded, reverse=True), "a larger goal is harder to reach"
        for each in scale["goals"]:
            assert each["of_ceiling"] == pytest.approx(each["of_first_best"] / scale["ceiling_of_first_best"], abs=1e-3)
    suggested = found["suggested"]
    assert (suggested["cohort"], suggested["min_cohort"]) == (3, 3)
    assert suggested["goal"] <= suggested["rounds"] <= 8
    assert [each["cohort"] for each in found["cohorts"]] == [3, 2]


def test_the_tables_mark_the_suggestion_and_two_sentences_say_why(tmp_path: Path) -> None:
    printed, found = run(tmp_path, DRAFT).stdout, planned(tmp_path, DRAFT)
    goal = found["suggested"]["goal"]
    assert printed.startswith(f"Cohort 3, goal {goal}, {found['suggested']['rounds']} of 8 rounds offered.")
    words = " ".join(printed.split())
    assert len(found["why"]) == 2
    assert all(sentence in words and sentence.count(". ") == 0 for sentence in found["why"])
    (line,) = [line for line in printed.splitlines() if "suggested" in line and "of" not in line and "%" in line][:1]
    assert line.split("│")[1].strip() == str(goal)


def test_who_is_certain_of_the_scale_gets_the_best_goal_for_it(tmp_path: Path) -> None:
    certain = {**DRAFT, "prior": {**DRAFT["prior"], "off_by": 1}}
    found, unsure = planned(tmp_path, certain), planned(tmp_path, DRAFT)
    assert found["suggested"]["goal"] == found["best_if_the_prior_is_right"] == unsure["best_if_the_prior_is_right"]
    assert unsure["suggested"]["goal"] < found["suggested"]["goal"], "a goal that fails at half the scale is not safe"
    (scale,) = found["scales"]
    welfare = [each["welfare"] for each in scale["goals"]]
    assert welfare[found["suggested"]["goal"] - 1] == max(welfare)
    assert "twice as high" not in run(tmp_path, certain).stdout


def test_a_match_has_no_ceiling_and_lowers_what_owners_pay(tmp_path: Path) -> None:
    scarce = {**DRAFT, "prior": {**DRAFT["prior"], "total": "900"}}
    matched = {**scarce, "match": 5 * 10**8}
    found, plain = planned(tmp_path, matched), planned(tmp_path, scarce)
    assert {each["of_ceiling"] for scale in found["scales"] for each in scale["goals"]} == {None}
    all_rounds = [each["scales"][1]["goals"][-1] for each in (found, plain)]
    assert all_rounds[0]["funded"] > all_rounds[1]["funded"]
    assert run(tmp_path, matched).stdout.count(" - ") > 10


def test_a_cohort_that_its_clients_cannot_fill_is_not_suggested(tmp_path: Path) -> None:
    document = {**DRAFT, "clients": [{"edge": "north", "count": 2, "low": "20", "high": "40"}]}
    found = planned(tmp_path, document)
    assert found["suggested"]["cohort"] == 2
    assert [each["enough_clients"] for each in found["cohorts"]] == [0, 1]


def test_clients_that_are_too_dear_for_every_cohort_are_an_error(tmp_path: Path) -> None:
    document = {**DRAFT, "ceiling": "20"}
    with pytest.raises(InputError, match=r"draft\.json: clients: expected enough at or below the ceiling"):
        run(tmp_path, document)


def test_a_model_that_nobody_can_pay_is_said_to_be_none(tmp_path: Path) -> None:
    poor = {**DRAFT, "prior": {**DRAFT["prior"], "total": "12"}}
    assert "expect not to be funded" in " ".join(run(tmp_path, poor).stdout.split())
    assert planned(tmp_path, poor)["scales"][1]["goals"][0]["funded"] == 0


def test_rounds_that_hardly_ever_run_are_not_offered(tmp_path: Path) -> None:
    steep = {"curve": "exponential", "rate": "0.8", "rounds": 8}
    document = {**DRAFT, "cohorts": [{"cohort": 3, "quality": steep}]}
    document["prior"] = {"owners": 6, "total": "600", "family": "exponential"}
    path = tmp_path / "draft.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    draft = load_draft(str(path))
    found = plan(draft, draws=500).suggested
    (option,) = draft.options
    values = np.floor(2 * profiles(owner_values(draft.prior), 6, 500, 1))
    chances = chance_of_more_rounds(Draws(values, supplies(draft, option, 1)), option.quality, found.choice.goal)
    assert chances[found.rounds] < RARE <= chances[found.rounds - 1]
    assert found.choice.goal < found.rounds < 8


def test_a_goal_table_is_proposed_as_the_terms_have_it(tmp_path: Path) -> None:
    """Where values are spread evenly; where most are alike, one goal does."""
    even = {**DRAFT, "prior": {"owners": 6, "total": "2000", "family": "uniform"}}
    found, printed = planned(tmp_path, even, "--draws", "2000"), run(tmp_path, even, "--draws", "2000").stdout
    table = found["goal_table"]
    (line,) = [line for line in printed.splitlines() if line.startswith("  goal = ")]
    assert tomllib.loads(line)["goal"] == table["goal"]
    validate_goals([(each["weight"], each["rounds"]) for each in table["goal"]], power_quality(Decimal("0.5"), 8))
    assert table["of_first_best"][1] > table["constant_of_first_best"][1]
    assert planned(tmp_path, DRAFT)["goal_table"] is None
