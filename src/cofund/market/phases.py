"""The phases of a campaign by its status and the clock (protocol.md, "Life of a campaign")."""

from typing import Final

from cofund.market.terms import Terms

STATUS: Final = {1: "open", 2: "unfunded", 4: "cancelled", 8: "training", 16: "closed"}
"""The contract's status flag by number."""


def phase_of(status: str, terms: Terms, now: int, training_end: int, round_deadline: int) -> tuple[str, int | None]:
    """Name of the phase, and when it ends by the clock if it does; times in seconds since the epoch.

    Args:
        status: a value of ``STATUS``.
        terms: of the campaign.
        now: time of the last block.
        training_end: when training ended; 0 if it has not.
        round_deadline: until when the next round has to be recorded.
    """
    if status == "open":
        phases = (("commit", terms.commit_end), ("reveal", terms.reveal_end), ("settle", terms.settle_end))
        return next(((name, end) for name, end in phases if now < end), ("not settled in time", None))
    if status != "training":
        return status, None
    if not training_end:
        return "training", round_deadline
    accepted = training_end + terms.veto_window_s
    ends = (
        ("last veto window", accepted),
        ("deliveries", accepted + terms.delivery_window_s),
        ("stand-in deliveries", accepted + 2 * terms.delivery_window_s),
    )
    return next(((name, end) for name, end in ends if now < end), ("ready to close", None))
