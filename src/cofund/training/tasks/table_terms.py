"""The TOML file of a table task: which columns, public constants and words, and how it is trained.

All of it is public and the same for every party; only the table that it names differs from site to site.
"""

import math
import unicodedata
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from cofund.errors import InputError
from cofund.market.outside_files import SEPARATORS, Format
from cofund.market.outside_tables import folded
from cofund.market.text_files import read_toml
from cofund.training.plan import Plan

SECTIONS: Final = ("data", "scale", "categories", "model", "plan")


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
    terms = read_toml(path)
    for unknown in terms.keys() - set(SECTIONS):
        raise InputError(str(path), unknown, f"no such section; there are {', '.join(SECTIONS)}")
    data, model = (_Section(path, name, terms.get(name, {})) for name in ("data", "model"))
    features = data.words("features")
    categories = _categories(path, terms.get("categories", {}), features)
    found = TableTerms(
        file=data.text("file"),
        form=_form(path, data),
        features=tuple(features),
        label=data.text("label"),
        client=data.text("client"),
        edge=data.text("edge", ""),
        classes=tuple(data.words("classes", [], "different words, at least two", least=2)),
        categories=categories,
        scales=_scales(path, terms.get("scale", {}), [name for name in features if name not in categories]),
        missing=tuple(data.words("missing", [], "different words", least=0)),
        share=data.number("test_share", 0.2),
        seed=data.whole("seed", 1),
        hidden=tuple(model.counts("hidden", [])),
        plan=_plan(path, terms.get("plan", {})),
    )
    data.done()
    model.done()
    if not 0 < found.share < 1:
        raise InputError(str(path), "data.test_share", "above 0 and below 1")
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


def _form(path: Path, data: "_Section") -> Format:
    form = Format(data.text("separator", "") or None, data.text("decimal", "") or None, data.text("encoding", "utf-8"))
    for name, value, allowed in (
        ("separator", form.separator, SEPARATORS),
        ("decimal", form.decimal, (".", ",")),
    ):
        if value not in (None, *allowed):
            raise InputError(str(path), f"data.{name}", f"one of {' '.join(map(ascii, allowed))}")
    return form


def _categories(path: Path, section: Any, features: list[str]) -> dict[str, tuple[str, ...]]:
    """Words of every feature that is no number."""
    found = _Section(path, "categories", section)
    for name in found.values:
        if name not in features:
            raise InputError(str(path), f"categories.{name}", f"one of the features {', '.join(features)}")
    return {name: tuple(found.words(name, None, "different words")) for name in list(found.values)}


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
        value = self._take(name, (int, float), "a number", default)
        if not _is_finite(value):
            raise InputError(str(self.path), f"{self.name}.{name}", "a number")
        return float(value)

    def whole(self, name: str, default: int) -> int:
        return int(self._take(name, int, "a whole number", default))

    def words(
        self, name: str, default: list[str] | None = None, what: str = "different columns", least: int = 1
    ) -> list[str]:
        """Words as cells are read: composed, without spaces around them; ``default`` is taken as it is."""
        found: list[Any] = self._take(name, list, f"a list of {what}", default)
        if found is default:
            return found
        if all(isinstance(each, str) for each in found):
            found = [unicodedata.normalize("NFC", each).strip() for each in found]
            if len(found) >= least and len(set(found)) == len(found):
                return found
        raise InputError(str(self.path), f"{self.name}.{name}", f"a list of {what}")

    def counts(self, name: str, default: list[int]) -> list[int]:
        found: list[Any] = self._take(name, list, "a list of whole numbers", default)
        if not all(isinstance(each, int) and not isinstance(each, bool) and each > 0 for each in found):
            raise InputError(str(self.path), f"{self.name}.{name}", "a list of whole numbers above 0")
        return found

    def done(self) -> None:
        for unknown in self.values:
            raise InputError(str(self.path), f"{self.name}.{unknown}", "no such field")


def _is_finite(value: Any) -> bool:
    """Whether it is a number that floating point has."""
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def _scales(path: Path, section: Any, features: list[str]) -> dict[str, tuple[float, float]]:
    """Centre and spread of every feature that has a scale."""
    scales: dict[str, tuple[float, float]] = {}
    for name, pair in _Section(path, "scale", section).values.items():
        if name not in features:
            raise InputError(str(path), f"scale.{name}", f"one of the features {', '.join(features)}")
        numbers = isinstance(pair, list) and all(map(_is_finite, pair))
        if not numbers or len(pair) != 2 or pair[1] <= 0:
            raise InputError(str(path), f"scale.{name}", "[centre, spread], two numbers, the spread above 0")
        scales[name] = (float(pair[0]), float(pair[1]))
    return scales


def _plan(path: Path, section: Any) -> Plan:
    """The plan, with the defaults of ``Plan`` for what is not in the file."""
    known = {field.name: field.type for field in fields(Plan)}
    for name, value in _Section(path, "plan", section).values.items():
        if name not in known:
            raise InputError(str(path), f"plan.{name}", f"one of {', '.join(known)}")
        whole = name in {"local_steps", "edge_rounds", "rounds", "batch", "seed", "tolerated"}
        kind: Any = int if whole else str if name == "rule" else (int, float)
        if not isinstance(value, kind) or isinstance(value, bool) or not (kind in (int, str) or _is_finite(value)):
            expected = "a whole number" if whole else "a number" if kind is not str else "a text"
            raise InputError(str(path), f"plan.{name}", expected)
    return Plan(**section)
