"""Where a campaign stands at one moment: what the contract says of it as a whole."""

from dataclasses import dataclass
from typing import Any

from cofund.units import ONE, div_down


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

    @property
    def roles_are_taken(self) -> bool:
        """Whether the coordinator's bond and the sponsor's money are there: else nothing opens and nothing settles."""
        return self.coordinator_bonded and self.money["sponsor_locked"] == sponsorship(self.terms)


def sponsorship(terms: dict[str, Any]) -> int:
    """The most that the sponsor's promise can come to, base units; ``terms`` as on chain."""
    most = terms["cohort"] * terms["ceiling"] * terms["tick"] + terms["coordinator_fee"]
    return int(terms["rounds"] * (most if terms["underwritten"] else div_down(terms["match"] * most, ONE)))
