"""What a campaign counts has bounds, that its factory keeps: nobody has to count up to what a node says."""

from typing import Any, Final

from cofund.market.phases import STATUS
from cofund.market.terms import MAX_EDGES, MAX_BOOK, MAX_OWNERS, MAX_ROUNDS

MOST: Final = {
    "owner_count": MAX_OWNERS,
    "offer_count": MAX_BOOK,
    "revealed_count": MAX_BOOK,
    "edge_count": MAX_EDGES,
    "rounds": MAX_ROUNDS,
    "rounds_done": MAX_ROUNDS,
    "status": max(STATUS),
    **dict.fromkeys(("training_end", "round_deadline", "recorded_at"), 2**64 - 1),
    **dict.fromkeys(("deposited", "paid_out", "round_cost", "sponsor_locked", "credit", "lost_bonds"), 2**128 - 1),
}
"""By view of the campaign."""


def is_possible(view: str, value: Any) -> bool:
    """Whether a campaign's view can have a value."""
    return view not in MOST or value <= MOST[view]
