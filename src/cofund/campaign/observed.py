"""The books of a campaign and how they came about: from the transactions that logged something in it.

The events are all that the books need (``books.py``). A transaction that called the campaign or its books itself is
besides held against what it logged (``called.py``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from cofund.campaign.called import call_of, check_call, proofs_of, signed_by_key
from cofund.campaign.sealed_events import applying
from cofund.chain.contract import DecodedCall
from cofund.chain.signed import opened
from cofund.chain.trail import CampaignTransaction
from cofund.errors import CheckFailed, CofundError
from cofund.settlement.ledger import Ledger


@dataclass(slots=True)
class Observed:
    """Books and how they came about.

    Args:
        ledger: the integer model.
        through: hashes of transactions that reached the campaign through another contract.
        by_contracts: accounts whose signatures over deliveries are not those of a key, with the transaction's hash:
            only a contract can have signed so.
        unsigned: whether to believe a development node of transactions that nobody signed.
    """

    ledger: Ledger
    through: list[str] = field(default_factory=list)
    by_contracts: list[tuple[str, str]] = field(default_factory=list)
    unsigned: bool = False

    def copy(self) -> "Observed":
        """The same, to go on from here without changing it."""
        through, by_contracts = list(self.through), list(self.by_contracts)
        return replace(self, ledger=self.ledger.copy(), through=through, by_contracts=by_contracts)

    def follow(self, seen: CampaignTransaction) -> None:
        """One transaction.

        Raises:
            CheckFailed: naming it, if the model refuses it or its events are not what it did.
        """
        try:
            self._follow(seen)
        except (CofundError, LookupError, ValueError, TypeError, ArithmeticError) as error:
            what = str(error) if isinstance(error, CofundError) else f"{type(error).__name__} {error}"
            raise CheckFailed(f"transaction {seen.hash}: {what}") from error

    def _follow(self, seen: CampaignTransaction) -> None:
        signed, ledger = opened(seen.raw, unsigned=self.unsigned), self.ledger
        if signed.chain_id not in {None, ledger.chain_id}:
            raise CheckFailed(f"signed for chain {signed.chain_id}, not {ledger.chain_id}")
        call = call_of(signed, ledger)
        if call is not None:
            check_call(ledger, call, signed.data, seen.events)
            self._note_signature(call, seen)
        elif seen.events:
            self.through.append(seen.hash)
        applying(ledger, seen.timestamp, proofs_of(call)).apply(seen.events)

    def _note_signature(self, call: DecodedCall, seen: CampaignTransaction) -> None:
        if call.function == "post_deliveries" and not signed_by_key(self.ledger, call, seen.timestamp):
            self.by_contracts.append((self.ledger.signer(seen.timestamp, call.arguments["edge"]), seen.hash))


def observe(ledger: Ledger, seen: Iterable[CampaignTransaction]) -> Observed:
    """Keep books, new ones, from everything that was seen.

    Raises:
        CheckFailed: naming the first transaction that does not fit.
    """
    books = Observed(ledger)
    for entry in seen:
        books.follow(entry)
    return books
