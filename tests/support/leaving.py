"""The way out of any state (I-6): nobody is asked for anything but what everybody can call."""

from typing import Any

from cofund.settlement.ledger import Status
from twin import KEYS, Twin, address


def leave(twin: Twin, campaign: Any) -> None:
    """End the campaign by letting time pass, pay everybody; left is only what an edge signed for and nobody proved."""
    ledger = twin.ledger
    if ledger.status == Status.OPEN:
        twin.at(twin.terms.settle_end)
        assert twin.cancel() is None
    if ledger.status == Status.TRAINING:
        if not ledger.training_end:
            twin.at(ledger.round_deadline)
            assert twin.halt() is None
        twin.at(ledger.accepted_end() + 2 * twin.terms.delivery_window_s)
        assert twin.close() is None
    for edge in campaign.maps:
        for part, (chunk, bitmaps) in enumerate(campaign.parts(edge)):
            twin.claim(edge, chunk, bitmaps, campaign.proof(edge, part))
    for edge in range(len(twin.terms.edges)):
        twin.claim_edge_fee(edge)
    twin.return_all_bonds()
    twin.withdraw(*[name for name in KEYS if ledger.owed()[address(name)]])
    twin.withdraw("initiator", "sponsor", "settler", *(f"owner{i}" for i in range(4)))
    unproved = sum(
        (edge.delivered - edge.claimed) * ledger.pay_per_round(at)
        + (ledger.delivered_below(at) - ledger.claimed_below(at)) * twin.terms.edges[at].fee
        + (edge.delivered - edge.extra_claimed) * ledger.extra
        for at, edge in enumerate(ledger.edges)
    )
    assert ledger.held() == unproved
