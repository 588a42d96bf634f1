"""The phases of a campaign by its status and the clock (protocol.md, "Life of a campaign")."""

from collections.abc import Mapping
from typing import Any, Final

STATUS: Final = {1: "open", 2: "unfunded", 4: "cancelled", 8: "training", 16: "closed"}
"""The contract's status flag by number."""


def phase_of(
    status: str, terms: Mapping[str, Any], now: int, training_end: int, round_deadline: int
) -> tuple[str, int | None]:
    """Name of the phase, and when it ends by the clock if it does; times in seconds since the epoch.

    Args:
        status: a value of ``STATUS``.
        terms: ``commit_end``, ``reveal_end``, ``settle_end``, ``veto_window`` and ``delivery_window`` as on chain.
        now: time of the last block.
        training_end: when training ended; 0 if it has not.
        round_deadline: until when the next round has to be recorded.
    """
    if status == "open":
        phases = [(name, terms[f"{name}_end"]) for name in ("commit", "reveal", "settle")]
        return next(((name, end) for name, end in phases if now < end), ("not settled in time", None))
    if status != "training":
        return status, None
    if not training_end:
        return "training", round_deadline
    accepted = training_end + terms["veto_window"]
    ends = (
        ("last veto window", accepted),
        ("deliveries", accepted + terms["delivery_window"]),
        ("stand-in deliveries", accepted + 2 * terms["delivery_window"]),
    )
    return next(((name, end) for name, end in ends if now < end), ("ready to close", None))
