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
OVER: Final = frozenset({"cancelled", "unfunded", "closed"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """A phase in words: a heading, what is going on in a sentence, and its place in the strip."""

    title: str
    now: str
    place: int


MEANINGS: Final = {
    "commit": Meaning(
        "Sealed bids and books",
        "Owners seal bids and lock escrow; clients sign offers, and edges seal books of them.",
        0,
    ),
    "reveal": Meaning("Reveal", "Whoever sealed now opens: bids, and books with their offers, become public.", 1),
    "settle": Meaning("Settlement", "The market is open and can be cleared: one choice of winners fits.", 2),
    "not settled in time": Meaning("Not settled in time", "Nobody settled; the campaign has to be cancelled.", 2),
    "training": Meaning("Training", "The rounds that were bought are trained and recorded one by one.", 3),
    "last veto window": Meaning("Last veto window", "Training has ended; owners can still veto the last round.", 4),
    "deliveries": Meaning(
        "Deliveries", "Each edge signs which clients delivered which rounds; the coordinator releases the models.", 4
    ),
    "stand-in deliveries": Meaning("Stand-in deliveries", "The coordinator may sign for edges that did not.", 4),
    "ready to close": Meaning("Ready to close", "All windows are over; the books can be closed.", 4),
    "closed": Meaning("Closed", "The books are closed; whoever is owed something can take it, at any time.", 5),
    "unfunded": Meaning("Not funded", "Owners did not pay for the goal, or too few clients offered.", 2),
    "cancelled": Meaning("Cancelled", "Nobody settled in time, or a bond was missing: everything goes back.", 2),
}
PLACE: Final = {phase: meaning.place for phase, meaning in MEANINGS.items()}
"""Place of each phase in the strip."""
