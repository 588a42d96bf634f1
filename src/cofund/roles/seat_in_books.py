"""What one account has at stake, from the books of a campaign instead of its contract's views."""

from typing import Any

from cofund.campaign.standing import Standing
from cofund.market.phases import phase_of
from cofund.roles.snapshot import EdgeSeat, OfferSeat, OwnerSeat, Snapshot
from cofund.settlement.ledger import Ledger, Offer, Status


def seat(ledger: Ledger, head: dict[str, Any], now: int, account: str) -> Snapshot:
    """Read the books.

    Args:
        ledger: the books.
        head: the terms as on chain.
        now: earliest time of the next block, seconds since the epoch.
        account: whose seat.
    """
    operated = {at for at, edge in enumerate(ledger.terms.edges) if edge.operator == account}
    done = ledger.rounds_done
    return Snapshot(
        campaign=ledger.address,
        account=account,
        standing=_standing(ledger, head, now),
        status=str(ledger.status),
        credit=ledger.credit[account],
        owner=next((_owner(ledger, at) for at, each in enumerate(ledger.owners) if each.account == account), None),
        offer=_offer(ledger, ledger.positions[account]) if account in ledger.positions else None,
        edges=tuple(_edge(ledger, at) for at in range(len(ledger.edges))),
        training_end=ledger.training_end,
        recorded_at=ledger.recorded_at[done] if done else 0,
        released=any(ledger.release_root),
        halted=ledger.halted,
        relayed=tuple(_offer(ledger, at) for at, offer in enumerate(ledger.offers) if offer.poster in operated),
    )


def _standing(ledger: Ledger, head: dict[str, Any], now: int) -> Standing:
    phase, until = phase_of(str(ledger.status), head, now, ledger.training_end, ledger.round_deadline)
    return Standing(
        now=now,
        phase=phase,
        until=until,
        terms=head,
        counts={
            "owner_count": len(ledger.owners),
            "offer_count": len(ledger.offers),
            "revealed_count": sum(offer.cost is not None for offer in ledger.offers),
            "rounds": ledger.rounds,
            "rounds_done": ledger.rounds_done,
        },
        money={"sponsor_locked": ledger.sponsor_locked},
        coordinator_bonded=ledger.coordinator_bonded,
        edges=[],
        open_to_anyone=["close"] if _may_close(ledger, now) else [],
    )


def _may_close(ledger: Ledger, now: int) -> bool:
    end = ledger.accepted_end()
    pending = not ledger.released() or any(ledger.unsigned(edge) for edge in range(len(ledger.edges)))
    final = end + 2 * ledger.terms.delivery_window_s <= now
    open_ = ledger.status == Status.TRAINING and ledger.training_end != 0 and end <= now
    return open_ and (final or not pending)


def _owner(ledger: Ledger, at: int) -> OwnerSeat:
    owner = ledger.owners[at]
    return OwnerSeat(owner.owed, owner.bid is not None, owner.bid or 0, owner.level, owner.charge)


def _offer(ledger: Ledger, at: int) -> OfferSeat:
    offer: Offer = ledger.offers[at]
    opened, terms = offer.cost is not None, ledger.terms
    amount = None if offer.cost is None else offer.cost + terms.edges[offer.edge].fee // terms.tick
    return OfferSeat(
        position=at,
        relayed_by=offer.poster,
        opened=opened,
        bond_settled=not offer.bond_held,
        edge=offer.edge if opened else None,
        amount=amount,
        wins=offer.winner,
        paid_rounds=offer.paid_rounds,
        paid=offer.paid,
    )


def _edge(ledger: Ledger, at: int) -> EdgeSeat:
    terms, edge = ledger.terms.edges[at], ledger.edges[at]
    counts = (edge.winners, edge.up_to_round, edge.delivered, edge.claimed, edge.fee_rounds)
    return EdgeSeat(at, terms.operator, terms.fee, edge.bonded, *counts)
