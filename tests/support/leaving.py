"""The way out of any state (I-6): nobody is asked for anything but what everybody can call."""

from cofund.settlement.ledger import Status
from deliveries import Tree
from scenario import everyone_leaves
from twin import Twin


def leave(twin: Twin, trees: dict[int, Tree]) -> None:
    """End the campaign by letting time pass, pay everybody; left is only what an edge signed for and nobody proved."""
    if twin.ledger.status == Status.OPEN:
        twin.at(twin.terms.settle_end)
        assert twin.cancel() is None
    if twin.ledger.status == Status.TRAINING:
        if not twin.ledger.training_end:
            twin.at(twin.ledger.round_deadline)
            assert twin.halt() is None
        twin.at(twin.ledger.accepted_end() + 2 * twin.terms.delivery_window_s)
        assert twin.close() is None
    everyone_leaves(twin, trees)
    unproved = sum((edge.delivered - edge.claimed) * edge.price for edge in twin.ledger.edges)
    assert twin.ledger.held() == unproved
