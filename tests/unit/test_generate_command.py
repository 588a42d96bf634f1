"""``cofund generate`` writes an instance that ``cofund clear`` reads."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cofund.cli.main import cli
from cofund.errors import InputError
from cofund.market.codec import load_instance
from cofund.market.generate import generate


def test_options_reach_the_instance(tmp_path: Path) -> None:
    file = tmp_path / "market.json"
    terms = {"owners": 3, "clients": 20, "edges": 2, "seed": 5, "rounds": 12, "goal": 2, "match": 0.25}
    options = [f"--{name}={value}" for name, value in terms.items()]
    result = CliRunner().invoke(cli, ["generate", *options, "-o", str(file)], catch_exceptions=False)
    assert (result.exit_code, result.output) == (0, "")
    assert load_instance(str(file)) == generate(3, 20, 2, 5, rounds=12, goal=2, match=250_000_000)


def test_output_can_be_piped_into_clear() -> None:
    written = CliRunner().invoke(cli, ["generate"], catch_exceptions=False).stdout
    cleared = CliRunner().invoke(cli, ["clear", "-"], input=written, catch_exceptions=False)
    assert cleared.stdout.startswith("Funded (serial): ")


@pytest.mark.parametrize("match", ["1.1", "-0.1", "0.0000000001", "NaN", "half", "1e999999"])
def test_a_match_that_is_no_part_is_a_usage_error(match: str) -> None:
    result = CliRunner().invoke(cli, ["generate", "--match", match])
    assert result.exit_code == 2
    assert "is not a number from 0 to 1 with at most 9 decimals" in result.output


def test_a_goal_beyond_the_rounds_is_refused() -> None:
    with pytest.raises(InputError, match="--goal: expected at most the 5 rounds, got 6"):
        CliRunner().invoke(cli, ["generate", "--rounds", "5", "--goal", "6"], catch_exceptions=False)


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        CliRunner().invoke(cli, ["generate", "-o", str(tmp_path / "no" / "file")], catch_exceptions=False)
