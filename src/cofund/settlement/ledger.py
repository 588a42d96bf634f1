"""An integer model of the campaign contract: the same calls, the same refusals, the same money to the unit.

The contract checks where the winners of every edge end; this model clears the market anew (mechanism.md, 2, 3a and 3b)
and accepts only the winners it finds itself, so that agreement of the two is evidence for both. Times are seconds since
the epoch and passed in; amounts are base units. Each file of this package adds the calls of one phase of a campaign:
``commitments``, ``clearing``, for sealed books ``absence``, ``rounds``, ``claiming``, ``closing``; here are payments.
"""

from collections.abc import Sequence

from cofund.settlement.closing import Closing
from cofund.settlement.deadlines import Status
from cofund.settlement.state import Offer, require

__all__ = ["Ledger", "Offer", "Status"]


class Ledger(Closing):
    """The books of one campaign; see ``State`` for what is in them."""

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
