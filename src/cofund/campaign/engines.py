"""What carries the training of a campaign: in this process, or whatever else can be opened for it."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from cofund.campaign.watch import Watch
from cofund.training.engine import Engine
from cofund.training.engines.in_process import InProcess
from cofund.training.engines.unreliable import Outage, Unreliable
from cofund.training.plan import Federation, Plan

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount


@dataclass(frozen=True, slots=True)
class Assignment:
    """A settled campaign's training.

    Attributes:
        folder: of the campaign.
        task: as the terms name it.
        plan: for as many rounds as were bought.
        federation: the cohort under its edges.
        outages: who cannot be reached in which rounds.
        chain_id, campaign: where the campaign is.
        edges: accounts of the edges, by id.
        watch: is told how it goes.
    """

    folder: Path
    task: str
    plan: Plan
    federation: Federation
    outages: tuple[Outage, ...]
    chain_id: int
    campaign: str
    edges: Mapping[str, "LocalAccount"]
    watch: Watch


Opening: TypeAlias = Callable[[Assignment], AbstractContextManager[Engine]]
"""Starts whatever an engine needs and ends it, however the training ends."""


@contextlib.contextmanager
def in_process(assignment: Assignment) -> Iterator[Engine]:
    """Everybody in this process, one after the other."""
    yield Unreliable(InProcess(), assignment.outages)
