"""What a campaign counts has bounds, that its factory keeps: nobody has to count up to what a node says."""

from typing import Any, Final

from cofund.market.terms import MAX_EDGES, MAX_OFFERS, MAX_OWNERS, MAX_ROUNDS

MOST: Final = {
    "owner_count": MAX_OWNERS,
    "offer_count": MAX_OFFERS,
    "revealed_count": MAX_OFFERS,
    "edge_count": MAX_EDGES,
    "rounds": MAX_ROUNDS,
    "rounds_done": MAX_ROUNDS,
}
"""By view of the campaign."""


def is_possible(view: str, value: Any) -> bool:
    """Whether a campaign's view can have a value."""
    return view not in MOST or value <= MOST[view]
