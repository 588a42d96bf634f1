"""Tables as other programs write them were misread in silence: columns shifted, names doubled, weights forgotten."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from cofund.errors import InputError
from cofund.market.codec import encode_instance
from cofund.market.column_files import load_columns
from cofund.market.document import written
from cofund.market.generate import generate
from cofund.market.outside_files import Format, read_table
from cofund.training.tasks import table

MARKET = generate(4, 12, 3, seed=7)
EDGES, COSTS = [one.edge for one in MARKET.clients], [one.cost for one in MARKET.clients]
BIDS = [one.bid for one in MARKET.owners]


@pytest.fixture
def cleared(tmp_path: Path) -> Callable[[Path, Path], Any]:
    """The market that these files of clients and of owners make."""
    terms = tmp_path / "terms.json"
    terms.write_text(written(encode_instance(replace(MARKET, owners=(), clients=()))))
    return lambda clients, owners: load_columns(str(terms), str(clients), str(owners)).instance()


def csv(folder: Path, name: str, text: str | bytes) -> Path:
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return folder / name


def owners(folder: Path, header: str = "bid,weight") -> Path:
    return csv(folder, "owners.csv", f"{header}\n" + "".join(f"{bid},{at}\n" for at, bid in enumerate(BIDS, 1)))


def clients(folder: Path) -> Path:
    rows = "".join(f"{edge},{cost}\n" for edge, cost in zip(EDGES, COSTS, strict=True))
    return csv(folder, "clients.csv", f"edge,cost\n{rows}")


@pytest.mark.parametrize("header", ["bid, weight", "bid,Weight", "Bid ,\tWEIGHT", "\ufeffbid,weight", '"bid","weight"'])
def test_a_header_is_found_however_it_is_spelled(cleared, tmp_path: Path, header: str) -> None:
    assert [one.weight for one in cleared(clients(tmp_path), owners(tmp_path, header)).owners] == [1, 2, 3, 4]


@pytest.mark.parametrize("header", ["bid,weights", "bid,wieght", "bid,weight (rows)"])
def test_a_header_that_nearly_names_the_weight_is_not_passed_over(cleared, tmp_path: Path, header: str) -> None:
    with pytest.raises(InputError, match="expected one column of this name"):
        cleared(clients(tmp_path), owners(tmp_path, header))


@pytest.mark.parametrize("name", ["part-{}", "part.{}", "part-0000{}-5a7e12", "{}"])
def test_parts_are_read_in_the_order_of_their_numbers(cleared, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "_SUCCESS").touch()
    for at, (edge, cost) in enumerate(zip(EDGES, COSTS, strict=True)):
        parquet.write_table(pa.table({"edge": [edge], "cost": [cost]}), folder / f"{name.format(at)}.parquet")
    assert cleared(folder, owners(tmp_path)) == cleared(clients(tmp_path), owners(tmp_path))


@pytest.mark.parametrize("names", [("a", "b"), ("part-1", "part-01"), ("part-1", "rest-2"), ("x-1/a", "x-1/b"), ()])
def test_parts_without_an_order_are_refused(cleared, tmp_path: Path, names: tuple[str, ...]) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        parquet.write_table(pa.table({"edge": ["edge-1"], "cost": [1]}), folder / f"{name}.parquet")
    with pytest.raises(InputError, match="expected Parquet parts that are numbered alike"):
        cleared(folder, owners(tmp_path))


WORDS = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
AMOUNTS = [pa.int64(), pa.uint32(), *WORDS, pa.decimal128(20, 2), pa.dictionary(pa.int8(), pa.int64())]


@pytest.mark.parametrize("words", WORDS, ids=str)
@pytest.mark.parametrize("amounts", AMOUNTS, ids=str)
def test_every_type_of_a_column_gives_the_same_market(cleared, tmp_path: Path, words: Any, amounts: Any) -> None:
    def column(values: list[Any], kind: pa.DataType) -> pa.Array:
        if pa.types.is_dictionary(kind):
            return column(values, kind.value_type).dictionary_encode()
        made = int if pa.types.is_integer(kind) else Decimal if pa.types.is_decimal(kind) else str
        return pa.array([made(value) for value in values], kind)

    path = tmp_path / "c.parquet"
    parquet.write_table(pa.table({"edge": column(EDGES, words), "cost": column(COSTS, amounts)}), path)
    assert cleared(path, owners(tmp_path)) == cleared(clients(tmp_path), owners(tmp_path))


@pytest.mark.parametrize(
    ("cost", "message"),
    [
        (pa.array([Decimal("5.50")], pa.decimal128(9, 2)), r"clients\[0\].cost: expected a whole number .*got '5.50'"),
        (pa.array([5.0]), "cost: expected text or integers, got a column of type double"),
        (pa.array([5], pa.date32()), "cost: expected text or integers, got a column of type date32"),
        (pa.array([None], pa.null()), r"clients\[0\].cost: expected a whole number .*got ''"),
    ],
)
def test_amounts_of_other_types_are_refused(cleared, tmp_path: Path, cost: pa.Array, message: str) -> None:
    parquet.write_table(pa.table({"edge": ["edge-1"], "cost": cost}), tmp_path / "c.parquet")
    with pytest.raises(InputError, match=message):
        cleared(tmp_path / "c.parquet", owners(tmp_path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("edge,cost\nedge-1,5\nedge-1,5,7\n", "line 3: expected 2 cells as in the header, got 3"),
        ("edge,cost\nedge-1,5\nedge-1\n", "line 3: expected 2 cells as in the header, got 1"),
        ("edge,cost,Cost\nedge-1,5,7\n", "cost: expected one column of this name, got 'edge, cost, Cost'"),
        ("edge,cost\nedge-1,1_5\n", "got '1_5'"),
        ("edge,cost\nedge-1,٣\n", r"got '\\u0663'"),
        ("edge,cost\nedge-1,1.000\n", "got '1.000'"),
        ("edge,cost\nedge-1,5\n\nedge-1,5\n", r"clients\[1\].edge: expected the id of an edge, got ''"),
        ('edge,cost,note\nedge-1,5,"open\nedge-1,6,x\n', "line 2: expected a quote to be closed"),
        ('edge,cost\n"edge\n-1",5\n', "line 2: edge: expected one line of text in a cell"),
        ("edge,cost\nedge-1,5\0\n", "zero byte on line 2"),
        ("sep=\u00e9\nedge\u00e9cost\nedge-1\u00e95\n", "edge: expected one column of this name, got 'sep=\\xe9'"),
        ("edge,cost\nedge-1,5\n".encode("utf-16"), "expected UTF-8 text, got UTF-16"),
        ("edge,cost\nedge-1,5\nK\xf6ln,5\n".encode("latin-1"), r"byte 20, 0xf6 on line 3, that is not \(Windows-1252"),
    ],
)
def test_what_cannot_be_read_as_written_is_refused_by_its_line(
    cleared, tmp_path: Path, text: Any, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        cleared(csv(tmp_path, "c.csv", text), owners(tmp_path))


@pytest.mark.parametrize(
    "text",
    [
        "edge;cost\r\nedge-2;5\r\n",
        "sep=;\nedge;cost\nedge-2;5",
        "\ufeffedge\tcost\redge-2\t5\r",
        "cost|edge\n5|edge-2 ",
    ],
)
def test_separators_and_line_ends_are_recognised(cleared, tmp_path: Path, text: str) -> None:
    only = cleared(csv(tmp_path, "c.csv", text), owners(tmp_path)).clients
    assert [(one.edge, one.cost) for one in only] == [("edge-2", 5)]


@pytest.mark.parametrize(
    ("cells", "decimal", "values"),
    [
        (["1,5", "2"], None, [1.5, 2]),
        (["1,234", "12,5"], None, [1.234, 12.5]),
        (["1.5", "2"], None, [1.5, 2]),
        (["1,234", "2"], ",", [1.234, 2]),
        (["+.5", "-1e3"], None, [0.5, -1000]),
    ],
)
def test_a_decimal_mark_is_read_where_one_reading_is_possible(
    tmp_path: Path, cells: list[str], decimal: str | None, values: list[float]
) -> None:
    path = csv(tmp_path, "t.csv", "x;y\n" + "".join(f"{cell};\n" for cell in cells))
    assert read_table(str(path), ("x",), form=Format(decimal=decimal)).numbers(("x",))[:, 0].tolist() == values


@pytest.mark.parametrize("cells", [["1,234", "2"], ["1.234", "2"], ["1,5", "2.5"], ["1.234,5", "2"]])
def test_a_decimal_mark_that_could_be_either_is_asked_for(tmp_path: Path, cells: list[str]) -> None:
    path = csv(tmp_path, "t.csv", "x;y\n" + "".join(f"{cell};\n" for cell in cells))
    with pytest.raises(InputError, match="x: which mark the decimals have: set decimal"):
        read_table(str(path), ("x",)).numbers(("x",))


@pytest.mark.parametrize("cell", ["1_5", "٣", "1e400", "nan", "inf", "0x10", "1 000", "", "\u22125"])
def test_a_number_is_never_guessed_at(tmp_path: Path, cell: str) -> None:
    with pytest.raises(InputError, match=r"t.csv, line 3: x: a number, got "):
        read_table(str(csv(tmp_path, "t.csv", f"x,y\n1,\n{cell},\n")), ("x",)).numbers(("x",))


TOML = '[data]\nfile = "t.csv"\nlabel = "level"\nfeatures = ["x"]\nclient = "site"\n'


def task(folder: Path, rows: list[str], toml: str = TOML, header: str = "x,site,level") -> table.TableTask:
    csv(folder, "t.csv", "\n".join([header, *rows]) + "\n")
    csv(folder, "t.toml", toml)
    return table.load(folder / "t.toml", everybody=True)


def test_a_padded_name_is_one_client_and_a_padded_label_one_class(tmp_path: Path) -> None:
    spellings = ("quay", "quay ", " quay", "quay\u00a0", "qu\u0061y", "\u200bquay")
    found = task(tmp_path, [f"1,{name},{label}" for name in spellings for label in ("low", " low", "high ")])
    assert (found.federation.clients, found.classes) == (("quay",), ("high", "low"))
    composed = task(tmp_path, ["1,Mu\u0308hle,low", "2,M\u00fchle,high"])
    assert composed.federation.clients == ("M\u00fchle",)


LIKE = ["Quay 1", "quay  1", "quay\u00a01", "qu\u200bay 1", "qu\u00aday 1", "quay \uff11", "\u202equay 1"]


@pytest.mark.parametrize(("name", "other"), [*(("quay 1", other) for other in LIKE), ("7", "7.0"), ("fi", "\ufb01")])
def test_names_that_look_alike_are_asked_about(tmp_path: Path, name: str, other: str) -> None:
    """Two clients of one name would each be paid; a class that is there twice would be learnt apart."""
    for column, row in (("site", "{0},{1},low"), ("level", "{0},a,{1}")):
        rows = [row.format(at, spelled) for at, spelled in enumerate((name, other))]
        with pytest.raises(InputError, match=rf"line 3: {column}: one spelling of a name, got|line 2: {column}: one"):
            task(tmp_path, [*rows, "3,b,high"])


def test_names_that_do_not_look_alike_are_two(tmp_path: Path) -> None:
    names = ("7", "07", "70", "7.5", "quay1", "quay 1", "quay-1", "quai 1")
    rows = [f"{at},{name},{level}" for at, name in enumerate(names) for level in ("low", "high")]
    assert set(task(tmp_path, rows).federation.clients) == set(names)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('features = ["x", "X "]', r"data.features: a list of different columns"),
        ('features = ["level"]', r"data.label: a column that is no feature, got level"),
        ('client = "level"', r"data.label: a column that names no client or edge, got level"),
        (f"test_share = {10**400}", r"data.test_share: expected a number"),
        ('encoding = "undefined"', r"expected an encoding such as utf-8"),
        ('encoding = "a\\u0000"', r"expected an encoding such as utf-8"),
        (f"[scale]\nx = [0, {10**400}]", r"scale.x\[1\]: expected a number"),
        ("[scale]\nx = [true, 1]", r"scale.x\[0\]: expected a number, got true"),
        (f"[plan]\nlearning_rate = {10**400}", r"plan.learning_rate: expected a number"),
        ("[plan]\nnorm_bound = nan", r"plan.norm_bound: expected a number"),
        (f"[plan]\nlocal_steps = {10**10}", r"plan.local_steps: at most 1048576"),
        (f"[plan]\nbatch = {10**10}", r"plan.batch: at most 1048576"),
        ("[model]\nhidden = [100000000]", r"model.hidden: a model of at most 67,108,864 values"),
    ],
)
def test_terms_that_cannot_be_meant_are_refused_by_field(tmp_path: Path, line: str, message: str) -> None:
    key, section = line.partition(" = ")[0], line.startswith("[")
    kept = [each for each in TOML.splitlines() if section or not each.startswith(f"{key} = ")]
    with pytest.raises(InputError, match=message):
        task(tmp_path, ["1,a,low", "2,a,high"], "\n".join([*kept, line]) + "\n")


@pytest.mark.parametrize("digits", [1, 0])
def test_a_number_to_predict_is_no_class(tmp_path: Path, digits: int) -> None:
    with pytest.raises(InputError, match="level: classes, not a number to predict, got 40 different ones"):
        task(tmp_path, [f"1,s,{at * 1.1:.{digits}f}" for at in range(40)])


def test_classes_of_a_site_come_from_the_terms(tmp_path: Path) -> None:
    named = TOML + 'classes = ["low", "mid", "high"]\n'
    assert task(tmp_path, ["1,b,low", "2,b,mid"], named).sizes == (1, 3)
    found = table.load(tmp_path / "t.toml")
    labels = np.concatenate([own.labels for own in found.federation.data.values()])
    assert (found.classes, sorted(labels.tolist())) == (("low", "mid", "high"), [0, 1])
    with pytest.raises(InputError, match="line 2: level: expected one of the classes low, mid, high, got 'rare'"):
        task(tmp_path, ["1,b,rare"], named)
    csv(tmp_path, "t.toml", TOML)
    with pytest.raises(InputError, match=r"data\.classes: the classes by name, the same list at every site"):
        table.load(tmp_path / "t.toml")


def test_a_european_table_goes_in_as_it_was_saved(tmp_path: Path) -> None:
    rows = ["3,5;Mühle;Straße;ja", "-1,25;Mühle;Grün;nein", "k. A.;Hafen Süd;Grün;ja", "2;Hafen Süd;;nein"]
    text = "\r\n".join(["Wind (m/s);Ort;Lage;Warnung morgen", *rows]) + "\r\n"
    toml = """[data]
file = "t.csv"
label = "Warnung morgen"
features = ["Wind (m/s)", "Lage"]
client = "Ort"
missing = ["", "k. A."]
test_share = 0.1
[scale]
"Wind (m/s)" = [1, 2]
[categories]
Lage = ["Straße", "Grün"]
"""
    csv(tmp_path, "t.csv", text.encode("utf-8-sig"))
    csv(tmp_path, "t.toml", toml.encode("utf-8-sig"))
    found = table.load(tmp_path / "t.toml", everybody=True)
    rows_of = {client: data.inputs[:, :-1].tolist() for client, data in found.federation.data.items()}
    assert found.classes == ("ja", "nein")
    assert rows_of == {"Mühle": [[1.25, 1, 0], [-1.125, 0, 1]], "Hafen Süd": [[0, 0, 1], [0.5, 0, 0]]}
    csv(tmp_path, "t.csv", text.encode("cp1252"))
    with pytest.raises(InputError, match="or say its encoding"):
        table.load(tmp_path / "t.toml", everybody=True)
    csv(tmp_path, "t.toml", toml.replace("[scale]", 'encoding = "cp1252"\n[scale]'))
    assert table.load(tmp_path / "t.toml", everybody=True).federation.clients == found.federation.clients


def test_a_parquet_file_is_a_task_as_well(tmp_path: Path) -> None:
    level = pa.array(["low", "high"]).dictionary_encode()
    parquet.write_table(
        pa.table({"x": pa.array([1.5, 2.5], pa.float32()), "site": ["a", "a"], "level": level}), tmp_path / "t"
    )
    csv(tmp_path, "t.toml", TOML.replace("t.csv", "t"))
    assert table.load(tmp_path / "t.toml", everybody=True).federation.data["a"].inputs[:, 0].tolist() == [1.5, 2.5]
