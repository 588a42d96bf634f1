"""How the commands of every role write amounts, edges, times and next steps."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat
    from cofund.roles.next_actions import Step

LAST_TIME = 253_402_300_799
"""The last second of the year 9999: a campaign may name any time."""


@dataclass(frozen=True, slots=True)
class TokenUnit:
    """How people write amounts and edges; in base units and by index if the terms are not at hand."""

    symbol: str
    decimals: int | None
    edges: tuple[str, ...] = ()

    def edge(self, index: int | None) -> str:
        """What the terms call an edge."""
        return self.edges[index] if index is not None and index < len(self.edges) else str(index)

    def amount(self, units: int) -> str:
        """An amount, exact."""
        from cofund.money import money

        return f"{units:,} base units" if self.decimals is None else money(units, self.decimals, self.symbol)

    def in_full(self, units: int) -> str:
        """An amount that somebody has to agree to: also in base units."""
        return f"{self.amount(units)} ({units} base units)" if self.decimals else self.amount(units)


def unit_of(document: dict[str, Any]) -> TokenUnit:
    """How the terms write amounts."""
    names = tuple(str(edge["id"]) for edge in document["edges"])
    return TokenUnit(document["token"]["unit"], document["token"]["decimals"], names)


def next_lines(role: str, seen: "Seat", unit: TokenUnit) -> list[str]:
    """The next actions, or what is waited for."""
    from cofund.roles.next_actions import next_steps, waiting_for

    steps = next_steps(role, seen)
    if not steps:
        return [f"next      {waiting_for(role, seen)}"]
    return [line for step in steps for line in _step_lines(step, seen, unit)]


def _step_lines(step: "Step", seen: "Seat", unit: TokenUnit) -> list[str]:
    lines = [f"next      {step.action}: {step.purpose}"]
    if step.command:
        lines.append(f"          {step.command}")
    lost = step.lost + (f" ({unit.amount(step.lost_amount)})" if step.lost_amount else "")
    if step.deadline is not None:
        end = f"          before {time_text(step.deadline)} ({left(step.deadline - seen.now)})"
        lines.append(f"{end}; otherwise {lost}" if lost else end)
    return lines


def left(seconds: int) -> str:
    """Time left, in its two largest units."""
    if seconds <= 0:
        return "over"
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h left"
    return f"{hours} h {minutes} min left" if hours else f"{minutes} min {seconds % 60} s left"


def time_text(seconds: int) -> str:
    """UTC, to the second."""
    if seconds > LAST_TIME:
        return "after the year 9999"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
