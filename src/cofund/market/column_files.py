"""Clients and owners read from CSV or Parquet columns, without a Python object a row (mechanism.md, "Speed").

    terms.json       cofund.instance/1 with no owners and no clients
    clients.csv      edge,cost        the id of an edge; base units
    owners.csv       bid,weight       base units; weight may be left out and is then 1

Rows are in commit order, other columns are ignored. Amounts are whole decimal numbers or Parquet integers, never
floating point. Needs pyarrow: ``pip install 'cofund[columns]'``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cofund.errors import InputError
from cofund.market.codec import load_instance
from cofund.market.columns import Columns, integers
from cofund.market.validation import shortened

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WHOLE: Final = r"^(0|[1-9][0-9]{0,28})$"
_DIGITS_OF_INT64: Final = 18


def load_columns(terms: str, clients: str, owners: str | None = None) -> Columns:
    """Read the public terms and the columns beside them; without ``owners`` there are none.

    Raises:
        InputError: naming the file, the row and column, and what was expected; also if pyarrow is not installed.
    """
    instance = load_instance(terms)
    offers = _Table(clients, "clients", ("edge", "cost"), ())
    try:
        bid, weight = np.empty(0, np.int64), np.empty(0, np.int64)
        if owners is not None:
            bids = _Table(owners, "owners", ("bid",), ("weight",))
            bid = bids.whole_numbers("bid")
            weight = bids.whole_numbers("weight") if "weight" in bids.columns else np.ones(len(bid), np.int64)
        edge = offers.positions("edge", [one.id for one in instance.edges])
        return Columns(instance, edge, offers.whole_numbers("cost"), bid, weight)
    except InputError as error:
        files = {"clients": clients, "owners": owners or "", "terms": terms}
        where = files.get(error.field.partition("[")[0], error.where)
        raise InputError(where, error.field, error.expected) from None


class _Table:
    """The named columns of a file; those of a CSV file as text, so that no number is guessed at."""

    def __init__(self, path: str, kind: str, needed: tuple[str, ...], optional: tuple[str, ...]) -> None:
        try:
            import pyarrow as pa  # noqa: PLC0415 - an extra: only who reads columns needs it
            from pyarrow import compute, csv, parquet  # noqa: PLC0415
        except ImportError:
            raise InputError(path, "", "reading columns needs pyarrow: pip install 'cofund[columns]'") from None
        self.path, self.kind, self.arrow, self.compute = path, kind, pa, compute
        text = csv.ConvertOptions(column_types=dict.fromkeys((*needed, *optional), pa.string()))
        try:
            is_parquet = Path(path).suffix == ".parquet"
            table = parquet.read_table(path) if is_parquet else csv.read_csv(path, convert_options=text)
        except (pa.ArrowException, OSError) as error:
            raise InputError(path, "", f"expected a CSV or Parquet file that can be read: {error}") from None
        for name in (*needed, *optional):
            if table.column_names.count(name) not in ((1,) if name in needed else (0, 1)):
                shown = shortened(", ".join(table.column_names))
                raise InputError(path, name, f"expected one column of this name, got {shown}")
        self.columns = {name: table.column(name) for name in table.column_names if name in (*needed, *optional)}

    def positions(self, name: str, ids: list[str]) -> NDArray[np.int32]:
        """Ids turned into their positions in ``ids``."""
        pa, column = self.arrow, self._text(name)
        found = self.compute.index_in(column, value_set=pa.array(ids, pa.string()))
        self._refuse_unless(self.compute.is_valid(found), column, name, "expected the id of an edge")
        return np.asarray(found.to_numpy(), np.int32)

    def whole_numbers(self, name: str) -> NDArray[Any]:
        """int64, or Python integers if one exceeds it; ranges are checked by ``Columns``."""
        pa, column = self.arrow, self.columns[name]
        if pa.types.is_signed_integer(column.type) and not column.null_count:
            return np.asarray(column.to_numpy(), np.int64)
        text = self._text(name)
        whole = self.compute.fill_null(self.compute.match_substring_regex(text, _WHOLE), fill_value=False)
        self._refuse_unless(whole, text, name, "expected a whole number from 0 to 2**96 - 1")
        if (self.compute.max(self.compute.binary_length(text)).as_py() or 0) <= _DIGITS_OF_INT64:
            return np.asarray(text.cast(pa.int64()).to_numpy())
        return integers([int(value) for value in text.to_pylist()])

    def _text(self, name: str) -> Any:
        types, column = self.arrow.types, self.columns[name]
        if types.is_string(column.type) or types.is_large_string(column.type) or types.is_integer(column.type):
            return column.cast(self.arrow.string())
        raise InputError(self.path, name, f"expected text or integers, got a column of type {column.type}")

    def _refuse_unless(self, good: Any, column: Any, name: str, expected: str) -> None:
        row = self.compute.index(good, value=False).as_py()
        if row >= 0:
            got = shortened(column[row].as_py())
            raise InputError(self.path, f"{self.kind}[{row}].{name}", f"{expected}, got {got}")
