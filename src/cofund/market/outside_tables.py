"""The columns of a table that came in from outside, as text or numbers: a number is never guessed at.

Cells are trimmed and in Unicode's composed form, so that one name is one name; a decimal mark is recognised where only
one reading is possible. Refusals name the line. ``outside_files.py`` reads the files.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cofund.errors import InputError
from cofund.market.validation import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

WHOLE: Final = r"^(0|[1-9][0-9]{0,28})$"
_NUMBER: Final = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_MARKED: Final = r"^[+-]?[0-9.,]*[0-9][0-9.,]*([eE][+-]?[0-9]+)?$"
_THOUSANDS: Final = r"^[+-]?[1-9][0-9]{{0,2}}({0}[0-9]{{3}})+$"
_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff"
_DIGITS_OF_INT64: Final = 18


@dataclass(frozen=True, slots=True)
class OutsideTable:
    """The columns that were asked for.

    Attributes:
        path: of the file.
        columns: pyarrow column by the name that it was asked for; an optional one that is not there has none.
        first_line: line of the first row in a CSV file; None in Parquet.
        separator: of the cells, empty in Parquet.
        decimal: as the file's owner said.
        kind: ``clients`` or ``owners`` if the rows are those of a market, otherwise empty.
    """

    path: str
    columns: dict[str, Any]
    first_line: int | None
    separator: str
    decimal: str | None
    kind: str = ""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.columns.values())))

    def at(self, row: int) -> str:
        """Where a row is, by its number from 0: the file, and the line in it."""
        line = f"row {row + 1}" if self.first_line is None else f"line {row + self.first_line}"
        return f"{self.path}, {line}"

    def text(self, name: str) -> Any:
        """A column of any type as trimmed text, empty where there is nothing.

        Raises:
            InputError: a cell has several lines, as after a quote that is never closed.
        """
        pa, compute = pyarrow(self.path)
        column = self.columns[name]
        try:
            column = column.cast(pa.string())
        except (pa.ArrowException, UnicodeDecodeError):
            raise InputError(self.path, name, f"expected text or numbers, got a column of type {column.type}") from None
        column = compute.utf8_normalize(compute.fill_null(column, ""), form="NFC")
        column = compute.utf8_trim_whitespace(compute.utf8_trim(column, characters=_INVISIBLE))
        row = first(compute.match_substring_regex(column, r"[[:cntrl:]]"), compute)
        if row is not None:
            got = shortened(column[row].as_py())
            raise InputError(self.at(row), name, f"expected one line of text in a cell, got {got}")
        return column

    def words(self, name: str) -> list[str]:
        """A column of text that may not be empty.

        Raises:
            InputError: with the first line that is.
        """
        _, compute = pyarrow(self.path)
        column = self.text(name)
        row = first(compute.equal(column, ""), compute)
        if row is not None:
            raise InputError(self.at(row), name, "not empty")
        return [str(word) for word in column.to_pylist()]

    def refusal(self, row: int, name: str, expected: str, got: str) -> InputError:
        """What a cell should have held: by its line, or by its place among the agents of a market."""
        at = (self.path, f"{self.kind}[{row}].{name}") if self.kind else (self.at(row), name)
        return InputError(*at, f"expected {expected}, got {shortened(got)}")

    def places(self, name: str, known: Sequence[str], expected: str, missing: Sequence[str] = ()) -> NDArray[np.int64]:
        """Where each cell of a column of text stands in a list of different words; -1 where it has none of them.

        Args:
            name: of the column.
            known: the words.
            expected: what a refusal says of them.
            missing: what cells without a word hold.

        Raises:
            InputError: with the first row that has another word.
        """
        pa, compute = pyarrow(self.path)
        text = self.text(name)
        places = compute.index_in(text, value_set=pa.array(known, pa.string()))
        other = compute.and_not(compute.is_null(places), compute.is_in(text, value_set=pa.array(missing, pa.string())))
        row = first(other, compute)
        if row is not None:
            raise self.refusal(row, name, expected, text[row].as_py())
        return np.asarray(compute.fill_null(places, -1).to_numpy(), np.int64)

    def whole_numbers(self, name: str) -> NDArray[Any]:
        """A column of whole numbers of at most 29 digits: int64, or Python integers if one exceeds that.

        Raises:
            InputError: the column has a type with fractions, or with the first row that is no such number.
        """
        pa, compute = pyarrow(self.path)
        column, types = self.columns[name], pa.types
        if types.is_signed_integer(column.type) and not column.null_count:
            return np.asarray(column.to_numpy(), np.int64)
        kinds = (types.is_integer, types.is_decimal, *_texts(types))
        if not any(kind(column.type) for kind in kinds):
            raise InputError(self.path, name, f"expected text or integers, got a column of type {column.type}")
        if types.is_decimal(column.type):  # 5.00 is 5, 5.50 is refused below
            exact = column.cast(pa.decimal256(76, max(column.type.scale, 0))).cast(pa.string())
            text = compute.fill_null(compute.replace_substring_regex(exact, r"\.0+$", ""), "")
        else:
            text = self.text(name)
        row = first(compute.invert(compute.match_substring_regex(text, WHOLE)), compute)
        if row is not None:
            raise self.refusal(row, name, "a whole number from 0 to 2**96 - 1", text[row].as_py())
        if (compute.max(compute.binary_length(text)).as_py() or 0) <= _DIGITS_OF_INT64:
            return np.asarray(text.cast(pa.int64()).to_numpy())
        return np.array([int(value) for value in text.to_pylist()], object)

    def numbers(self, names: Sequence[str], missing: Sequence[str] = (), remedy: str = "") -> NDArray[np.float64]:
        """Columns of finite numbers, (rows, columns) float64; not a number where a cell says that there is none.

        Args:
            names: of the columns.
            missing: what such cells hold.
            remedy: what a refusal adds: where to say what else a cell may hold.

        Raises:
            InputError: with the first line that holds something else, or if the decimal mark could be either.
        """
        columns = [self._number_text(name) for name in names]
        comma = self._decimal(dict(zip(names, columns, strict=True))) == ","
        found = np.empty((self.rows, len(names)))
        for at, (name, column) in enumerate(zip(names, columns, strict=True)):
            if isinstance(column, np.ndarray):
                found[:, at] = column
                wrong = np.isinf(column) | (np.isnan(column) if "" not in missing else False)
            else:
                found[:, at], wrong = self._parsed(column, missing, comma=comma)
            if wrong.any():
                row = int(wrong.argmax())
                raise InputError(self.at(row), name, f"a number, got {_cell(column[row])}{remedy}")
        return found

    def _number_text(self, name: str) -> Any:
        """The numbers of a Parquet column that has some, as an array; text of any other column."""
        pa, _ = pyarrow(self.path)
        column, types = self.columns[name], pa.types
        if any(kind(column.type) for kind in (types.is_integer, types.is_floating, types.is_decimal)):
            return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(), np.float64)
        return self.text(name)

    def _parsed(
        self, text: Any, missing: Sequence[str], *, comma: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Numbers, not a number where one is missing; and which rows hold neither, both (rows,)."""
        pa, compute = pyarrow(self.path)
        absent = compute.is_in(text, value_set=pa.array(missing, pa.string()))
        plain = compute.if_else(absent, "0", text)
        if comma:  # a point is then no part of a number
            plain = compute.replace_substring(compute.replace_substring(plain, ".", "?"), ",", ".")
        good = compute.match_substring_regex(plain, _NUMBER)
        values = compute.if_else(good, plain, "inf").cast(pa.float64()).to_numpy()
        return np.where(absent.to_numpy(), np.nan, values), ~np.isfinite(values)

    def _decimal(self, columns: dict[str, Any]) -> str:
        """The decimal mark, if the numbers can be read in one way only."""
        if self.decimal is not None:
            return self.decimal
        _, compute = pyarrow(self.path)
        marked = {
            name: column.filter(compute.match_substring_regex(column, _MARKED))
            for name, column in columns.items()
            if not isinstance(column, np.ndarray)
        }
        having = {
            mark: {name: some for name, cells in marked.items() if len(some := _with(cells, mark, compute))}
            for mark in (",", ".")
        }
        used = [mark for mark in (",", ".") if having[mark]]
        if not used or (used == ["."] and self.separator in {",", ""}):
            return "."
        grouped = _THOUSANDS.format(re.escape(used[0]))
        groups = (compute.match_substring_regex(cells, grouped) for cells in having[used[0]].values())
        if len(used) == 1 and any(compute.any(compute.invert(each)).as_py() for each in groups):
            return used[0]
        name, cells = next(iter(having[used[0]].items()))
        said = 'which mark the decimals have: set decimal to "," or "."'
        raise InputError(self.path, name, f"{said}; {cells[0].as_py()} could be read in two ways")


def _with(cells: Any, mark: str, compute: Any) -> Any:
    return cells.filter(compute.match_substring(cells, mark))


def first(mask: Any, compute: Any) -> int | None:
    """The first row where the mask is true."""
    row = int(compute.index(mask, value=True).as_py())
    return None if row < 0 else row


def pyarrow(path: str) -> tuple[Any, Any]:
    """Pyarrow and its functions.

    Raises:
        InputError: it is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra: only who reads tables needs it
        from pyarrow import compute  # noqa: PLC0415
    except ImportError:
        raise InputError(path, "", "reading tables needs pyarrow: pip install 'cofund[columns]'") from None
    return pa, compute


def _texts(types: Any) -> tuple[Callable[[Any], bool], ...]:
    """What tells that a type is text, or words of a dictionary."""
    return (types.is_string, types.is_large_string, types.is_string_view, types.is_dictionary, types.is_null)


def folded(name: str) -> str:
    """A name as it is compared: what looks alike is one, in whatever case, width, spaces or with invisible marks."""
    visible = "".join(sign for sign in unicodedata.normalize("NFKC", name) if unicodedata.category(sign) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", visible.casefold()).split())


def _cell(value: Any) -> str:
    """A cell, pyarrow's or NumPy's, as it is shown."""
    return shortened(value.as_py() if hasattr(value, "as_py") else float(value))
