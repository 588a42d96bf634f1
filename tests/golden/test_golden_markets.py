"""Ten markets on which a plausible mistake shows: each file says which, holds the market and what must come out.

``says`` derives the outcome by hand. ``fault`` is the mistake itself, a line of the library and the same line wrong:
with it in place of the right one the outcome of the file no longer comes out.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cofund
from cofund.market.codec import decode_instance
from cofund.market.columns import Columns
from cofund.market.document import Field
from cofund.market.instance import Instance
from cofund.mechanism.array_names import named_outcome
from cofund.mechanism.arrays import clear_columns
from cofund.mechanism.outcome_codec import encode_outcome
from cofund.mechanism.rules import clear
from tests.oracles.enumeration import solve
from tests.oracles.trees import Tree

FILES = sorted(Path(__file__).parent.glob("*.json"))
LIBRARY = Path(cofund.__file__).parent
ROOT = Path(__file__).parents[2]
REPLAY = """
import json, sys
from pathlib import Path
from tests.golden.test_golden_markets import cleared, cleared_from_columns
golden = json.loads(Path(sys.argv[1]).read_text())
print(json.dumps([cleared(golden), cleared_from_columns(golden)]))
"""


def market_of(golden: dict[str, Any]) -> Instance:
    return decode_instance(Field("golden", "", golden["instance"]))


def cleared(golden: dict[str, Any]) -> dict[str, Any]:
    return encode_outcome(clear(market_of(golden), golden["rule"]))


def cleared_from_columns(golden: dict[str, Any]) -> dict[str, Any]:
    """Clients and owners are called by their positions in these files, as columns call them."""
    columns = Columns.of(market_of(golden))
    return encode_outcome(named_outcome(columns, clear_columns(columns, golden["rule"])))


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def golden(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def test_there_are_ten() -> None:
    assert len(FILES) == 10


def test_clear_gives_the_outcome(golden: dict[str, Any]) -> None:
    assert cleared(golden) == golden["outcome"]


def test_clear_columns_gives_the_outcome(golden: dict[str, Any]) -> None:
    assert cleared_from_columns(golden) == golden["outcome"]


def test_enumeration_gives_the_outcome(golden: dict[str, Any]) -> None:
    """All of it on flat markets; with edges below edges the winners, the Clarke payments and who could step in."""
    instance, outcome = golden["instance"], golden["outcome"]
    if not any("parent" in edge for edge in instance["edges"]):
        assert solve(instance, golden["rule"]) == {name: outcome[name] for name in outcome if name != "reason"}
        return
    tree = Tree(instance)
    prices = {instance["clients"][winner]["id"]: tree.pivot(winner) for winner in tree.winners}
    assert {one["id"]: int(outcome["prices"][one["edge"]]) for one in outcome["winners"]} == prices
    assert int(outcome["round_cost"]) == sum(prices.values()) + int(instance["coordinator_fee"])
    lost = {name: tree.let_in(name, whole_path=False) for name in tree.names}
    assert outcome["edge_cutoffs"] == {name: None if amount is None else str(amount) for name, amount in lost.items()}
    assert outcome["cutoff"] == str(tree.let_in(None, whole_path=False))


def test_the_fault_that_the_file_names_gives_another_outcome(
    path: Path, golden: dict[str, Any], tmp_path: Path
) -> None:
    """A copy of the pure library with one line wrong still clears the market, but not as the file says."""
    shutil.copytree(LIBRARY, tmp_path / "cofund", ignore=shutil.ignore_patterns("data", "__pycache__"))
    faulty, fault = tmp_path / "cofund" / golden["fault"]["file"], golden["fault"]
    text = faulty.read_text(encoding="utf-8")
    assert text.count(fault["right"]) == 1, f"{fault['file']} has changed: the fault has to name a line of it"
    faulty.write_text(text.replace(fault["right"], fault["wrong"]), encoding="utf-8")
    command = [sys.executable, "-c", REPLAY, str(path)]
    replayed = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(tmp_path)}
    )
    assert json.loads(replayed.stdout) != [golden["outcome"]] * 2
