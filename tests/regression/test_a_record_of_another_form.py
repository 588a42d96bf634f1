"""A record with a value of another type ended `web --record` with a traceback; one with 10**80 decimals never ended."""

import json
from pathlib import Path
from typing import Any

import pytest

from cofund.errors import InputError
from cofund.market.document import RECORD
from cofund.money import MOST_DECIMALS, Currency
from cofund.report.reading import load_record, read, whole_record
from cofund.web.board import record_board


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["terms", "token", "decimals"], 10**60),
        (["terms", "token", "decimals"], "2"),
        (["terms", "token"], []),
        (["terms", "phases"], None),
        (["terms", "phases", "settle_end"], "soon"),
        (["conservation", "deposited"], "x"),
        (["payments", 0, "net"], None),
        (["openings", 0], 7),
        (["transactions"], []),
        (["outcome", "clients"], {"a": 1}),
    ],
)
def test_a_record_of_another_form_is_one_sentence(
    demo_record: dict[str, Any], tmp_path: Path, path: list[Any], value: Any
) -> None:
    *way, last = path
    place: Any = demo_record
    for step in way:
        place = place[step]
    place[last] = value
    file = tmp_path / "record.json"
    file.write_text(json.dumps(demo_record))
    with pytest.raises(InputError, match=rf"^{file}: |^record: ") as refused:
        record_board(file, tmp_path)
    assert "\n" not in str(refused.value)


def test_a_token_has_the_decimals_that_256_bits_have() -> None:
    assert Currency("t", MOST_DECIMALS).exact(10**MOST_DECIMALS) == "1.00"
    for decimals in (MOST_DECIMALS + 1, -1, True, "2", 2.0, None):
        with pytest.raises(ValueError, match="decimals of a token from 0 to 77"):
            Currency("t", decimals)  # type: ignore[arg-type]


def test_what_is_wrong_in_a_report_is_said_in_a_short_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^r: expected a whole record \(ValueError: a+\)$"), whole_record(Path("r")):
        raise ValueError("a" * 10**6)
    (tmp_path / "r").write_text(json.dumps({"schema": RECORD}))
    with pytest.raises(InputError, match=r"r: campaign: expected a value"):
        read(load_record(tmp_path / "r"))
