"""What a campaign counts has bounds, that its factory keeps: nobody has to count up to what a node says."""

from collections.abc import Sequence
from typing import Any, Final

from cofund.market.phases import STATUS
from cofund.market.terms import MAX_BOOK, MAX_EDGES, MAX_OWNERS, MAX_ROUNDS

_TIME: Final = 2**64 - 1
MOST: Final[dict[str, int | tuple[int, ...]]] = {
    "owner_count": MAX_OWNERS,
    "edge_count": MAX_EDGES,
    "status": max(STATUS),
    "progress": (MAX_ROUNDS, MAX_ROUNDS, _TIME, _TIME, 1, 1),
    "book": (MAX_BOOK, 1, 1),
    "section": (MAX_BOOK, MAX_BOOK),
    "recorded_at": _TIME,
    **dict.fromkeys(("deposited", "paid_out", "round_cost", "true_cost"), 2**128 - 1),
    **dict.fromkeys(("sponsor_locked", "credit", "lost_bonds", "extra"), 2**128 - 1),
}
"""By view of the campaign or of its books."""


def is_possible(view: str, value: Any) -> bool:
    """Whether a view can have a value."""
    most = MOST.get(view)
    if most is None:
        return True
    if isinstance(most, int):
        return bool(value <= most)
    return _each_possible(value, most)


def _each_possible(values: Sequence[int], most: Sequence[int]) -> bool:
    # a sealed book also says whether it is void
    return all(value <= limit for value, limit in zip(values, most, strict=False))
