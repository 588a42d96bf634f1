"""The TOML file of a table task: which columns, public constants and words, and how it is trained.

All of it is public and the same for every party; only the table that it names differs from site to site.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from cofund.errors import InputError
from cofund.market.document import Field
from cofund.market.outside_files import SEPARATORS, Format
from cofund.market.outside_tables import folded
from cofund.market.text_files import read_toml
from cofund.training.plan import Plan, read_plan

OPTIONAL: Final = ("edge", "classes", "missing", "test_share", "seed", "separator", "decimal", "encoding")
"""What the section ``data`` may say besides."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class TableTerms:
    """What the file says.

    Attributes:
        file: the table, beside this file.
        form: separator, decimal mark and encoding of the table, where they are said.
        features: columns that are learnt from.
        label, client, edge: the other columns; no edge if empty.
        classes: words of the label column in the order of their numbers; empty if the file does not say.
        categories: words of a feature that is no number.
        scales: centre and spread of a feature.
        missing: what a cell holds that has no value.
        share: part of each client's rows that is kept for its test.
        seed: of the draw of those rows.
        hidden: units of each hidden layer.
        plan: of the training.
    """

    file: str
    form: Format
    features: tuple[str, ...]
    label: str
    client: str
    edge: str
    classes: tuple[str, ...]
    categories: dict[str, tuple[str, ...]]
    scales: dict[str, tuple[float, float]]
    missing: tuple[str, ...]
    share: float
    seed: int
    hidden: tuple[int, ...]
    plan: Plan

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        return (*self.features, self.label, self.client, *([self.edge] if self.edge else []))


def read_terms(path: Path) -> TableTerms:
    """Read the TOML file.

    Raises:
        InputError: file, field and what was expected.
    """
    sections = Field(str(path), "", read_toml(path)).members(("data",), ("scale", "categories", "model", "plan"))
    scale, categories, model, plan = (
        sections.get(name, Field(str(path), name, {})) for name in ("scale", "categories", "model", "plan")
    )
    data = sections["data"].members(("file", "features", "label", "client"), OPTIONAL)
    features = _words(data["features"], "different columns")
    words = _of_features(categories, features, lambda each: _words(each, "different words"))
    plain = [name for name in features if name not in words]
    hidden = model.members((), ("hidden",))
    found = TableTerms(
        file=data["file"].text(),
        form=_form(data),
        features=features,
        label=data["label"].text(),
        client=data["client"].text(),
        edge=data["edge"].text() if "edge" in data else "",
        classes=_words(data["classes"], "different words, at least two", 2) if "classes" in data else (),
        categories=words,
        scales=_of_features(scale, plain, _scale),
        missing=_words(data["missing"], "different words", 0) if "missing" in data else (),
        share=data["test_share"].number() if "test_share" in data else 0.2,
        seed=data["seed"].integer() if "seed" in data else 1,
        hidden=tuple(map(_units, hidden["hidden"].items())) if hidden else (),
        plan=read_plan(plan),
    )
    if not 0 < found.share < 1:
        raise data["test_share"].refuse("a number above 0 and below 1")
    _check_columns(path, found)
    return found


def _check_columns(path: Path, found: TableTerms) -> None:
    """Refuse a column that is used twice: what is to be predicted would be known."""
    features = [folded(name) for name in found.features]
    if len(set(features)) < len(features):
        raise InputError(str(path), "data.features", "a list of different columns")
    if folded(found.label) in features:
        raise InputError(str(path), "data.label", f"a column that is no feature, got {found.label}")
    if folded(found.label) in {folded(found.client), folded(found.edge)}:
        raise InputError(str(path), "data.label", f"a column that names no client or edge, got {found.label}")


def _form(data: dict[str, Field]) -> Format:
    for name, allowed in (("separator", SEPARATORS), ("decimal", (".", ","))):
        if name in data and data[name].text() not in ("", *allowed):
            raise data[name].refuse(f"one of {' '.join(map(ascii, allowed))}")
    said = {name: data[name].text() for name in ("separator", "decimal", "encoding") if name in data}
    return Format(**{name: text for name, text in said.items() if text})


def _of_features(section: Field, features: Sequence[str], read: Callable[[Field], _T]) -> dict[str, _T]:
    """What a section says of some features."""
    return {name: read(each) for name, each in section.members((), features).items()}


def _words(field: Field, what: str, least: int = 1) -> tuple[str, ...]:
    """Words as cells are read: composed, without spaces around them."""
    found = [unicodedata.normalize("NFC", item.text()).strip() for item in field.items()]
    if len(found) < least or len(set(found)) < len(found):
        raise field.refuse(f"a list of {what}")
    return tuple(found)


def _scale(field: Field) -> tuple[float, float]:
    """Centre and spread of a feature."""
    pair = [item.number() for item in field.items()]
    if len(pair) != 2 or pair[1] <= 0:
        raise field.refuse("[centre, spread], two numbers, the spread above 0")
    return pair[0], pair[1]


def _units(field: Field) -> int:
    if field.integer() < 1:
        raise field.refuse("a whole number above 0")
    return field.integer()
