"""An event of a contract, decoded from a log entry."""

from dataclasses import dataclass
from typing import Any

from cofund.chain.logs import Log

__all__ = ["Event", "Log"]


@dataclass(frozen=True, slots=True)
class Event:
    """A decoded log entry.

    Args:
        name: of the event in the contract.
        arguments: by name; bytes as they are.
        block: number of its block.
        position: place in the block.
        hash: of its transaction, hex.
    """

    name: str
    arguments: dict[str, Any]
    block: int
    position: int
    hash: str
