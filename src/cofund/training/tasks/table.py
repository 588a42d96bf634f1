"""A task from a CSV or Parquet file and a short TOML file beside it, without code (docs/guide/bring-your-own-csv.md).

Every row of the table is a sample; a column names its client, and another, if there is one, the client's edge.
Columns are scaled by public constants in the TOML file, so nothing about a client's data leaks through its statistics.
Classes and categories are words in that file too: whoever has a part of the rows must not number the words by itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final

import numpy as np

from cofund.errors import InputError
from cofund.market.outside_files import read_table
from cofund.market.outside_tables import OutsideTable, folded
from cofund.training import draws
from cofund.training.network import Samples, samples
from cofund.training.plan import Federation, Plan
from cofund.training.task import Task
from cofund.training.tasks import classification
from cofund.training.tasks.table_terms import TableTerms, read_terms

ONE_EDGE: Final = "edge"
"""The edge of all clients if no column names them."""

REMEDY: Final = "; data.missing lists what stands for no value, [categories] the words of a column that is no number"

MOST_WEIGHTS: Final = 2**26
"""Most values of a model: 256 MiB, and a round takes some times that."""

MOST_CLASSES: Final = 100
"""Different words in a label column, above which it is taken for a number to predict unless the classes are named."""


@dataclass(frozen=True, slots=True)
class TableTask:
    """A task in a TOML file, read and with its data.

    Attributes:
        name: what is learnt.
        sizes: features, units of each hidden layer, classes.
        classes: words that the label column holds, in the order of their numbers.
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


def load(path: Path, *, everybody: bool = False) -> TableTask:
    """Read the TOML file and the table that it names.

    Args:
        path: of the TOML file.
        everybody: whether the rows of all parties are in this one table, as in a rehearsal; only then may the classes
            be taken from it. One site's rows may lack a word, and its classes would be numbered in another way.

    Raises:
        InputError: file, field and what was expected, for whatever is wrong in either of them.
    """
    terms = read_terms(path)
    rows = read_table(str(path.parent / terms.file), terms.columns, form=terms.form)
    if not rows.rows:
        raise InputError(rows.path, "", "at least one row")
    clients = rows.words(terms.client)
    _one_spelling(rows, terms.client, clients)
    inputs = _inputs(rows, terms)
    words = rows.words(terms.label)
    classes = terms.classes or _classes(path, rows, terms.label, words, everybody=everybody)
    labels = rows.places(terms.label, classes, f"one of the classes {', '.join(classes)}")
    sizes = (inputs.shape[1], *terms.hidden, len(classes))
    if sum((before + 1) * after for before, after in pairwise(sizes)) > MOST_WEIGHTS:
        raise InputError(str(path), "model.hidden", f"a model of at most {MOST_WEIGHTS:,} values")
    federation = _federation(samples(inputs, labels), clients, _edges(rows, terms, clients), terms.share, terms.seed)
    return TableTask(terms.label, sizes, classes, terms.plan, federation)


def _classes(path: Path, rows: OutsideTable, label: str, words: list[str], *, everybody: bool) -> tuple[str, ...]:
    """The different words of everybody's rows, in ascending order."""
    if not everybody:
        found = ", ".join(f'"{word}"' for word in sorted(set(words))[:4])
        expected = f"the classes by name, the same list at every site, such as [{found}]; these rows may not have all"
        raise InputError(str(path), "data.classes", expected)
    _one_spelling(rows, label, words)
    classes = tuple(sorted(set(words)))
    if len(classes) < 2:
        raise InputError(rows.path, label, "at least two different labels")
    if len(classes) > min(MOST_CLASSES, max(10, len(words) // 2)) or any(map(_has_fraction, classes)):
        got = f"{len(classes)} different ones, such as {classes[0]}"
        raise InputError(
            rows.path,
            label,
            f"classes, not a number to predict, got {got}; if they are classes, set data.classes",
        )
    return classes


def _has_fraction(word: str) -> bool:
    """Whether a word is a number like 3.5 or 3,5, which a class hardly is."""
    try:
        return not float(word.replace(",", ".")).is_integer()
    except (ValueError, OverflowError):
        return False


def _inputs(rows: OutsideTable, terms: TableTerms) -> np.ndarray:
    """Scaled features and, for each category, a column for each of its words; (rows, inputs) float32.

    What is missing is the centre of its scale, or no word at all.
    """
    plain = [name for name in terms.features if name not in terms.categories]
    values = dict(zip(plain, rows.numbers(plain, terms.missing, REMEDY).T, strict=True)) if plain else {}
    blocks = []
    for name in terms.features:
        if name in terms.categories:
            blocks.append(_categories(rows, name, terms.categories[name], terms.missing))
        else:
            blocks.append(_scaled(rows, name, values[name], terms.scales)[:, None])
    return np.concatenate(blocks, axis=1)


def _scaled(rows: OutsideTable, name: str, values: np.ndarray, scales: Mapping[str, tuple[float, float]]) -> np.ndarray:
    absent = np.isnan(values)
    if absent.any() and name not in scales:
        raise InputError(rows.at(int(absent.argmax())), name, "a number, or a scale whose centre stands for it")
    centre, spread = scales.get(name, (0.0, 1.0))
    with np.errstate(over="ignore"):
        scaled = ((np.where(absent, centre, values) - centre) / spread).astype(np.float32)
    if not np.isfinite(scaled).all():
        row = int((~np.isfinite(scaled)).argmax())
        raise InputError(rows.at(row), name, f"a number that 32 bits can hold once it is scaled, got {values[row]:g}")
    return scaled


def _categories(rows: OutsideTable, name: str, known: tuple[str, ...], missing: tuple[str, ...]) -> np.ndarray:
    """1 in the column of each row's word, (rows, words) float32; the last row below is of no word."""
    places = rows.places(name, known, f"one of {', '.join(known)}", missing)
    return np.eye(len(known) + 1, len(known), dtype=np.float32)[places]


def _one_spelling(rows: OutsideTable, column: str, words: list[str]) -> None:
    """Refuse names that differ in capitals, spaces, invisible marks or ".0" only: nobody can say if they are one."""
    for _, alike in groupby(sorted(set(words), key=_compared), key=_compared):
        if len(spelled := sorted(alike)) > 1:
            row = words.index(spelled[1])
            raise InputError(rows.at(row), column, f"one spelling of a name, got {spelled[0]} and {spelled[1]}")


def _compared(word: str) -> str:
    """A name as it is compared; a whole number that a spreadsheet made a fraction of is that number."""
    return re.sub(r"^([0-9]+)\.0+$", r"\1", folded(word))


def _edges(rows: OutsideTable, terms: TableTerms, clients: list[str]) -> dict[str, str]:
    """Edge of every client."""
    own = rows.words(terms.edge) if terms.edge else [ONE_EDGE] * len(clients)
    if terms.edge:
        _one_spelling(rows, terms.edge, own)
    edges: dict[str, str] = {}
    for row, (client, edge) in enumerate(zip(clients, own, strict=True)):
        if edges.setdefault(client, edge) != edge:
            raise InputError(rows.at(row), terms.edge, f"one edge a client; {client} was at {edges[client]}")
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
