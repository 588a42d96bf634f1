"""Crowdfund a hierarchical federated-learning model.

    >>> from cofund import clear, load_instance
    >>> outcome = clear(load_instance("market.json"), rule="serial")

A market of millions of clients comes in columns: ``clear_columns(load_columns("terms.json", "clients.parquet"))``.
Campaigns are run from the command line (``cofund demo``) or with ``cofund.campaign``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from cofund.errors import AccountError, CheckFailed, CofundError, InputError, NodeError, Reverted
from cofund.market.codec import encode_instance, load_instance
from cofund.market.generate import generate
from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.outcome_codec import encode_outcome, load_outcome
from cofund.mechanism.rules import clear

if TYPE_CHECKING:
    from cofund.market.column_files import load_columns
    from cofund.market.columns import Columns
    from cofund.mechanism.arrays import clear_columns

__all__ = [
    "AccountError",
    "CheckFailed",
    "Client",
    "CofundError",
    "Columns",
    "Edge",
    "InputError",
    "Instance",
    "NodeError",
    "Outcome",
    "Owner",
    "Reverted",
    "clear",
    "clear_columns",
    "encode_instance",
    "encode_outcome",
    "generate",
    "load_columns",
    "load_instance",
    "load_outcome",
]

_WITH_NUMPY: Final = {
    "Columns": "cofund.market.columns",
    "clear_columns": "cofund.mechanism.arrays",
    "load_columns": "cofund.market.column_files",
}


def __getattr__(name: str) -> Any:
    """Names that need numpy are imported when they are asked for, so that ``cofund --help`` stays fast."""
    if name not in _WITH_NUMPY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WITH_NUMPY[name]), name)
