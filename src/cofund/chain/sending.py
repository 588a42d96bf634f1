"""Sending transactions: own nonces, fees with a ceiling, replacement of what is stuck, and never two for one purpose.

A transaction is signed once for its purpose and written down before it is sent. Whatever happens then, the same bytes
are sent again, or the same call with the same nonce at a higher fee: of all attempts the chain takes one.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils.conversions import to_hex
from hexbytes import HexBytes

from cofund.chain.fees import GWEI, Fees, raised, suggested
from cofund.chain.journal import Intent, Journal, Mined
from cofund.chain.refusals import is_known, is_nonce_too_low, is_too_cheap, understood
from cofund.errors import NodeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from eth_account.signers.local import LocalAccount
    from web3 import Web3

SHORTEST_POLL_S: Final = 0.05
LONGEST_POLL_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Transaction:
    """What an account wants done.

    Args:
        account: signs and pays.
        to: contract, or None to create one.
        data: calldata or creation code, hex.
        note: what it is for, in a few words.
    """

    account: "LocalAccount"
    to: str | None
    data: str
    note: str

    def is_signed_as(self, intent: Intent) -> bool:
        """Whether ``intent`` is this very call of this account."""
        signed = fields_of(intent.raw)
        recipient = HexBytes(signed["to"]) if signed["to"] else None
        before = (Account.recover_transaction(intent.raw), recipient, HexBytes(signed["data"]))
        return before == (self.account.address, HexBytes(self.to) if self.to else None, HexBytes(self.data))


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, seconds: before a transaction is sent at a higher fee, and before giving up."""

    replace_after_s: float = 60.0
    give_up_after_s: float = 900.0


def fields_of(raw: str) -> dict[str, Any]:
    """Fields of a signed transaction."""
    return dict(TypedTransaction.from_bytes(HexBytes(raw)).as_dict())


def signed_by(raw: str) -> tuple[str, int]:
    """Account and nonce of a signed transaction."""
    return str(Account.recover_transaction(raw)), int(fields_of(raw)["nonce"])


class Sender:
    """Signs, sends and waits, with a journal."""

    def __init__(self, web3: "Web3", chain_id: int, journal: Journal, ceiling_wei: int, patience: Patience) -> None:
        self.web3, self.chain_id, self.journal = web3, chain_id, journal
        self.ceiling_wei, self.patience = ceiling_wei, patience
        self.nonces: dict[str, int] = {}

    def look_up_nonce(self, address: str) -> int:
        """The first nonce that neither the chain, nor its waiting transactions, nor this journal, nor we have used.

        A node may take a while to count what it was just given, so we count too.
        """
        counts = [self.web3.eth.get_transaction_count(address, when) for when in ("latest", "pending")]  # type: ignore[arg-type]
        self.nonces[address] = max([self.nonces.get(address, 0), *counts, *self._open_nonces(address)])
        return self.nonces[address]

    def sign(self, transaction: Transaction, gas: int, fees: Fees) -> int:
        """Sign a transaction with the nonce that was looked up and write it down; its place in the journal."""
        nonce = self.nonces[transaction.account.address]
        slot = self.journal.intend(self._signed(transaction, nonce, gas, fees))
        self.nonces[transaction.account.address] = nonce + 1
        return slot

    def hand_over(self, intent: Intent) -> None:
        """Give the node a signed transaction; that it has it already is as good.

        Raises:
            NodeError: if its nonce was used by something that is not in the journal.
        """
        try:
            self.web3.eth.send_raw_transaction(HexBytes(intent.raw))
        except Exception as error:
            if not is_known(error) and not is_too_cheap(error) and not self._is_mined(intent, error):
                raise self._named(intent, error) from error

    def wait(self, slot: int, transaction: Transaction) -> Mined:
        """The receipt of whichever attempt is mined; a higher fee from time to time if none is.

        Raises:
            NodeError: if nothing was mined in time.
        """
        start, poll = time.monotonic(), SHORTEST_POLL_S
        renewed = start
        while (mined := self._receipt(slot)) is None:
            now = time.monotonic()
            if now - start > self.patience.give_up_after_s:
                raise NodeError(self._gave_up(transaction))
            if now - renewed > self.patience.replace_after_s:
                self._renew(slot, transaction)
                renewed = now
            time.sleep(poll)
            poll = min(LONGEST_POLL_S, 2 * poll)
        self.journal.settle(mined)
        return mined

    def _renew(self, slot: int, transaction: Transaction) -> None:
        """Send what is stuck again, and if fees rose, the same call with the same nonce at a higher fee."""
        intent = self.journal.intents[slot]
        self.hand_over(intent)
        before = fields_of(intent.raw)
        fees = Fees(int(before["maxFeePerGas"]), int(before["maxPriorityFeePerGas"]))
        higher = raised(fees, suggested(self.web3, self.ceiling_wei), self.ceiling_wei)
        if higher is not None and self._receipt(slot) is None:
            again = self._signed(transaction, int(before["nonce"]), int(before["gas"]), higher)
            self.journal.replace(slot, again)
            self.hand_over(again)

    def _signed(self, transaction: Transaction, nonce: int, gas: int, fees: Fees) -> Intent:
        fields: dict[str, Any] = {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": nonce,
            "gas": gas,
            "maxFeePerGas": fees.most,
            "maxPriorityFeePerGas": fees.tip,
            "value": 0,
            "data": transaction.data,
        } | ({"to": transaction.to} if transaction.to else {})
        return Intent(transaction.note, to_hex(transaction.account.sign_transaction(fields).raw_transaction))

    def _receipt(self, slot: int) -> Mined | None:
        for intent in self.journal.attempts[slot]:
            receipt = receipt_of(self.web3, intent.hash)
            if receipt is not None:
                return mined_from(self.web3, receipt)
        return None

    def _is_mined(self, intent: Intent, error: Exception) -> bool:
        """Whether the nonce is too low because an attempt at this very transaction was mined."""
        slots = [slot for slot, attempts in enumerate(self.journal.attempts) if intent in attempts]
        return is_nonce_too_low(error) and any(self._receipt(slot) is not None for slot in slots)

    def _named(self, intent: Intent, error: Exception) -> Exception:
        if not is_nonce_too_low(error):
            meaning = understood(error)
            return type(meaning)(f"{intent.note}: {meaning}")
        where = f"; remove {self.journal.path} to start over" if self.journal.path else ""
        account, nonce = signed_by(intent.raw)
        used = f"another program used nonce {nonce} of {account}, so what was signed can never be mined{where}"
        return NodeError(f"{intent.note}: {used}")

    def _gave_up(self, transaction: Transaction) -> str:
        limit = f"{self.patience.give_up_after_s:.0f} s, at up to {self.ceiling_wei / GWEI:.2f} gwei"
        return f"{transaction.note}: not in a block after {limit}; the same command goes on waiting"

    def _open_nonces(self, address: str) -> list[int]:
        """Nonces after those that the journal has signed for an account and nobody has answered."""
        journal = self.journal
        waiting = [intent.raw for intent, mined in zip(journal.intents, journal.mined, strict=True) if mined is None]
        return [nonce + 1 for account, nonce in map(signed_by, waiting) if account == address]


def receipt_of(web3: "Web3", transaction_hash: str) -> Any:
    """A receipt, or None as long as the transaction is in no block.

    Raises:
        NodeError: if the node does not answer.
    """
    return _unless_missing(lambda: web3.eth.get_transaction_receipt(HexBytes(transaction_hash)))


def mined_from(web3: "Web3", receipt: Any) -> Mined | None:
    """A receipt with the time of its block; None if the block was dropped a moment ago."""
    block = _unless_missing(lambda: web3.eth.get_block(receipt["blockHash"]))
    if block is None:
        return None
    return Mined(
        hash=to_hex(receipt["transactionHash"]),
        block=int(receipt["blockNumber"]),
        timestamp=int(block["timestamp"]),
        gas_used=int(receipt["gasUsed"]),
        status=int(receipt["status"]),
    )


def _unless_missing(ask: "Callable[[], Any]") -> Any:
    try:
        return ask()
    except Exception as error:
        if type(error).__name__ in {"TransactionNotFound", "TransactionIndexingInProgress", "BlockNotFound"}:
            return None
        raise understood(error) from error
