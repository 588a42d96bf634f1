"""Sending transactions: own nonces, fees with a ceiling, replacement of what is stuck, and never two for one purpose.

A transaction is signed once for its purpose and written down before it is sent. Whatever happens then, the same bytes
are sent again, or the same call with the same nonce at a higher fee: of all attempts the chain takes one. Receipts and
the account's transaction count decide what became of it, not the words of an error. Only when the chain shows that
something else has its nonce can it never be mined, and the call may be signed anew.
"""

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from eth_utils.address import to_checksum_address
from eth_utils.conversions import to_hex

from cofund.chain.fees import GWEI, Fees, raised, suggested
from cofund.chain.journal import Intent, Journal, Mined
from cofund.chain.refusals import is_known, is_nonce_too_low, is_too_cheap, understanding
from cofund.chain.shapes import same
from cofund.errors import CofundError, NodeError, words_about

if TYPE_CHECKING:
    from collections.abc import Callable

    from eth_account.signers.local import LocalAccount

    from cofund.chain.provider import Provider, Question

GAS_LIMIT: Final = 16_777_216  # a transaction's limit by EIP-7825
SHORTEST_POLL_S: Final = 0.05
LONGEST_POLL_S: Final = 1.0
SEND_AGAIN_S: Final = 5.0
"""A node may forget what waits, or drop the block that it was in."""
USED_S: Final = 30.0
"""How long a used nonce must be without a receipt of ours, seconds, where the node cannot tell who used it."""


MOST_BEFORE: Final = 64


class NonceUsed(NodeError):
    """Something else was mined with the nonce of what was signed: that can never be mined any more."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """What an account wants done.

    Args:
        account: signs and pays.
        to: contract, or None to create one.
        data: calldata or creation code, hex.
        note: what it is for, in a few words.
        gas: its limit; None to ask the node for one.
    """

    account: "LocalAccount"
    to: str | None
    data: str
    note: str
    gas: int | None = None

    def is_signed_as(self, intent: Intent) -> bool:
        """Whether ``intent`` is this very call of this account."""
        signed = intent.signed
        to = to_checksum_address(self.to) if self.to else ""
        return (signed.sender, signed.to, to_hex(signed.data)) == (self.account.address, to, self.data)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, seconds: before a transaction is sent at a higher fee, and before giving up."""

    replace_after_s: float = 60.0
    give_up_after_s: float = 900.0


def signed_call(intent: Intent, account: "LocalAccount") -> Transaction:
    """What an account signed."""
    signed = intent.signed
    return Transaction(account, signed.to or None, to_hex(signed.data), intent.note)


class Sender:
    """Signs, sends and waits, with a journal."""

    def __init__(
        self, provider: "Provider", chain_id: int, journal: Journal, ceiling_wei: int, patience: Patience
    ) -> None:
        self.provider, self.chain_id, self.journal = provider, chain_id, journal
        self.ceiling_wei, self.patience = ceiling_wei, patience
        self.nonces: dict[str, int] = {}
        self.turn: Callable[[], AbstractContextManager[Any]] = nullcontext
        """Held from the choice of a nonce until the node has what was signed with it."""

    def look_up_nonce(self, address: str) -> int:
        """The first nonce that neither the chain, nor its waiting transactions, nor this journal, nor we have used.

        A node may take a while to count what it was just given, so we count too.
        """
        asked: list[Question] = [("eth_getTransactionCount", [address, at]) for at in ("latest", "pending")]
        mined, waiting = self.provider.ask_all(asked, keep_refusals=True)
        counts = [int(mined, 16) if isinstance(mined, str) else self.count(address)]
        counts += [int(waiting, 16)] if isinstance(waiting, str) else []  # some nodes do not tell
        self.nonces[address] = max([self.nonces.get(address, 0), *counts, *self._open_nonces(address)])
        return self.nonces[address]

    def sign(self, transaction: Transaction, gas: int, fees: Fees) -> int:
        """Sign a transaction with the nonce that was looked up and write it down; its place in the journal."""
        nonce = self.nonces[transaction.account.address]
        slot = self.journal.intend(self._signed(transaction, nonce, gas, fees))
        self.nonces[transaction.account.address] = nonce + 1
        return slot

    def sign_anew(self, slot: int, transaction: Transaction, gas: int, fees: Fees) -> None:
        """Sign a transaction whose nonce was used by something else with another one."""
        nonce = self.nonces[transaction.account.address]
        self.journal.replace(slot, self._signed(transaction, nonce, gas, fees))
        self.nonces[transaction.account.address] = nonce + 1

    def hand_over(self, intent: Intent) -> None:
        """Give the node a signed transaction; that it has it already, or had it before, is as good.

        Raises:
            CofundError: if the node does not take it, and its nonce is still free.
        """
        try:
            with understanding():
                self.provider.ask("eth_sendRawTransaction", intent.raw)
        except CofundError as error:
            account, nonce = intent.signed.sender, intent.signed.nonce
            taken = is_known(error) or is_too_cheap(error) or is_nonce_too_low(error)
            if taken or self.count(account) > nonce:
                return  # ``wait`` finds out what was mined
            raise type(error)(words_about(intent.note, error)) from error

    def wait(self, slot: int, transaction: Transaction) -> Mined:
        """The receipt of whichever attempt is mined; a higher fee from time to time if none is.

        Raises:
            NonceUsed: if something else was mined with its nonce.
            NodeError: if nothing was mined in time.
        """
        start, poll = time.monotonic(), SHORTEST_POLL_S
        renewed, handed, used = start, start, 0.0
        while (mined := self._receipt(slot)) is None:
            now = time.monotonic()
            if now - start > self.patience.give_up_after_s:
                raise NodeError(self._gave_up(transaction))
            used = (used or now) if self._nonce_is_used(slot) else 0.0
            if used and self._is_lost(slot, now - used):
                raise NonceUsed(f"{transaction.note}: something else was sent with the nonce that it was signed with")
            if now - renewed > self.patience.replace_after_s and not used:
                self._renew(slot, transaction)
                renewed = now
            if now - handed > SEND_AGAIN_S and not used:
                self._send_again(slot)
                handed = now
            time.sleep(poll)
            poll = min(LONGEST_POLL_S, 2 * poll)
        self.journal.settle(mined)
        return mined

    def _send_again(self, slot: int) -> None:
        """Hand over the same bytes, and whatever of ours has to come before them and is in no block any more."""
        last = self.journal.intents[slot].signed
        count = self.count(last.sender)
        for intent in self.journal.intents[max(0, slot - MOST_BEFORE) : slot + 1]:
            if intent.signed.sender == last.sender and count <= intent.signed.nonce <= last.nonce:
                self.hand_over(intent)

    def _nonce_is_used(self, slot: int) -> bool:
        signed = self.journal.intents[slot].signed
        return self.count(signed.sender) > signed.nonce

    def _is_lost(self, slot: int, used_s: float) -> bool:
        """Whether a used nonce is not that of an attempt of ours whose receipt comes late."""
        signed = self.journal.intents[slot].signed
        other = transaction_with(self, signed.sender, signed.nonce)
        if other is None:
            return used_s > USED_S
        return other not in {intent.hash for intent in self.journal.attempts[slot]}

    def count(self, address: str, block: str = "latest") -> int:
        """Transactions of an account that are in blocks, up to one."""
        with understanding():
            return int(self.provider.ask("eth_getTransactionCount", address, block), 16)

    def _renew(self, slot: int, transaction: Transaction) -> None:
        """Send what is stuck again, and if fees rose, the same call with the same nonce at a higher fee."""
        intent = self.journal.intents[slot]
        self.hand_over(intent)
        before = intent.signed
        higher = raised(before.fees, suggested(self.provider, self.ceiling_wei), self.ceiling_wei)
        if higher is not None and self._receipt(slot) is None:
            again = self._signed(transaction, before.nonce, before.gas, higher)
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
            receipt = receipt_of(self.provider, intent.hash)
            if receipt is not None:
                return mined_from(self.provider, receipt)
        return None

    def _gave_up(self, transaction: Transaction) -> str:
        limit = f"{self.patience.give_up_after_s:.0f} s, at up to {self.ceiling_wei / GWEI:.2f} gwei"
        return f"{transaction.note}: not in a block after {limit}; the same command goes on waiting"

    def _open_nonces(self, address: str) -> list[int]:
        """Nonces after those that the journal has signed for an account and nobody has answered."""
        waiting = [self.journal.intents[slot].signed for slot in self.journal.open()]
        return [signed.nonce + 1 for signed in waiting if signed.sender == address]


def receipt_of(provider: "Provider", transaction_hash: str) -> Any:
    """A receipt, or None as long as the transaction is in no block.

    Raises:
        NodeError: if the node does not answer.
    """
    try:
        with understanding():
            return provider.ask("eth_getTransactionReceipt", transaction_hash)
    except CofundError as error:
        if "indexing" in str(error):  # geth, while it starts
            return None
        raise


def mined_from(provider: "Provider", receipt: Any) -> Mined | None:
    """A receipt with the time of its block; None if the block was dropped a moment ago."""
    with understanding():
        block = provider.ask("eth_getBlockByHash", receipt["blockHash"], False)
    if block is None:
        return None
    number, used, status = (int(receipt[name], 16) for name in ("blockNumber", "gasUsed", "status"))
    return Mined(receipt["transactionHash"].lower(), number, int(block["timestamp"], 16), used, status)


def transaction_with(sender: Sender, account: str, nonce: int) -> str | None:
    """Hash of the mined transaction of an account with a nonce; None if the node does not know so old a state."""
    try:
        block = hex(_block_that_counts(sender, account, nonce))
        found = sender.provider.ask("eth_getBlockByNumber", block, True)
    except CofundError:
        return None
    sent = [] if found is None else found["transactions"]
    hashes = [one["hash"].lower() for one in sent if same(one["from"], account) and int(one["nonce"], 16) == nonce]
    return hashes[0] if hashes else None


def _block_that_counts(sender: Sender, account: str, nonce: int) -> int:
    """Number of the block that made the account's count pass ``nonce``: backwards in doubled steps, then halving."""
    high = int(sender.provider.ask("eth_blockNumber"), 16)
    step = 1
    while high - step >= 0 and sender.count(account, hex(high - step)) > nonce:
        high, step = high - step, 2 * step
    low = max(-1, high - step)  # below ``high`` the count has not passed it yet
    while high - low > 1:
        middle = (low + high) // 2
        if sender.count(account, hex(middle)) > nonce:
            high = middle
        else:
            low = middle
    return high
