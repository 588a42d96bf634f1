"""Whatever the file holds, ``cofund clear`` answers with one line that names the fault, and exit code 2."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cofund.cli.main import main

ONE = 10**9
GOOD: dict[str, Any] = {
    "schema": "cofund.instance/1",
    "cohort": 1,
    "ceiling": "10",
    "quality": [ONE // 2, ONE // 2],
    "edges": [{"id": "e", "capacity": 2, "fee": "1"}],
    "owners": [{"id": "o", "bid": "50"}],
    "clients": [{"id": "c", "edge": "e", "cost": "3"}, {"id": "d", "edge": "e", "cost": "4"}],
}


def changed(*path: str | int, to: Any) -> str:
    document = json.loads(json.dumps(GOOD))
    inside = document
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = to
    return json.dumps(document)


def without(*path: str | int) -> str:
    document = json.loads(changed(*path, to=None))
    inside = document
    for step in path[:-1]:
        inside = inside[step]
    del inside[path[-1]]
    return json.dumps(document)


def curve(**formula: Any) -> str:
    return changed("quality", to=formula)


TEXT = json.dumps(GOOD)
BOUND = "79228162514264337593543950335"
CASES = {
    "empty file": ("", ": expected JSON, got an empty file"),
    "only spaces": (" \n\t", "got an empty file"),
    "binary": (bytes(range(256)), "expected UTF-8 text, got byte 128"),
    "UTF-16": (TEXT.encode("utf-16"), "expected UTF-8 text"),
    "not JSON": ("cohort = 3", "line 1 column 1: expected JSON"),
    "cut off": (TEXT[:-1], "expected JSON: Expecting"),
    "two documents": (TEXT + TEXT, "expected JSON: Extra data"),
    "nested lists": ("[" * 100_000, "nested too deeply"),
    "nested objects": ('{"a":' * 100_000, "nested too deeply"),
    "a list": ("[]", "expected an object with the schema cofund.instance/1, got a list"),
    "a number": ("7", "got 7"),
    "NaN": (changed("ceiling", to=float("nan")), "got NaN, which is not a JSON number"),
    "infinity": (changed("owners", 0, "bid", to=float("-inf")), "got -Infinity"),
    "twin keys": (TEXT.replace('"cohort": 1', '"cohort": 1, "cohort": 2'), "cohort: expected each key once"),
    "no schema": (without("schema"), 'schema: expected "cofund.instance/1", got nothing'),
    "other schema": (changed("schema", to="cofund.outcome/1"), 'schema: expected "cofund.instance/1", got "cofu'),
    "no cohort": (without("cohort"), "cohort: expected a value, but the field is missing"),
    "no cost": (without("clients", 1, "cost"), "clients[1].cost: expected a value, but the field is missing"),
    "unknown field": (changed("budget", to="5"), "budget: unknown field; expected one of schema, cohort"),
    "unknown field inside": (changed("owners", 0, "name", to="x"), "owners[0].name: unknown field"),
    "unprintable field": (changed("a\nb\ud800", to=1), r"'a\nb\ud800': unknown field"),
    "client is a number": (changed("clients", 0, to=5), "clients[0]: expected an object, got 5"),
    "edges is an object": (changed("edges", to={}), "edges: expected a list, got an object"),
    "owners is nothing": (changed("owners", to=None), "owners: expected a list, got nothing"),
    "float cost": (changed("clients", 1, "cost", to=1.5), "clients[1].cost: expected a whole number of base units"),
    "float text": (changed("clients", 1, "cost", to="1.5"), 'as a decimal string, got "1.5"'),
    "exponent": (
        changed("clients", 0, "cost", to=3).replace('"cost": 3', '"cost": 1e3'),
        "clients[0].cost: expected a",
    ),
    "huge exponent": (TEXT.replace('"3"', "1e999999999999"), "clients[0].cost: expected a whole number of base units"),
    "power written out": (changed("owners", 0, "bid", to="10^30"), "owners[0].bid: expected a whole number of base"),
    "over the bound": (
        changed("owners", 0, "bid", to=str(10**30)),
        f"owners[0].bid: expected a whole number from 0 to 2**96 - 1 = {BOUND}",
    ),
    "just over the bound": (
        changed("ceiling", to=str(2**96)),
        f"2**96 - 1 = {BOUND}, got 79228162514264337593543950336",
    ),
    "inexact integer": (changed("owners", 0, "bid", to=2**53), "as a decimal string, got 9007199254740992"),
    "5000 digits": (changed("owners", 0, "bid", to="9" * 5000), "owners[0].bid: expected a whole number of base units"),
    "5000 digit integer": (TEXT.replace('"50"', "9" * 5000), "got a number of 5000 characters"),
    "5000 digit cohort": (TEXT.replace('"cohort": 1', '"cohort": ' + "9" * 5000), "cohort: expected an integer"),
    "negative cost": (changed("clients", 0, "cost", to="-1"), "clients[0].cost: expected a whole number from 0"),
    "negative number": (changed("edges", 0, "fee", to=-1), "edges[0].fee: expected a whole number from 0"),
    "other digits": (changed("ceiling", to="\u0661\u0660"), "ceiling: expected a whole number of base units"),
    "leading zero": (changed("ceiling", to="010"), 'got "010"'),
    "underscore": (changed("ceiling", to="1_0"), 'got "1_0"'),
    "boolean amount": (
        changed("ceiling", to=True),
        "ceiling: expected a whole number of base units as a decimal string, got true",
    ),
    "boolean count": (changed("cohort", to=True), "cohort: expected an integer, got true"),
    "text count": (changed("cohort", to="1"), 'cohort: expected an integer, got "1"'),
    "zero cohort": (changed("cohort", to=0), "cohort: expected a whole number from 1 to 4294967295, got 0"),
    "min over cohort": (changed("min_cohort", to=2), "min_cohort: expected a whole number from 1 to 1, got 2"),
    "zero goal": (changed("goal", to=0), "goal: expected a whole number from 1 to 2, got 0"),
    "goal over rounds": (changed("goal", to=3), "goal: expected a whole number from 1 to 2, got 3"),
    "match over one": (changed("match", to=ONE + 1), "match: expected a whole number from 0 to 1000000000"),
    "negative capacity": (changed("edges", 0, "capacity", to=-1), "edges[0].capacity: expected a whole number from 0"),
    "zero weight": (changed("owners", 0, "weight", to=0), "owners[0].weight: expected a whole number from 1"),
    "unknown edge": (changed("clients", 1, "edge", to="f"), "clients[1].edge: expected the id of an edge, got 'f'"),
    "no edges": (changed("edges", to=[]), "clients[0].edge: expected the id of an edge, got 'e'"),
    "twin clients": (
        changed("clients", 1, "id", to="c"),
        "clients[1].id: expected an id of its own, got 'c', the id of clients[0]",
    ),
    "twin owners": (changed("owners", to=GOOD["owners"] * 2), "owners[1].id: expected an id of its own"),
    "twin edges": (changed("edges", to=GOOD["edges"] * 2), "edges[1].id: expected an id of its own"),
    "number id": (changed("clients", 0, "id", to=7), "clients[0].id: expected a string, got 7"),
    "empty id": (changed("owners", 0, "id", to=""), "owners[0].id: expected 1 to 64 printable characters, got ''"),
    "line break in id": (
        changed("owners", 0, "id", to="a\nb"),
        r"owners[0].id: expected 1 to 64 printable characters, got 'a\nb'",
    ),
    "half a character": (changed("clients", 0, "id", to="\ud800"), r"clients[0].id: expected 1 to 64 printable"),
    "long id": (changed("owners", 0, "id", to="x" * 65), "owners[0].id: expected 1 to 64 printable characters"),
    "increasing quality": (
        changed("quality", to=[ONE // 2 - 1, ONE // 2 + 1]),
        "quality[1]: expected at most 499999999, the round before",
    ),
    "quality sum": (
        changed("quality", to=[ONE // 2, ONE // 2 - 1]),
        "quality: expected rounds that sum to exactly 1000000000, got a sum of 999",
    ),
    "negative quality": (changed("quality", to=[ONE, 0, -1]), "quality[2]: expected a whole number from 0"),
    "float quality": (changed("quality", to=[0.5, 0.5]), "quality[0]: expected an integer, got 0.5"),
    "no rounds": (changed("quality", to=[]), "quality: expected 1 to 256 rounds, got 0"),
    "257 rounds": (changed("quality", to=[ONE] + [0] * 256), "quality: expected 1 to 256 rounds, got 257"),
    "text quality": (changed("quality", to="power"), 'quality: expected an object, got "power"'),
    "unknown curve": (
        curve(curve="linear", rounds=3),
        'quality.curve: expected "power" or "exponential", got "linear"',
    ),
    "curve is a list": (
        curve(curve=["power"], rounds=3),
        'quality.curve: expected "power" or "exponential", got a list',
    ),
    "no exponent": (curve(curve="power", rounds=3), "quality.exponent: expected a value, but the field is missing"),
    "exponent of the other curve": (
        curve(curve="exponential", rate=1, exponent=1, rounds=3),
        "quality.exponent: unknown field",
    ),
    "exponent over one": (
        curve(curve="power", exponent=1.1, rounds=3),
        "quality.exponent: expected a number above 0 and at most 1",
    ),
    "zero rate": (curve(curve="exponential", rate=0, rounds=3), "quality.rate: expected a number above 0"),
    "rate as words": (curve(curve="exponential", rate="fast", rounds=3), 'got "fast"'),
    "rate not a number": (curve(curve="exponential", rate="NaN", rounds=3), 'got "NaN"'),
    "too many decimals": (curve(curve="power", exponent="0.1234567891", rounds=3), "with at most 9 decimals"),
    "tiny exponent": (
        curve(curve="power", exponent=7, rounds=3).replace("7", "1e-999999"),
        "quality.exponent: expected a number above 0",
    ),
    "zero curve rounds": (
        curve(curve="power", exponent=0.5, rounds=0),
        "quality.rounds: expected 1 to 256 rounds, got 0",
    ),
    "many curve rounds": (curve(curve="power", exponent=0.5, rounds=10**9), "quality.rounds: expected 1 to 256 rounds"),
}


def refusal(arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """Run the real command; return its only line on stderr."""
    monkeypatch.setattr(sys, "argv", ["cofund", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    captured = capsys.readouterr()
    assert ended.value.code == 2
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.isascii()
    return captured.err


@pytest.mark.parametrize("name", CASES)
def test_one_line_names_the_fault(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content, expected = CASES[name]
    file = tmp_path / "market.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    line = refusal(["clear", str(file)], monkeypatch, capsys)
    assert line.startswith(f"error: {file}: ")
    assert expected in line
    assert len(line) < 400 + len(str(file))


def test_the_document_that_the_cases_spoil_is_good(tmp_path: Path) -> None:
    file = tmp_path / "market.json"
    file.write_text(TEXT)
    ran = subprocess.run(command("clear", str(file)), check=False, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("Funded (serial): 2 of 2 rounds")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from cofund.cli.main import main; main()", *arguments]


def test_the_installed_command_prints_no_traceback(tmp_path: Path) -> None:
    file = tmp_path / "market.json"
    file.write_text("[" * 100_000)
    ran = subprocess.run(command("clear", str(file)), check=False, capture_output=True, text=True)
    assert ran.returncode == 2
    assert ran.stderr == f"error: {file}: expected JSON, got objects or lists nested too deeply\n"


@pytest.mark.parametrize("path", ["missing.json", ".", "a\0b", "a\nb"])
def test_a_file_that_cannot_be_read_is_one_line(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "cannot be read: " in refusal(["clear", path], monkeypatch, capsys)


def test_standard_input_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{")))
    assert refusal(["clear", "-"], monkeypatch, capsys).startswith("error: standard input: line 1 column 2: ")
