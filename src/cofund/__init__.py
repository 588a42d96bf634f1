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
    from cofund import report
    from cofund.campaign.campaign import Campaign
    from cofund.campaign.script import ClientScript, EdgeScript, OwnerScript, Script
    from cofund.campaign.verification import verify, verify_address
    from cofund.chain.node import connect
    from cofund.market.column_files import load_columns
    from cofund.market.columns import Columns
    from cofund.market.draft_codec import load_draft
    from cofund.mechanism.arrays import clear_columns
    from cofund.mechanism.axioms.trial import audit
    from cofund.mechanism.explain import explain
    from cofund.mechanism.planning.market_plan import plan
    from cofund.running import Finished, run_campaign
    from cofund.training.alone import train
    from cofund.training.plan import Plan
    from cofund.training.tasks.own import OwnTask

__all__ = [
    "AccountError",
    "Campaign",
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
    "audit",
    "clear",
    "clear_columns",
    "connect",
    "encode_instance",
    "encode_outcome",
    "explain",
    "generate",
    "load_columns",
    "load_draft",
    "load_instance",
    "load_outcome",
    "plan",
    "report",
    "run_campaign",
    "train",
    "verify",
    "verify_address",
]

_WHEN_ASKED: Final = {
    "Campaign": "cofund.campaign.campaign",
    "ClientScript": "cofund.campaign.script",
    "Columns": "cofund.market.columns",
    "EdgeScript": "cofund.campaign.script",
    "Finished": "cofund.running",
    "OwnTask": "cofund.training.tasks.own",
    "OwnerScript": "cofund.campaign.script",
    "Plan": "cofund.training.plan",
    "Script": "cofund.campaign.script",
    "audit": "cofund.mechanism.axioms.trial",
    "clear_columns": "cofund.mechanism.arrays",
    "connect": "cofund.chain.node",
    "explain": "cofund.mechanism.explain",
    "load_columns": "cofund.market.column_files",
    "load_draft": "cofund.market.draft_codec",
    "plan": "cofund.mechanism.planning.market_plan",
    "run_campaign": "cofund.running",
    "train": "cofund.training.alone",
    "verify": "cofund.campaign.verification",
    "verify_address": "cofund.campaign.verification",
}


def __getattr__(name: str) -> Any:
    """Names that need numpy or a chain are imported when they are asked for, so that ``cofund --help`` stays fast."""
    if name == "report":
        return import_module("cofund.report")  # a package that can be called
    if name not in _WHEN_ASKED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHEN_ASKED[name]), name)
