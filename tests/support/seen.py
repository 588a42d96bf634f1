"""Whether the books of a campaign take a call, tried on a copy of them."""

from copy import deepcopy

from cofund.campaign.seat import seat_of
from cofund.errors import Reverted
from cofund.settlement.ledger import Ledger

snapshot_of = seat_of


def passes(ledger: Ledger, call: object) -> bool:
    """Whether a copy of the ledger takes a call."""
    return after(ledger, call) is not None


def after(ledger: Ledger, call: object) -> Ledger | None:
    """A copy of the ledger after a call; None if it refuses."""

    copy = deepcopy(ledger)
    try:
        call(copy)
    except Reverted:
        return None
    return copy
