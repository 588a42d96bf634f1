"""An integer model of the campaign contract: the same calls, the same refusals, the same money to the unit.

The contract checks a certificate in one pass; this model clears the market anew (mechanism.md, 2, 3a and 3b) and
accepts only the certificate it finds itself, so that agreement of the two is evidence for both. Times are seconds since
the epoch and passed in; amounts are base units. Each file of this package adds the calls of one phase of a campaign:
``committing``, ``clearing``, ``recording``, ``claiming``, ``closing`` and, last, the calls that end it all.
"""

from collections.abc import Sequence
from dataclasses import replace

from cofund.settlement.claiming import delivery_leaf
from cofund.settlement.closing import Closing
from cofund.settlement.commitments import SealedOffer
from cofund.settlement.deadlines import BondRule, Status
from cofund.settlement.state import Movements, Offer, require

__all__ = ["Ledger", "Offer", "SealedOffer", "Status", "delivery_leaf"]


class Ledger(Closing):
    """The books of one campaign; see ``Books`` for what is in them."""

    __slots__ = ()

    def withdraw(self, accounts: Sequence[str]) -> None:
        """Pay accounts what is theirs; who has nothing to get, or whom the token refuses, is passed over."""
        everybody = self.owed()
        owed = {account: everybody[account] for account in accounts}
        payable = {account for account, amount in owed.items() if amount and account not in self.refused_by_token}
        require(bool(payable) or not any(owed.values()), "payment: token refused")
        for owner in self.owners:
            owner.owed = 0 if owner.account in owed and self.status != Status.OPEN else owner.owed
        for account, amount in owed.items():
            self.credit.pop(account, 0)
            self.pay(account, amount)

    def return_bonds(self, now: int, clients: Sequence[str]) -> None:
        """Return bonds that no claim settles; those that are settled or forfeited are passed over, one must not be.

        All after a cancellation, else those of opened offers that lost. A winner's bond comes back if its edge never
        signed, and is lost if the edge signed and nobody ever showed what the client delivered.
        """
        require(self.status != Status.OPEN, "bond: not settled yet")
        offers, moved, forfeited = dict[str, Offer](), Movements(), False
        for client in clients:
            require(client in self.positions, "bond: unknown client")
            offer = replace(self.offers[self.positions[client]])
            held = offer.bond_held and client not in offers
            if held and self.still_bonded(offer):
                moved.settle_bond(self, offer, kept=self._keeps_bond(now, offer))
                offers[client] = offer
            forfeited |= held and client not in offers
        require(bool(offers), "bond: forfeited" if forfeited else "bond: nothing held")
        moved.book(self, offers.values())

    def _keeps_bond(self, now: int, offer: Offer) -> bool:
        found = self.unclaimed_bond(offer, now)
        require(found != BondRule.WAITS, "bond: may still be claimed")
        return found == BondRule.RETURNS
