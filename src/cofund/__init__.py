"""Crowdfund a hierarchical federated-learning model.

    >>> from cofund import clear, load_instance
    >>> outcome = clear(load_instance("market.json"), rule="serial")

Campaigns are run from the command line (``cofund demo``) or with ``cofund.campaign``.
"""

from cofund.errors import AccountError, CheckFailed, CofundError, InputError, NodeError, Reverted
from cofund.market.codec import encode_instance, load_instance
from cofund.market.generate import generate
from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.outcome_codec import encode_outcome, load_outcome
from cofund.mechanism.rules import clear

__all__ = [
    "AccountError",
    "CheckFailed",
    "Client",
    "CofundError",
    "Edge",
    "InputError",
    "Instance",
    "NodeError",
    "Outcome",
    "Owner",
    "Reverted",
    "clear",
    "encode_instance",
    "encode_outcome",
    "generate",
    "load_instance",
    "load_outcome",
]
