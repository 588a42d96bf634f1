"""Where a campaign stands at one moment: what the contract says of it as a whole."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a campaign stands at a block's time; amounts in base units, times in seconds since the epoch."""

    now: int
    phase: str
    until: int | None
    terms: dict[str, Any]
    counts: dict[str, int]
    money: dict[str, int]
    coordinator_bonded: bool
    edges: list[dict[str, Any]]
    open_to_anyone: list[str]
