"""The frontier in mechanism.md is what a run saved, and the study computes the same numbers today.

``tests/golden/frontier`` holds what ``cofund study frontier`` saved: the two tables that it prints, and of
``families.csv`` every eleventh family. A whole run takes about a minute, so here only these families run again.
"""

import csv
from itertools import islice
from pathlib import Path

import pytest

from cofund.study import frontier_study
from cofund.study.families import Family

ROOT = Path(__file__).parents[2]
SAVED = ROOT / "tests" / "golden" / "frontier"
PAGE = ROOT / "docs" / "mechanism.md"
EVERY = 11


def saved(name: str) -> list[list[str]]:
    with (SAVED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def shown(row: list[str]) -> list[str]:
    """A saved row as the page shows it: three decimals, no zero before the point."""
    return [row[0], *(f"{float(cell):.3f}".removeprefix("0") for cell in row[1:])]


def tables() -> list[list[list[str]]]:
    """The tables of the section, as cells, without their heads."""
    text = PAGE.read_text(encoding="utf-8").partition("\n### The frontier\n")[2].partition("\n## ")[0]
    found = [block.splitlines() for block in text.split("\n\n") if block.startswith("| rule |")]
    return [[[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines[2:]] for lines in found]


def chosen() -> list[Family]:
    return list(islice(frontier_study.families(frontier_study.DEFAULT), 0, None, EVERY))


@pytest.mark.parametrize(("number", "name"), [(0, "frontier"), (1, "groups")])
def test_the_page_shows_what_was_saved(number: int, name: str) -> None:
    assert tables()[number] == [shown(row) for row in saved(name)]


def test_the_page_states_the_configuration() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    families = len(list(frontier_study.families(frontier_study.DEFAULT)))
    assert f"clears {frontier_study.DEFAULT.markets} drawn markets of each of {families} families" in text
    assert f"clearing {frontier_study.DEFAULT.rehearsed} other draws of the family" in text


@pytest.mark.parametrize("family", chosen(), ids=lambda family: str(family.seed))
def test_the_study_computes_what_was_saved(family: Family) -> None:
    best = frontier_study.bound(family, frontier_study.DEFAULT.profiles)
    scores = {
        name: {family: frontier_study.score(clear, family, best, frontier_study.DEFAULT)}
        for name, clear in frontier_study.contenders(family, frontier_study.DEFAULT).items()
    }
    computed = list(csv.reader(frontier_study.details(scores).csv().splitlines()))[1:]
    assert [row for row in saved("families") if row[1:6] == computed[0][1:6]] == computed
