"""What an account sees of a campaign whose ledger is at hand: the snapshot that both readers read from a chain."""

from copy import deepcopy
from dataclasses import asdict

from cofund.campaign.standing import Standing
from cofund.errors import Reverted
from cofund.market.phases import phase_of
from cofund.roles.snapshot import EdgeSeat, OfferSeat, OwnerSeat, Snapshot
from cofund.settlement.ledger import Ledger, Offer
from cofund.settlement.state import OwnerAccount


def snapshot_of(ledger: Ledger, now: int, account: str) -> Snapshot:
    """The account's snapshot, offers of clients that its edges relayed included."""
    mine = {at for at, edge in enumerate(ledger.terms.edges) if edge.operator == account}
    places = {offer.client: _offer(ledger, at, offer) for at, offer in enumerate(ledger.offers)}
    return Snapshot(
        campaign=ledger.address,
        account=account,
        standing=_standing(ledger, now),
        status=str(ledger.status),
        credit=ledger.credit[account],
        owner=next((_owner(owner) for owner in ledger.owners if owner.account == account), None),
        offer=places.get(account),
        edges=tuple(_edge(ledger, at) for at in range(len(ledger.edges))),
        training_end=ledger.training_end,
        recorded_at=ledger.recorded_at.get(ledger.rounds_done, 0),
        released=ledger.released(),
        halted=ledger.halted,
        relayed=tuple(offer for offer in places.values() if offer.relayed_by in mine),
    )


def _standing(ledger: Ledger, now: int) -> Standing:
    terms = asdict(ledger.terms) | {
        "initiator": ledger.initiator,
        "veto_window": ledger.terms.veto_window_s,
        "delivery_window": ledger.terms.delivery_window_s,
        "rounds": len(ledger.terms.quality),
        "ceiling": ledger.terms.ceiling // ledger.terms.tick,
    }
    phase, until = phase_of(str(ledger.status), terms, now, ledger.training_end, ledger.round_deadline)
    counts = {
        "owner_count": len(ledger.owners),
        "offer_count": len(ledger.offers),
        "revealed_count": sum(offer.cost is not None for offer in ledger.offers),
        "rounds": ledger.rounds,
        "rounds_done": ledger.rounds_done,
    }
    close = ["close"] if passes(ledger, lambda copy: copy.close(now)) else []
    money = {"sponsor_locked": ledger.sponsor_locked}
    return Standing(now, phase, until, terms, counts, money, ledger.coordinator_bonded, [], close)


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


def _owner(owner: OwnerAccount) -> OwnerSeat:
    return OwnerSeat(owner.owed, owner.bid is not None, owner.bid or 0, owner.level, owner.charge)


def _offer(ledger: Ledger, position: int, offer: Offer) -> OfferSeat:
    opened = offer.cost is not None
    return OfferSeat(
        position=position,
        relayed_by=offer.poster,
        opened=opened,
        bond_settled=not offer.bond_held,
        edge=offer.edge if opened else None,
        amount=offer.cost,
        wins=offer.winner and str(ledger.status) in {"training", "closed"},
        paid_rounds=offer.paid_rounds,
        paid=offer.paid,
    )


def _edge(ledger: Ledger, at: int) -> EdgeSeat:
    fixed, state = ledger.terms.edges[at], ledger.edges[at]
    counts = (state.winners, state.up_to_round, state.delivered, state.claimed, state.fee_rounds)
    return EdgeSeat(at, fixed.operator, fixed.fee, state.bonded, *counts)
