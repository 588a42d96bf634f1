"""A task from a CSV file and a short TOML file beside it, without code (docs/guide/bring-your-own-csv.md).

Every row of the CSV file is a sample; a column names its client, and another, if there is one, the client's edge.
Columns are scaled by public constants in the TOML file, so nothing about a client's data leaks through its statistics.
"""

import csv
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np

from cofund.errors import InputError
from cofund.training import draws
from cofund.training.network import Samples, samples
from cofund.training.plan import Federation, Plan
from cofund.training.task import Task
from cofund.training.tasks import classification

ONE_EDGE: Final = "edge"
"""The edge of all clients if no column names them."""


@dataclass(frozen=True, slots=True)
class Table:
    """A task in a TOML file, read and with its data.

    Attributes:
        name: what is learnt.
        sizes: features, units of each hidden layer, classes.
        classes: words that the label column holds, in ascending order.
        plan: the plan in the file.
        federation: clients, edges, data; every client validates on its own test rows.
    """

    name: str
    sizes: tuple[int, ...]
    classes: tuple[str, ...]
    plan: Plan
    federation: Federation

    def task(self, plan: Plan) -> Task:
        """The task with the plan's learning rate and batch."""
        return classification.task(self.name, self.sizes, plan)


def load(path: Path) -> Table:
    """Read the TOML file and the CSV file that it names.

    Raises:
        InputError: file, field and what was expected, for whatever is wrong in either of them.
    """
    try:
        terms = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(str(path), "", "no such file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(str(path), "", f"a TOML file ({error})") from error
    for unknown in terms.keys() - {"data", "scale", "model", "plan"}:
        raise InputError(str(path), unknown, "no such section; there are data, scale, model, plan")
    data = _Section(path, "data", terms.get("data", {}))
    model = _Section(path, "model", terms.get("model", {}))
    file = path.parent / data.text("file")
    features = data.words("features")
    columns = {name: data.text(name) for name in ("label", "client")}
    edge = data.text("edge", "")
    share, seed = data.number("test_share", 0.2), int(data.number("seed", 1))
    if not 0 < share < 1:
        raise InputError(str(path), "data.test_share", "above 0 and below 1")
    hidden = model.counts("hidden", [])
    data.done()
    model.done()
    rows = _read(file, [*features, *columns.values(), *([edge] if edge else [])])
    inputs = _inputs(file, rows, features, _scales(path, terms.get("scale", {}), features))
    classes = sorted({row[columns["label"]] for _, row in rows})
    if len(classes) < 2:
        raise InputError(str(file), columns["label"], "at least two different labels")
    labels = np.array([classes.index(row[columns["label"]]) for _, row in rows])
    clients = [row[columns["client"]] for _, row in rows]
    edges = _edges(file, rows, columns["client"], edge)
    federation = _federation(samples(inputs, labels), clients, edges, share, seed)
    sizes = (len(features), *hidden, len(classes))
    return Table(columns["label"], sizes, tuple(classes), _plan(path, terms.get("plan", {})), federation)


@dataclass(frozen=True, slots=True)
class _Section:
    """A table of the TOML file whose fields are taken one by one, so that an unknown one is noticed."""

    path: Path
    name: str
    values: Any

    def __post_init__(self) -> None:
        if not isinstance(self.values, dict):
            raise InputError(str(self.path), self.name, "a table")

    def _take(self, name: str, kind: type | tuple[type, ...], expected: str, default: Any = None) -> Any:
        value = self.values.pop(name, default)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InputError(str(self.path), f"{self.name}.{name}", expected)
        return value

    def text(self, name: str, default: str | None = None) -> str:
        return str(self._take(name, str, "a text", default))

    def number(self, name: str, default: float) -> float:
        return float(self._take(name, (int, float), "a number", default))

    def words(self, name: str) -> list[str]:
        found: list[Any] = self._take(name, list, "a list of columns")
        if not found or not all(isinstance(each, str) for each in found) or len(set(found)) != len(found):
            raise InputError(str(self.path), f"{self.name}.{name}", "a list of different columns")
        return found

    def counts(self, name: str, default: list[int]) -> list[int]:
        found: list[Any] = self._take(name, list, "a list of whole numbers", default)
        if not all(isinstance(each, int) and not isinstance(each, bool) and each > 0 for each in found):
            raise InputError(str(self.path), f"{self.name}.{name}", "a list of whole numbers above 0")
        return found

    def done(self) -> None:
        for unknown in self.values:
            raise InputError(str(self.path), f"{self.name}.{unknown}", "no such field")


def _read(file: Path, columns: list[str]) -> list[tuple[int, dict[str, str]]]:
    """Line number and cells of every row."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            for column in columns:
                if column not in (reader.fieldnames or ()):
                    raise InputError(
                        str(file), column, f"no such column; there are {', '.join(reader.fieldnames or ())}"
                    )
            rows = [(reader.line_num, row) for row in reader]
    except FileNotFoundError as error:
        raise InputError(str(file), "", "no such file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(str(file), "", f"a CSV file in UTF-8 ({error})") from error
    for line, row in rows:
        for column in columns:
            if not row[column]:
                raise InputError(f"{file}, line {line}", column, "not empty")
    if not rows:
        raise InputError(str(file), "", "at least one row")
    return rows


def _scales(path: Path, section: Any, features: list[str]) -> dict[str, tuple[float, float]]:
    """Centre and spread of a feature; 0 and 1 for those without."""
    scales = dict.fromkeys(features, (0.0, 1.0))
    for name, pair in _Section(path, "scale", section).values.items():
        if name not in scales:
            raise InputError(str(path), f"scale.{name}", f"one of the features {', '.join(features)}")
        numbers = isinstance(pair, list) and all(isinstance(x, int | float) and math.isfinite(x) for x in pair)
        if not numbers or len(pair) != 2 or pair[1] <= 0:
            raise InputError(str(path), f"scale.{name}", "[centre, spread], two numbers, the spread above 0")
        scales[name] = (float(pair[0]), float(pair[1]))
    return scales


def _inputs(
    file: Path, rows: list[tuple[int, dict[str, str]]], features: list[str], scales: Mapping[str, tuple[float, float]]
) -> np.ndarray:
    """Scaled features, (rows, features) float32."""
    inputs = np.empty((len(rows), len(features)), np.float32)
    for at, (line, row) in enumerate(rows):
        for column, name in enumerate(features):
            centre, spread = scales[name]
            try:
                value = (float(row[name]) - centre) / spread
            except ValueError:
                value = math.nan
            if not math.isfinite(value):
                raise InputError(f"{file}, line {line}", name, f"a number, got {row[name]!r}")
            inputs[at, column] = value
    return inputs


def _edges(file: Path, rows: list[tuple[int, dict[str, str]]], client: str, edge: str) -> dict[str, str]:
    """Edge of every client."""
    edges: dict[str, str] = {}
    for line, row in rows:
        own = row[edge] if edge else ONE_EDGE
        if edges.setdefault(row[client], own) != own:
            raise InputError(
                f"{file}, line {line}", edge, f"one edge a client; {row[client]} was at {edges[row[client]]}"
            )
    return edges


def _federation(rows: Samples, clients: list[str], edges: dict[str, str], share: float, seed: int) -> Federation:
    """Clients under their edges; of each client's rows a share, rounded down, is drawn for its test."""
    owner = np.array(clients)
    data: dict[str, Samples] = {}
    validation: dict[str, Samples] = {}
    for client in edges:
        own = np.flatnonzero(owner == client)
        own = own[draws.order(f"cofund.table/1/{seed}/{client}", len(own))]
        tested = int(len(own) * share)
        data[client] = rows.take(np.sort(own[tested:]))
        if tested:
            validation[client] = rows.take(np.sort(own[:tested]))
    grouped = {edge: tuple(sorted(c for c in edges if edges[c] == edge)) for edge in sorted(set(edges.values()))}
    return Federation(tuple(grouped.items()), data, validation)


def _plan(path: Path, section: Any) -> Plan:
    """The plan, with the defaults of ``Plan`` for what is not in the file."""
    known = {field.name: field.type for field in fields(Plan)}
    for name, value in _Section(path, "plan", section).values.items():
        if name not in known:
            raise InputError(str(path), f"plan.{name}", f"one of {', '.join(known)}")
        whole = name in {"local_steps", "edge_rounds", "rounds", "batch", "seed", "tolerated"}
        kind: Any = int if whole else str if name == "rule" else (int, float)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InputError(
                str(path), f"plan.{name}", "a whole number" if whole else "a number" if kind is not str else "a text"
            )
    return Plan(**section)
