"""Every page and every answer of ``cofund web`` for every phase of a campaign on a real node."""

import csv
import io
import json
import re
from contextlib import closing
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from anvil import Anvil
from campaign_days import Days
from cofund.errors import InputError, NodeError
from cofund.web.board import Board, Follower
from cofund.web.openapi import document
from cofund.web.pages import TABS
from cofund.web.phase_words import MEANINGS, PLACE
from cofund.web.row_tables import TABLES
from cofund.web.rpc import Rpc
from operating import FLAGS, Operating
from web_server import get, serving

pytestmark = pytest.mark.node
PAGES = tuple(end for _, _, end in TABS)
STEPS = ("created", "commit", "reveal", "settle", "training", "deliveries", "closed", "paid")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the server says after each step: pages, API and tables, by step."""
    found = {}
    with Anvil(FLAGS) as anvil, closing(Rpc(anvil.url)) as rpc:
        operating = Operating(anvil, tmp_path_factory.mktemp("days"))
        operating.create()
        days, board = Days(operating), Board(Path("no studies"))
        follower = Follower(board, rpc, [operating.address], [], 0)
        with serving(board) as port:
            for step in STEPS:
                if step != "created":
                    getattr(days, step)()
                follower.look()
                found[step] = answers(port, operating.address)
        late = Follower(Board(Path("none")), rpc, [], [], 0)
        with serving(late.board) as port:
            found["again"] = answers(port, operating.address)
    return found


def answers(port, address):
    one = f"/api/v1/campaigns/{address}"
    return {
        "pages": {end: get(port, f"/campaign/{address}{end}") for end in PAGES} | {"home": get(port, "/")},
        "campaign": get(port, one),
        "campaigns": get(port, "/api/v1/campaigns"),
        "tables": {name: get(port, f"{one}/{name}") for name in TABLES},
        "csv": {name: get(port, f"{one}/{name}.csv") for name in TABLES},
        "metrics": get(port, "/metrics").text,
    }


PHASES = ("commit", "commit", "reveal", "settle", "training", "deliveries", "closed", "closed")


@pytest.mark.parametrize(("step", "phase"), list(zip(STEPS, PHASES, strict=True)))
def test_every_page_says_where_the_campaign_stands(told, step, phase):
    said = told[step]
    assert said["campaign"].json()["phase"] == phase
    assert {page.status for page in said["pages"].values()} == {200}
    assert MEANINGS[phase].title in said["pages"][""].text
    assert f'phase="{phase}"' in said["metrics"]


@pytest.mark.parametrize("step", STEPS)
def test_everything_adds_up_at_every_step(told, step):
    checks = told[step]["tables"]["checks"].json()["rows"]
    assert [row for row in checks if not row["holds"]] == []
    assert len(checks) == (6 if step in STEPS[4:] else 4)
    assert "✗" not in told[step]["pages"]["/audit"].text.partition("<main")[2]


def test_sealed_bids_stay_sealed_until_they_are_opened(told):
    owners = [told[step]["tables"]["owners"].json()["rows"] for step in ("created", "commit", "reveal")]
    assert owners[0] == []
    assert [(row["state"], row["bid"], row["escrow"]) for row in owners[1]] == [("sealed", None, "200000")]
    assert [(row["state"], row["bid"]) for row in owners[2]] == [("opened", "100000")]
    said = [">0.10<" in told[step]["pages"]["/market"].text for step in ("commit", "reveal")]
    assert said == [False, True]


def test_the_settlement_gives_prices_shares_and_reasons(told):
    page, rows = told["training"]["pages"]["/settlement"].text, told["training"]["tables"]["offers"].json()["rows"]
    assert {row["result"] for row in rows} == {"trains", "too dear", "edge full", "above the ceiling"}
    assert sum(row["result"] == "trains" for row in rows) == 2
    assert "The arithmetic" in page
    assert "Not settled" in told["settle"]["pages"]["/settlement"].text


def test_csv_totals_are_those_of_the_contract(told):
    for step in STEPS:
        money = told[step]["campaign"].json()["money"]
        rows = list(csv.DictReader(io.StringIO(told[step]["csv"]["payments"].text)))
        assert sum(int(row["deposited"]) for row in rows) == int(money["deposited"])
        assert sum(int(row["received"]) for row in rows) == int(money["paid_out"])
    rows = list(csv.DictReader(io.StringIO(told["paid"]["csv"]["payments"].text)))
    assert sum(int(row["net"]) for row in rows) == 0
    assert told["paid"]["campaign"].json()["money"]["held"] == "0"


def test_json_and_csv_say_the_same(told):
    for step in STEPS:
        for name, table in TABLES.items():
            rows = told[step]["tables"][name].json()["rows"]
            lines = list(csv.reader(io.StringIO(told[step]["csv"][name].text)))
            assert lines[0] == list(table.columns)
            assert len(lines) == 1 + len(rows)


def test_a_server_that_starts_later_says_the_same(told):
    for name in TABLES:
        assert told["again"]["tables"][name].json() == told["paid"]["tables"][name].json()


@pytest.mark.parametrize("step", [*STEPS, "again"])
def test_answers_are_as_the_openapi_file_says(told, step):
    described = document()
    checked = 0
    given = {"campaigns": told[step]["campaigns"], "campaigns/{address}": told[step]["campaign"]}
    given |= {f"campaigns/{{address}}/{name}": answer for name, answer in told[step]["tables"].items()}
    for path, answer in given.items():
        content = described["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]
        schema = content["application/json"]["schema"] | {"components": described["components"]}
        Draft202012Validator(schema).validate(answer.json())
        checked += 1
    assert checked == 2 + len(TABLES)


def test_the_openapi_file_is_valid_and_the_one_in_the_docs():
    described = document()
    validate(described)
    kept = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))
    assert kept == described


def test_amounts_are_strings_and_never_numbers(told):
    for name, table in TABLES.items():
        amounts = [column for column, kind in table.columns.items() if kind.startswith("amount")]
        for row in told["paid"]["tables"][name].json()["rows"]:
            assert all(row[column] is None or re.fullmatch("-?[0-9]+", row[column]) for column in amounts)


def test_every_phase_has_words():
    assert set(PLACE) == set(MEANINGS)


def test_a_stranger_is_no_campaign(anvil_url, tmp_path):
    refused = pytest.raises(InputError, match="expected a campaign that a factory created")
    with refused, closing(Rpc(anvil_url)) as rpc:
        Follower(Board(tmp_path), rpc, ["0x" + "11" * 20], [], 0)


def test_a_dead_node_is_one_line(tmp_path):
    with pytest.raises(NodeError, match="the node does not answer"):
        Follower(Board(tmp_path), Rpc("http://127.0.0.1:9"), [], [], 0)
