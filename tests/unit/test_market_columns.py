"""Columns are checked like an instance, and read from CSV and Parquet files without a number being guessed at."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from cofund.errors import InputError
from cofund.market.codec import encode_instance
from cofund.market.column_files import load_columns
from cofund.market.columns import INT64_MAX, Columns
from cofund.market.document import written
from cofund.market.generate import generate
from cofund.market.instance import Instance

MARKET = generate(4, 12, 3, seed=7)
TERMS = replace(MARKET, owners=(), clients=())


def columns(**changed: Any) -> Columns:
    given = {"edge": [0, 2], "cost": [5, 6], "bid": [7], "weight": [1], **changed}
    return Columns(TERMS, **{name: np.asarray(column) for name, column in given.items()})


def test_an_instance_survives_as_columns_but_for_its_names() -> None:
    there = Columns.of(MARKET)
    assert (there.edge.dtype, there.cost.dtype, there.bid.dtype, there.weight.dtype) == (
        np.int32,
        np.int64,
        np.int64,
        np.int64,
    )
    assert there.instance() == MARKET


def test_an_amount_beyond_int64_stays_a_python_integer() -> None:
    cost = Columns.of(replace(MARKET, clients=(replace(MARKET.clients[0], cost=INT64_MAX + 1),))).cost
    assert cost.dtype == object
    assert cost.tolist() == [INT64_MAX + 1]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"edge": [0, 3]}, "clients[1].edge: expected a whole number from 0 to 2, got 3"),
        ({"edge": [-1, 0]}, "clients[0].edge: expected a whole number from 0 to 2, got -1"),
        ({"cost": [5, -6]}, "got -6"),
        ({"cost": [5.0, 6.0]}, "columns: clients.cost: expected one dimension of integers, got float64"),
        ({"cost": [True, False]}, "columns: clients.cost: expected one dimension of integers, got bool"),
        ({"cost": np.array([5, 6.0], object)}, "clients[1].cost: expected a whole number"),
        ({"cost": np.array([5, 2**96], object)}, "clients[1].cost: expected a whole number"),
        ({"cost": [[5], [6]]}, "columns: clients.cost: expected one dimension of integers"),
        ({"cost": [5]}, "columns: expected columns of one length for clients, and of one for owners"),
        ({"bid": [7, 8]}, "columns: expected columns of one length for clients, and of one for owners"),
        ({"weight": [0]}, "owners[0].weight: expected a whole number from 1 to 4294967295, got 0"),
    ],
)
def test_what_is_out_of_range_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refused:
        columns(**changed)
    assert message in str(refused.value)


def test_terms_have_no_agents() -> None:
    with pytest.raises(InputError, match="columns: terms: expected public terms without owners and clients"):
        Columns(MARKET, *(np.empty(0, np.int64) for _ in range(4)))


def test_columns_cannot_be_changed_and_the_callers_array_can() -> None:
    cost = np.array([5, 6])
    there = columns(cost=cost)
    with pytest.raises(ValueError, match="read-only"):
        there.cost[0] = 1
    cost[0] = 1


@pytest.fixture
def terms_file(tmp_path: Path) -> str:
    path = tmp_path / "terms.json"
    path.write_text(written(encode_instance(TERMS)))
    return str(path)


def csv(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.csv"
    path.write_text(text)
    return str(path)


def the_same(there: Columns, market: Instance) -> bool:
    return there.instance() == market


def test_csv_files_give_the_market(terms_file: str, tmp_path: Path) -> None:
    clients = csv(tmp_path, "c", "id,cost,edge\n" + "".join(f"x,{one.cost},{one.edge}\n" for one in MARKET.clients))
    owners = csv(tmp_path, "o", "bid,weight\n" + "".join(f"{one.bid},{one.weight}\n" for one in MARKET.owners))
    assert the_same(load_columns(terms_file, clients, owners), MARKET)


@pytest.mark.parametrize("amount", [pa.int64(), pa.uint64(), pa.int32(), pa.string(), pa.large_string()])
def test_parquet_files_give_the_market(terms_file: str, tmp_path: Path, amount: pa.DataType) -> None:
    clients, owners = str(tmp_path / "c.parquet"), str(tmp_path / "o.parquet")
    costs = pa.array([one.cost for one in MARKET.clients]).cast(amount)
    parquet.write_table(pa.table({"edge": [one.edge for one in MARKET.clients], "cost": costs}), clients)
    bids, weights = ([getattr(one, name) for one in MARKET.owners] for name in ("bid", "weight"))
    parquet.write_table(pa.table({"bid": bids, "weight": weights}), owners)
    assert the_same(load_columns(terms_file, clients, owners), MARKET)


def test_weights_and_owners_may_be_left_out(terms_file: str, tmp_path: Path) -> None:
    clients, owners = csv(tmp_path, "c", "edge,cost\nedge-1,5\n"), csv(tmp_path, "o", "bid\n7\n8\n")
    assert load_columns(terms_file, clients, owners).weight.tolist() == [1, 1]
    assert len(load_columns(terms_file, clients).bid) == 0


def test_the_largest_amount_is_read_exactly(terms_file: str, tmp_path: Path) -> None:
    clients = csv(tmp_path, "c", f"edge,cost\nedge-1,{2**96 - 1}\nedge-2,{INT64_MAX}\nedge-3,{INT64_MAX + 1}\n")
    assert load_columns(terms_file, clients).cost.tolist() == [2**96 - 1, INT64_MAX, INT64_MAX + 1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("edge,cost\nedge-1,5\nnowhere,5\n", "c.csv: clients[1].edge: expected the id of an edge, got 'nowhere'"),
        ("edge,cost\nedge-1,5.0\n", "c.csv: clients[0].cost: expected a whole number from 0 to 2**96 - 1, got '5.0'"),
        ("edge,cost\nedge-1,1e3\n", "got '1e3'"),
        ("edge,cost\nedge-1,5 0\n", "got '5 0'"),
        ("edge,cost\nedge-1,05\n", "got '05'"),
        ("edge,cost\nedge-1,-5\n", "got '-5'"),
        ("edge,cost\nedge-1,\n", "got ''"),
        (
            f"edge,cost\nedge-1,{2**96}\n",
            f"c.csv: clients[0].cost: expected a whole number from 0 to 2**96 - 1 = {2**96 - 1}",
        ),
        ("edge\nedge-1\n", "c.csv: cost: expected one column of this name, got 'edge'"),
        ("edge,cost,cost\nedge-1,5,5\n", "c.csv: cost: expected one column of this name, got 'edge, cost, cost'"),
        ("", "c.csv: expected a header and rows, got an empty file"),
        ("edge,cost\nedge-1\n", "c.csv, line 2: expected 2 cells as in the header, got 1"),
    ],
)
def test_a_refusal_names_the_file_and_the_row(terms_file: str, tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(InputError) as refused:
        load_columns(terms_file, csv(tmp_path, "c", text))
    assert expected in str(refused.value)


def test_floating_point_columns_are_refused(terms_file: str, tmp_path: Path) -> None:
    path = str(tmp_path / "c.parquet")
    parquet.write_table(pa.table({"edge": ["edge-1"], "cost": [5.0]}), path)
    with pytest.raises(InputError, match="cost: expected text or integers, got a column of type double"):
        load_columns(terms_file, path)


def test_an_empty_row_of_integers_is_refused(terms_file: str, tmp_path: Path) -> None:
    path = str(tmp_path / "c.parquet")
    parquet.write_table(pa.table({"edge": ["edge-1", "edge-1"], "cost": pa.array([5, None], pa.int64())}), path)
    with pytest.raises(InputError, match=r"c.parquet: clients\[1\].cost: expected a whole number"):
        load_columns(terms_file, path)


def test_an_owner_out_of_range_is_reported_with_its_file(terms_file: str, tmp_path: Path) -> None:
    clients, owners = csv(tmp_path, "c", "edge,cost\nedge-1,5\n"), csv(tmp_path, "o", "bid,weight\n7,0\n")
    with pytest.raises(InputError, match=r"o.csv: owners\[0\].weight: expected a whole number from 1"):
        load_columns(terms_file, clients, owners)


def test_a_missing_file_is_one_line(terms_file: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.csv: no such file"):
        load_columns(terms_file, str(tmp_path / "nothing.csv"))
