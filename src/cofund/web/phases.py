"""What a phase means to people: the strip, who does what next, and what happens if nobody does."""

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
    """A phase in words.

    Attributes:
        title: the phase as a heading.
        now: what is going on, in a sentence.
        steps: who does what next, the most pressing first; (role, action, the command for it or none).
        otherwise: what happens if it is not done.
    """

    title: str
    now: str
    steps: tuple[tuple[str, str], ...]
    otherwise: str


MEANINGS: Final = {
    "commit": Meaning(
        "Sealed bids and offers",
        "Owners seal bids and lock escrow; clients seal offers.",
        (
            ("owner", "seal a bid and lock an escrow that is larger"),
            ("client", "seal an offer, or sign one for the edge to relay"),
            ("edge", "post the bond, relay the clients' offers"),
            ("coordinator", "post the bond"),
            ("sponsor", "lock the promised money, if the terms name a sponsor"),
        ),
        "Without the coordinator's bond, or a sponsor's money, the campaign is cancelled and everything goes back.",
    ),
    "reveal": Meaning(
        "Reveal",
        "Whoever sealed now opens: bids and offers become public.",
        (("owner", "open the bid"), ("client", "open the offer"), ("anyone", "open for others who hand over openings")),
        "Whoever does not open loses its bond and takes no part; an escrow goes back.",
    ),
    "settle": Meaning(
        "Settlement",
        "The market is open and can be cleared: one certificate fits.",
        (("anyone", "settle"),),
        "If nobody settles before the end, anyone may cancel and everything goes back, bonds included.",
    ),
    "not settled in time": Meaning(
        "Not settled in time",
        "Nobody settled; the campaign has to be cancelled.",
        (("anyone", "cancel"),),
        "Until somebody cancels, the money stays in the contract.",
    ),
    "training": Meaning(
        "Training",
        "The rounds that were bought are trained and recorded one by one.",
        (
            ("coordinator", "record the next round"),
            ("owner", "veto a round within its window, if it is bad"),
            ("edge", "sign which clients delivered"),
        ),
        "If the next round is not recorded in time, anyone may halt: recorded rounds are paid, the rest goes back.",
    ),
    "last veto window": Meaning(
        "Last veto window",
        "Training has ended; owners can still veto the last round.",
        (("owner", "veto the last round, if it is bad"), ("coordinator", "release the models")),
        "Silence accepts.",
    ),
    "deliveries": Meaning(
        "Deliveries",
        "Each edge signs which clients delivered which rounds; the coordinator releases the models.",
        (("edge", "sign the last root"), ("coordinator", "release the models"), ("client", "claim what is signed for")),
        "An edge that does not sign in time loses its bond; then the coordinator may sign in its place.",
    ),
    "stand-in deliveries": Meaning(
        "Stand-in deliveries",
        "The coordinator may sign for edges that did not.",
        (("coordinator", "sign for silent edges, release the models"), ("anyone", "close, if all have signed")),
        "Clients of an edge that nobody signs for are not paid; the payers get that money back.",
    ),
    "ready to close": Meaning(
        "Ready to close",
        "All windows are over; the books can be closed.",
        (("anyone", "close"), ("client", "claim what is signed for")),
        "Nothing is lost while it is open, but owners get what is left only at the end.",
    ),
    "closed": Meaning(
        "Closed",
        "The books are closed; whoever is owed something can take it, at any time.",
        (("anyone", "claim, return bonds and withdraw, for whomever it belongs to"),),
        "Claims never expire.",
    ),
    "unfunded": Meaning(
        "Not funded",
        "Owners did not pay for the goal, or too few clients offered.",
        (("anyone", "return bonds and withdraw"),),
        "Escrows and bonds go back, except the bonds of seals that were never opened.",
    ),
    "cancelled": Meaning(
        "Cancelled",
        "Nobody settled in time, or a bond was missing: everything goes back.",
        (("anyone", "return bonds and withdraw"),),
        "Claims never expire.",
    ),
}
