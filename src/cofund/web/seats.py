"""Everybody's place in a campaign as the web reads it, in the form that ``roles.next_actions`` looks at.

``roles.reading`` reads the same over web3, one account at a time; ``tests/web/test_web_next_steps.py`` compares them.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from cofund.campaign.standing import Standing
from cofund.market.terms import NOBODY
from cofund.roles.snapshot import EdgeSeat, OfferSeat, OwnerSeat, Snapshot

POSITION_BITS: Final = 16
"""The low bits of an offer's ordered number (``chain.contract``, which would bring web3)."""


@dataclass(frozen=True, slots=True)
class Seats:
    """All places at one moment; by account, amounts in base units.

    Attributes:
        campaign: address.
        standing: of the campaign; what no step looks at is left empty.
        status: the contract's.
        credits: what ``withdraw`` pays, besides an owner's.
        owners, offers, edges: as in ``roles.snapshot``.
        training_end, recorded_at, released, halted: as there.
        seals: commitments by role and account (``seals.seals_of``).
    """

    campaign: str
    standing: Standing
    status: str
    credits: dict[str, int]
    owners: dict[str, OwnerSeat]
    offers: dict[str, OfferSeat]
    edges: tuple[EdgeSeat, ...]
    training_end: int
    recorded_at: int
    released: bool
    halted: bool
    seals: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, account: str) -> Snapshot:
        """What one account has at stake."""
        mine = {edge.index for edge in self.edges if edge.operator == account}
        relayed = tuple(offer for offer in self.offers.values() if offer.relayed_by in mine) if mine else ()
        return Snapshot(
            campaign=self.campaign,
            account=account,
            standing=self.standing,
            status=self.status,
            credit=self.credits.get(account, 0),
            owner=self.owners.get(account),
            offer=self.offers.get(account),
            edges=self.edges,
            training_end=self.training_end,
            recorded_at=self.recorded_at,
            released=self.released,
            halted=self.halted,
            relayed=relayed,
        )

    def returnable(self) -> frozenset[str]:
        """Clients whose bond ``return_bonds`` gives back now, whoever gets it."""
        seen = self.of(NOBODY)
        return frozenset(client for client, offer in self.offers.items() if seen.returns_bond(offer))

    def accounts(self) -> list[str]:
        """Whoever has a role."""
        terms = self.standing.terms
        offices = [terms[role] for role in ("sponsor", "coordinator", "initiator") if terms[role] != NOBODY]
        return list(dict.fromkeys([*self.owners, *self.offers, *(edge.operator for edge in self.edges), *offices]))


def owner_seats(owners: list[Any]) -> dict[str, OwnerSeat]:
    """From the contract's ``owner`` views."""
    return {
        state["account"]: OwnerSeat(state["owed"], state["opened"], state["bid"], bill["level"], bill["charge"])
        for state, bill in owners
    }


def offer_seats(
    offers: dict[str, dict[str, Any]], opened: dict[str, dict[str, Any]], edges: list[Any], ceiling: int, status: str
) -> dict[str, OfferSeat]:
    """From the contract's ``offer`` views and the openings logged; ``ceiling`` in ticks."""
    return {client: _offer_seat(offer, opened.get(client), edges, ceiling, status) for client, offer in offers.items()}


def _offer_seat(
    offer: dict[str, Any], opening: dict[str, Any] | None, edges: list[Any], ceiling: int, status: str
) -> OfferSeat:
    """An offer wins if its amount, the edge's fee included, is below its edge's bound."""
    wins, amount = False, None
    if opening is not None:
        fixed, state, _ = edges[opening["edge"]]
        amount = min(opening["cost"] + fixed["fee"], ceiling + 1)  # the contract keeps no more of what cannot win
        wins = status in {"training", "closed"} and (amount << POSITION_BITS | offer["position"]) < state["bound"]
    return OfferSeat(
        position=offer["position"],
        relayed_by=offer["poster"] - 1 if offer["poster"] else None,
        opened=opening is not None,
        bond_settled=offer["bond_settled"],
        edge=opening["edge"] if opening else None,
        amount=amount,
        wins=wins,
        paid_rounds=offer["paid_rounds"],
        paid=offer["paid"],
    )


def edge_seats(edges: list[Any], tick: int) -> tuple[EdgeSeat, ...]:
    """From the contract's ``edge`` views."""
    names = ("bonded", "winners", "up_to_round", "delivered", "claimed", "fee_rounds")
    return tuple(
        EdgeSeat(at, fixed["operator"], fixed["fee"] * tick, **{name: state[name] for name in names})
        for at, (fixed, state, _) in enumerate(edges)
    )
