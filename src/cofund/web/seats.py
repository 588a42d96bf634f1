"""Everybody's place in a campaign, in the form that ``roles.next_actions`` looks at, from the books."""

from collections.abc import Iterator
from dataclasses import dataclass

from cofund.campaign.campaign import Campaign
from cofund.campaign.seat import Seat, seats_of
from cofund.market.terms import NOBODY


@dataclass(frozen=True, slots=True)
class Seats:
    """All places at one moment."""

    campaign: Campaign

    def of(self, account: str) -> Seat:
        """What one account has at stake."""
        return self.campaign.seat(account)

    def everybody(self) -> Iterator[Seat]:
        """What everybody has at stake who has a role."""
        return seats_of(self.campaign.ledger, self.campaign.now, self.accounts(), self.campaign.place.block)

    def returnable(self) -> frozenset[str]:
        """Clients whose bond ``return_bonds`` gives back now, whoever gets it."""
        nobodys = self.of(NOBODY)
        return frozenset(offer.client for offer in self.campaign.ledger.offers if nobodys.returns_bond(offer))

    def accounts(self) -> list[str]:
        """Whoever has a role."""
        ledger = self.campaign.ledger
        roles = (ledger.terms.sponsor, ledger.terms.coordinator, ledger.initiator)
        bidders, clients = [owner.account for owner in ledger.owners], [offer.client for offer in ledger.offers]
        operators = [edge.operator for edge in ledger.terms.edges]
        return list(dict.fromkeys([*bidders, *clients, *operators, *(role for role in roles if role != NOBODY)]))
