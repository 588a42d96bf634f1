"""``cofund train`` prints the learning curve of a task, repeats its digests, and refuses with one line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cofund.cli.main import cli
from cofund.errors import InputError
from cofund.training import checkpoints, curve

DIGITS = ("digits", "--clients", "10", "--edges", "2", "--alpha", "10", "-q")


def train(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["train", *arguments], catch_exceptions=False)


def test_it_prints_every_round_and_the_curve_for_the_terms() -> None:
    printed = train(*DIGITS, "--rounds", "6")
    assert printed.exit_code == 0
    lines = printed.stdout.splitlines()
    assert lines[0].split()[:2] == ["round", "accuracy"]
    assert [line.split()[0] for line in lines[1:7]] == list("123456")
    assert all(line.split()[3] == "10/10" for line in lines[1:7])
    metrics = [float(line.split()[1]) for line in lines[1:7]]
    assert metrics[-1] > metrics[0] > 0.1
    assert f'"rate": "{curve.fit(metrics).rate[:3]}' in lines[7]


def test_the_same_options_give_the_same_digests_and_others_do_not(tmp_path: Path) -> None:
    variants = ((), ("--save", str(tmp_path)), ("--edge-rounds", "1"), ("--rule", "median"), ("--cohort", "4"))
    found = [json.loads(train(*DIGITS, "--rounds", "2", "--json", *more).stdout)["rounds"] for more in variants]
    assert found[0] == found[1]
    assert len({rounds[-1]["digest"] for rounds in found}) == 4
    saved = checkpoints.load_all(tmp_path)
    assert [each.digest.hex() for each in saved] == [each["digest"] for each in found[0]]
    assert found[0][0]["missing"] == {}


def test_contributions_add_up_to_the_gain() -> None:
    arguments = (*DIGITS, "--rounds", "2", "--edge-rounds", "1", "--local-steps", "5", "--json")
    plain = json.loads(train(*arguments).stdout)
    edges = json.loads(train(*arguments, "--contribution", "edges").stdout)
    assert edges["rounds"] == plain["rounds"]
    assert plain["contributions"] == {}
    assert edges["contributions"].keys() == {"edge-1", "edge-2"}
    shown = train(*arguments[:-1], "--contribution", "edges").stdout.splitlines()[-1]
    assert shown.split()[-1] == f"{sum(edges['contributions'].values()):+.4f}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("nothing",),
            "train: nothing: expected one of air-quality, digits, images, module:attribute, or a .toml file",
        ),
        (("air-quality", "--clients", "3"), "train: clients: only for digits and images"),
        ((*DIGITS, "--rounds", "0"), "plan: rounds: at least 1"),
        ((*DIGITS, "--rule", "best"), "plan: rule: one of mean"),
        ((*DIGITS, "--cohort", "11"), "train: cohort: from 1 to the number of clients, 10, got 11"),
        ((*DIGITS, "--contribution", "owners"), "train: contribution: edges or clients"),
        (("images", "--data", "/nowhere"), "train-images-idx3-ubyte: no such file"),
        (("absent.toml",), "absent.toml: no such file"),
    ],
)
def test_what_is_wrong_is_one_line(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=message) as refusal:
        train(*arguments)
    assert "\n" not in str(refusal.value)


def test_noise_is_printed_with_its_epsilon_and_repeated_with_its_key(tmp_path: Path) -> None:
    noise = ("--edge-rounds", "1", "--rounds", "2", "--norm-bound", "1", "--noise-multiplier", "4")
    kept = (*DIGITS, *noise, "--noise-key", str(tmp_path / "key"))
    first, again, other = (json.loads(train(*each, "--json").stdout) for each in (kept, kept, (*DIGITS, *noise)))
    assert first == again
    assert first["rounds"] != other["rounds"]
    low, high = first["privacy"]["epsilon"]
    shown = train(*kept).stdout.splitlines()
    assert shown[0].split()[4] == "epsilon"
    assert [shown[1].split()[-2], shown[2].split()[-2]] == [f"{low:.3g}", f"{high:.3g}"]
    assert shown[-1].startswith(f"privacy: epsilon {high:.3g} at delta 1e-05 after round 2, for one of 10 clients")
