"""The reference pages say what the program says: they are the generator's output, word for word."""

import runpy
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
PAGES = runpy.run_path(str(REFERENCE / "generate.py"))["PAGES"]


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_page_is_what_the_program_says(page, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert (REFERENCE / page).read_text(encoding="utf-8") == PAGES[page](), "run `make reference`"
