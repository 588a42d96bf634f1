"""Everybody's place in a campaign, in the form that ``roles.next_actions`` looks at, from the books.

``roles.reading`` reads the same from the contract's views, one account at a time; ``tests/web/test_web_next_steps.py``
compares them.
"""

from dataclasses import dataclass
from typing import Any

from cofund.campaign.campaign import Campaign
from cofund.campaign.standing import Standing
from cofund.market.terms import NOBODY, Terms
from cofund.roles.snapshot import EdgeSeat, OfferSeat, OwnerSeat, Snapshot
from cofund.settlement.ledger import Ledger, Offer, Status
from cofund.settlement.state import OwnerAccount


@dataclass(frozen=True, slots=True)
class Seats:
    """All places at one moment; by account, amounts in base units."""

    campaign: Campaign
    standing: Standing
    owners: dict[str, OwnerSeat]
    offers: dict[str, OfferSeat]
    edges: tuple[EdgeSeat, ...]

    def of(self, account: str) -> Snapshot:
        """What one account has at stake."""
        ledger = self.campaign.ledger
        mine = {edge.index for edge in self.edges if edge.operator == account}
        relayed = tuple(offer for offer in self.offers.values() if offer.relayed_by in mine) if mine else ()
        return Snapshot(
            campaign=ledger.address,
            account=account,
            standing=self.standing,
            status=str(ledger.status),
            credit=ledger.credit[account],
            owner=self.owners.get(account),
            offer=self.offers.get(account),
            edges=self.edges,
            training_end=ledger.training_end,
            recorded_at=ledger.recorded_at.get(ledger.rounds_done, 0),
            released=any(ledger.release_root),
            halted=ledger.halted,
            relayed=relayed,
        )

    def returnable(self) -> frozenset[str]:
        """Clients whose bond ``return_bonds`` gives back now, whoever gets it."""
        seen = self.of(NOBODY)
        return frozenset(client for client, offer in self.offers.items() if seen.returns_bond(offer))

    def accounts(self) -> list[str]:
        """Whoever has a role."""
        ledger = self.campaign.ledger
        roles = (ledger.terms.sponsor, ledger.terms.coordinator, ledger.initiator)
        offices = [account for account in roles if account != NOBODY]
        return list(dict.fromkeys([*self.owners, *self.offers, *(edge.operator for edge in self.edges), *offices]))


def seats_of(campaign: Campaign) -> Seats:
    """From the books."""
    ledger = campaign.ledger
    return Seats(
        campaign=campaign,
        standing=_standing(campaign),
        owners={owner.account: _owner(owner) for owner in ledger.owners},
        offers={offer.client: _offer(ledger, at, offer) for at, offer in enumerate(ledger.offers)},
        edges=tuple(_edge(ledger, at) for at in range(len(ledger.edges))),
    )


def _standing(campaign: Campaign) -> Standing:
    """Where the campaign stands, as far as a next step depends on it."""
    ledger, (phase, until) = campaign.ledger, campaign.phase
    return Standing(
        now=campaign.now,
        phase=phase,
        until=until,
        terms=_as_on_chain(ledger.terms, ledger.initiator),
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
        open_to_anyone=[] if ledger.unclosable(campaign.now) else ["close"],
    )


def _as_on_chain(terms: Terms, initiator: str) -> dict[str, Any]:
    """The names and units that the contract has."""
    names = (
        *("coordinator", "sponsor", "underwritten", "match", "commit_end", "reveal_end", "settle_end", "tick"),
        *("cohort", "min_cohort", "coordinator_fee", "goal", "tolerance", "listed_owners", "digest"),
        *("owner_bond", "client_bond", "edge_bond", "coordinator_bond"),
    )
    windows = {name: getattr(terms, f"{name}_s") for name in ("round_limit", "veto_window", "delivery_window")}
    counted = {"ceiling": terms.ceiling // terms.tick, "rounds": len(terms.quality), "initiator": initiator}
    return {name: getattr(terms, name) for name in names} | windows | counted


def _owner(owner: OwnerAccount) -> OwnerSeat:
    return OwnerSeat(owner.owed, owner.bid is not None, owner.bid or 0, owner.level, owner.charge)


def _offer(ledger: Ledger, position: int, offer: Offer) -> OfferSeat:
    opened, terms = offer.cost is not None, ledger.terms
    fee, beyond = terms.edges[offer.edge].fee // terms.tick, terms.ceiling // terms.tick + 1
    return OfferSeat(
        position=position,
        relayed_by=offer.poster,
        opened=opened,
        bond_settled=not offer.bond_held,
        edge=offer.edge if opened else None,
        amount=min(min(offer.cost, beyond) + fee, beyond) if offer.cost is not None else None,  # more cannot win
        wins=offer.winner and ledger.status in {Status.TRAINING, Status.CLOSED},
        paid_rounds=offer.paid_rounds,
        paid=offer.paid,
    )


def _edge(ledger: Ledger, at: int) -> EdgeSeat:
    fixed, state = ledger.terms.edges[at], ledger.edges[at]
    counts = (state.winners, state.up_to_round, state.delivered, state.claimed, state.fee_rounds)
    return EdgeSeat(at, fixed.operator, fixed.fee, state.bonded, *counts)
