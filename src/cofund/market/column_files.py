"""Clients and owners read from CSV or Parquet columns, without a Python object a row (mechanism.md, "Speed").

    terms.json       cofund.instance/1 with no owners and no clients
    clients.csv      edge,cost        the id of an edge; base units
    owners.csv       bid,weight       base units; weight may be left out and is then 1

The order of rows breaks ties, other columns are ignored. Amounts are whole decimal numbers or Parquet integers, never
floating point. How files are read is said in ``outside_files.py``. Needs pyarrow: ``pip install 'cofund[columns]'``.
"""

from __future__ import annotations

import numpy as np

from cofund.errors import InputError
from cofund.market.codec import load_instance
from cofund.market.columns import Columns
from cofund.market.outside_files import read_table


def load_columns(terms: str, clients: str, owners: str | None = None) -> Columns:
    """Read the public terms and the columns beside them; without ``owners`` there are none.

    Raises:
        InputError: naming the file, the row and column, and what was expected; also if pyarrow is not installed.
    """
    instance = load_instance(terms)
    offers = read_table(clients, ("edge", "cost"), kind="clients")
    try:
        bid, weight = np.empty(0, np.int64), np.empty(0, np.int64)
        if owners is not None:
            bids = read_table(owners, ("bid",), ("weight",), kind="owners")
            bid = bids.whole_numbers("bid")
            weight = bids.whole_numbers("weight") if "weight" in bids.columns else np.ones(len(bid), np.int64)
        edge = offers.places("edge", [one.id for one in instance.edges], "the id of an edge").astype(np.int32)
        return Columns(instance, edge, offers.whole_numbers("cost"), bid, weight)
    except InputError as error:
        files = {"clients": clients, "owners": owners or "", "terms": terms}
        where = files.get(error.field.partition("[")[0], error.where)
        raise InputError(where, error.field, error.expected) from None
