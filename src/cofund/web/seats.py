"""Everybody's place in a campaign as the web reads it: the seats that ``roles.next_actions`` looks at."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

from cofund.campaign.seat import PAYING, Seat
from cofund.market.terms import NOBODY
from cofund.settlement.clock import Status
from cofund.settlement.ledger import Offer
from cofund.settlement.state import EdgeAccount, OwnerAccount

POSITION_BITS: Final = 16
"""The low bits of an offer's ordered number (``chain.contract``, which would bring web3)."""


@dataclass(frozen=True, slots=True)
class Seats:
    """All places at one moment; by account, amounts in base units.

    Attributes:
        nobodys: what is the same for everybody.
        credits: what ``withdraw`` pays, besides an owner's.
        owners, offers: in commit order.
        positions: of the offers.
        seals: commitments by role and account (``seals.seals_of``).
    """

    nobodys: Seat
    credits: dict[str, int]
    owners: dict[str, OwnerAccount]
    offers: dict[str, Offer]
    positions: dict[str, int]
    seals: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, account: str) -> Seat:
        """What one account has at stake."""
        seat = replace(self.nobodys, account=account)
        mine = seat.operated
        return replace(
            seat,
            credit=self.credits.get(account, 0),
            owner=self.owners.get(account),
            offer=self.offers.get(account),
            position=self.positions.get(account),
            relayed=tuple(offer for offer in self.offers.values() if offer.poster in mine) if mine else (),
        )

    def returnable(self) -> frozenset[str]:
        """Clients whose bond ``return_bonds`` gives back now, whoever gets it."""
        return frozenset(client for client, offer in self.offers.items() if self.nobodys.returns_bond(offer))

    def accounts(self) -> list[str]:
        """Whoever has a role."""
        offices = [self.nobodys.office(role) for role in ("sponsor", "coordinator", "initiator")]
        operators = (edge.operator for edge in self.nobodys.terms.edges)
        held = [*self.owners, *self.offers, *operators, *(account for account in offices if account != NOBODY)]
        return list(dict.fromkeys(held))


def owner_seats(owners: list[Any]) -> dict[str, OwnerAccount]:
    """From the contract's ``owner`` views."""
    return {
        state["account"]: OwnerAccount(
            state["account"],
            b"",
            0,
            state["weight"],
            state["owed"],
            state["bid"] if state["opened"] else None,
            bill["level"],
            bill["charge"],
        )
        for state, bill in owners
    }


def offer_seats(
    offers: dict[str, dict[str, Any]], opened: dict[str, dict[str, Any]], edges: list[Any], ceiling: int, status: str
) -> dict[str, Offer]:
    """From the contract's ``offer`` views and the openings logged; ``ceiling`` in ticks."""
    return {
        client: _offer_seat(client, offer, opened.get(client), edges, ceiling, status)
        for client, offer in offers.items()
    }


def _offer_seat(
    client: str, offer: dict[str, Any], opening: dict[str, Any] | None, edges: list[Any], ceiling: int, status: str
) -> Offer:
    """An offer wins if its amount, the edge's fee included, is below its edge's bound."""
    wins, cost = False, None
    if opening is not None:
        fixed, state, _ = edges[opening["edge"]]
        amount = min(opening["cost"] + fixed["fee"], ceiling + 1)  # the contract keeps no more of what cannot win
        wins = Status(status) in PAYING and (amount << POSITION_BITS | offer["position"]) < state["bound"]
        cost = amount - fixed["fee"]
    return Offer(
        client=client,
        commitment=b"",
        poster=offer["poster"] - 1 if offer["poster"] else None,
        edge=opening["edge"] if opening else 0,
        cost=cost,
        winner=wins,
        bond_held=not offer["bond_settled"],
        paid_rounds=offer["paid_rounds"],
        paid=offer["paid"],
    )


def edge_seats(edges: list[Any]) -> tuple[EdgeAccount, ...]:
    """From the contract's ``edge`` views, without prices."""
    names = ("bonded", "stood_in", "winners", "up_to_round", "delivered", "claimed", "fee_rounds")
    return tuple(EdgeAccount(root=root, **{name: state[name] for name in names}) for _, state, root in edges)
