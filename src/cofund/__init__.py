"""Crowdfund a hierarchical federated-learning model.

    >>> from cofund import clear, load_instance
    >>> outcome = clear(load_instance("market.json"), rule="serial")

A market of millions of clients comes in columns: ``clear_columns(load_columns("terms.json", "clients.parquet"))``.
A campaign with a task of your own is a ``Script`` and ``run_campaign(script, "folder")`` (examples/digits_campaign.py).
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
    from cofund.campaign.script import ClientScript, EdgeScript, OwnerScript, Script
    from cofund.market.column_files import load_columns
    from cofund.market.columns import Columns
    from cofund.mechanism.arrays import clear_columns
    from cofund.running import Finished, run_campaign
    from cofund.training.plan import Plan
    from cofund.training.tasks.own import OwnTask

__all__ = [
    "AccountError",
    "CheckFailed",
    "Client",
    "ClientScript",
    "CofundError",
    "Columns",
    "Edge",
    "EdgeScript",
    "Finished",
    "InputError",
    "Instance",
    "NodeError",
    "Outcome",
    "OwnTask",
    "Owner",
    "OwnerScript",
    "Plan",
    "Reverted",
    "Script",
    "clear",
    "clear_columns",
    "encode_instance",
    "encode_outcome",
    "generate",
    "load_columns",
    "load_instance",
    "load_outcome",
    "run_campaign",
]

_WHEN_ASKED: Final = {
    "ClientScript": "cofund.campaign.script",
    "Columns": "cofund.market.columns",
    "EdgeScript": "cofund.campaign.script",
    "Finished": "cofund.running",
    "OwnTask": "cofund.training.tasks.own",
    "OwnerScript": "cofund.campaign.script",
    "Plan": "cofund.training.plan",
    "Script": "cofund.campaign.script",
    "clear_columns": "cofund.mechanism.arrays",
    "load_columns": "cofund.market.column_files",
    "run_campaign": "cofund.running",
}


def __getattr__(name: str) -> Any:
    """Names that need numpy or a chain are imported when they are asked for, so that ``cofund --help`` stays fast."""
    if name not in _WHEN_ASKED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHEN_ASKED[name]), name)
