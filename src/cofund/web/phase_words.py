"""What a phase means to people: the strip and a sentence; who does what next is in ``next_steps``."""

from dataclasses import dataclass
from typing import Final

STRIP: Final = (
    ("commit", "Sealed bids"),
    ("reveal", "Reveal"),
    ("settle", "Settlement"),
    ("training", "Training"),
    ("deliveries", "Deliveries"),
    ("closed", "Closed"),
)
PLACE: Final = {
    "commit": 0,
    "reveal": 1,
    "settle": 2,
    "not settled in time": 2,
    "cancelled": 2,
    "unfunded": 2,
    "training": 3,
    "last veto window": 4,
    "deliveries": 4,
    "stand-in deliveries": 4,
    "ready to close": 4,
    "closed": 5,
}
"""Place of each phase in the strip."""

OVER: Final = frozenset({"cancelled", "unfunded", "closed"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """A phase in words: a heading, and what is going on in a sentence."""

    title: str
    now: str


MEANINGS: Final = {
    "commit": Meaning("Sealed bids and offers", "Owners seal bids and lock escrow; clients seal offers."),
    "reveal": Meaning("Reveal", "Whoever sealed now opens: bids and offers become public."),
    "settle": Meaning("Settlement", "The market is open and can be cleared: one certificate fits."),
    "not settled in time": Meaning("Not settled in time", "Nobody settled; the campaign has to be cancelled."),
    "training": Meaning("Training", "The rounds that were bought are trained and recorded one by one."),
    "last veto window": Meaning("Last veto window", "Training has ended; owners can still veto the last round."),
    "deliveries": Meaning(
        "Deliveries", "Each edge signs which clients delivered which rounds; the coordinator releases the models."
    ),
    "stand-in deliveries": Meaning("Stand-in deliveries", "The coordinator may sign for edges that did not."),
    "ready to close": Meaning("Ready to close", "All windows are over; the books can be closed."),
    "closed": Meaning("Closed", "The books are closed; whoever is owed something can take it, at any time."),
    "unfunded": Meaning("Not funded", "Owners did not pay for the goal, or too few clients offered."),
    "cancelled": Meaning("Cancelled", "Nobody settled in time, or a bond was missing: everything goes back."),
}
