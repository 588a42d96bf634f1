"""``cofund clear --clients --owners`` prints what ``cofund clear`` prints for the same market in one file."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet

from cofund.cli.main import cli
from cofund.errors import InputError
from cofund.market.codec import encode_instance
from cofund.market.document import written
from cofund.market.generate import generate
from cofund.market.instance import Instance

MARKET = generate(4, 24, 3, seed=7, rounds=8)
TREE = generate(4, 24, 4, seed=7, rounds=8, regions=2)
DEAR = replace(MARKET, owners=tuple(replace(owner, bid=owner.bid + 2**70) for owner in MARKET.owners))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def clear(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["clear", *arguments], catch_exceptions=False, env={"COLUMNS": "120"})


def write(market: Instance) -> None:
    """The market in one file, and as terms and columns."""
    Path("market.json").write_text(written(encode_instance(market)))
    Path("terms.json").write_text(written(encode_instance(replace(market, owners=(), clients=()))))
    lines = [f"{one.cost},{one.edge}\n" for one in market.clients]
    Path("clients.csv").write_text("".join(["cost,edge\n", *lines]))
    Path("owners.csv").write_text("".join(["bid,weight\n", *(f"{one.bid},{one.weight}\n" for one in market.owners)]))


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("market", [MARKET, TREE, DEAR], ids=["flat", "edges below edges", "beyond int64"])
@pytest.mark.parametrize("arguments", [("--json",), (), ("--rule", "vcg"), ("--rule", "posted")], ids=str)
def test_columns_print_what_one_file_prints(market: Instance, arguments: tuple[str, ...]) -> None:
    write(market)
    there = clear("terms.json", "--clients", "clients.csv", "--owners", "owners.csv", *arguments)
    assert (there.exit_code, there.stdout) == (0, clear("market.json", *arguments).stdout)


@pytest.mark.usefixtures("here")
def test_parquet_files_do_as_well() -> None:
    write(MARKET)
    clients = {"edge": [one.edge for one in MARKET.clients], "cost": [one.cost for one in MARKET.clients]}
    parquet.write_table(pa.table(clients), "clients.parquet")
    there = clear("terms.json", "--clients", "clients.parquet", "--owners", "owners.csv")
    assert there.stdout == clear("market.json").stdout


@pytest.mark.usefixtures("here")
def test_without_owners_nothing_is_funded() -> None:
    write(MARKET)
    assert clear("terms.json", "--clients", "clients.csv").stdout.startswith("Not funded (serial): there are no owners")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("clients.csv", "edge-2", "edge-9", r"clients\.csv: clients\[\d+\]\.edge: expected the id of an edge"),
        ("clients.csv", "cost,edge", "price,edge", r"clients\.csv: cost: expected one column of this name"),
        ("owners.csv", ",1\n", ",one\n", r"owners\.csv: owners\[\d\]\.weight: expected a whole number"),
        ("terms.json", '"goal": 1', '"goal": 9', r"terms\.json: goal: expected a whole number from 1 to 8, got 9"),
    ],
)
def test_an_error_names_file_row_and_column(file: str, old: str, new: str, message: str) -> None:
    write(MARKET)
    path = Path(file)
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError, match=f"^{message}"):
        clear("terms.json", "--clients", "clients.csv", "--owners", "owners.csv")


@pytest.mark.usefixtures("here")
def test_agents_are_in_columns_or_in_the_instance_but_not_in_both() -> None:
    write(MARKET)
    with pytest.raises(InputError, match=r"^market\.json: terms: expected public terms without owners and clients"):
        clear("market.json", "--clients", "clients.csv")


@pytest.mark.usefixtures("here")
def test_owners_alone_are_refused() -> None:
    write(MARKET)
    refused = clear("terms.json", "--owners", "owners.csv")
    assert refused.exit_code == 2
    assert "--owners needs --clients" in refused.output
