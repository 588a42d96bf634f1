"""Amounts that people type, and openings that must not be lost."""

import stat
from pathlib import Path

import pytest

from cofund.errors import InputError
from cofund.roles.amounts import base_units, ticks
from cofund.roles.openings import keep, kept_opening, load_opening, opening_path, seal_anew

CAMPAIGN, ME = "0x" + "11" * 20, "0x" + "22" * 20


@pytest.mark.parametrize(
    ("text", "decimals", "units"),
    [
        ("9500", 6, 9_500_000_000),
        ("0.000001", 6, 1),
        ("1.10", 1, 11),
        ("12_000.5", 2, 1_200_050),
        ("0", 0, 0),
        ("0.1", 18, 10**17),
        ("123456789.123456789123456789", 18, 123456789123456789123456789),
    ],
)
def test_amounts_are_exact(text: str, decimals: int, units: int) -> None:
    assert base_units(text, decimals, "--value") == units


@pytest.mark.parametrize("text", ["", "-1", "1,5", "1e3", ".5", "1.", "0x10", "\u0661", "1.001", "inf", "9" * 40])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--value: expected"):
        base_units(text, 2, "--value")


def test_a_cost_between_two_ticks_is_refused() -> None:
    assert ticks(150, 50, "--cost") == 3
    with pytest.raises(InputError, match="a multiple of the tick, 50, such as 150 or 200; got 151"):
        ticks(151, 50, "--cost")
    with pytest.raises(InputError, match=r"a multiple of the tick, 0\.01, such as 4\.00 or 4\.01; got 4\.005"):
        ticks(base_units("4.005", 6, "--cost"), 10_000, "--cost", 6)


def test_an_opening_comes_back_as_it_was_and_no_other_takes_its_place(tmp_path: Path) -> None:
    sealed = seal_anew(1, CAMPAIGN, ME, 42)
    paths = keep(sealed, tmp_path / "home", tmp_path / "backup")
    assert [load_opening(path) for path in paths] == [sealed, sealed]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert keep(sealed, tmp_path / "home", tmp_path / "backup") == paths
    with pytest.raises(InputError, match="holds the opening of another commitment"):
        keep(seal_anew(1, CAMPAIGN, ME, 42), tmp_path / "home", None)
    assert kept_opening(tmp_path / "home") == sealed


def test_a_damaged_opening_is_named(tmp_path: Path) -> None:
    keep(seal_anew(1, CAMPAIGN, ME, 42), tmp_path, None)
    path = opening_path(tmp_path)
    whole = path.read_text()
    path.write_text(whole.replace('"salt": "', '"salt": "zz'))
    with pytest.raises(InputError, match="salt: expected 64 hex digits"):
        load_opening(path)
    path.write_text(whole.replace("cofund.opening/2", "cofund.opening/1"))
    with pytest.raises(InputError, match="schema: expected"):
        load_opening(path)
