"""A node: sends signed transactions and waits for them, the same way on the embedded chain and over JSON-RPC."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from eth_utils.address import to_checksum_address
from eth_utils.conversions import to_hex

from cofund.chain.embedded_provider import NOBODY, EmbeddedProvider
from cofund.chain.events import RECENT_BLOCKS
from cofund.chain.fees import CEILING_WEI, GWEI, Fees, suggested
from cofund.chain.journal import Intent, Journal, Mined
from cofund.chain.logs import Log, log_of
from cofund.chain.patience import is_there, looked_again
from cofund.chain.provider import Provider, Question, Refused, at_once
from cofund.chain.refusals import NO_REASON, understanding, understood
from cofund.chain.sending import (
    GAS_LIMIT,
    NonceUsed,
    Patience,
    Sender,
    Transaction,
    mined_from,
    receipt_of,
    signed_call,
)
from cofund.errors import NodeError, Reverted, words_about

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from web3 import Web3

EMBEDDED_FEES: Final = Fees(100 * GWEI, GWEI)
EMBEDDED_BASE_FEE_WEI: Final = 7  # as low as it gets: what any other chain accepted can be executed again
WEI_PER_ACCOUNT: Final = 10**24
START_TIME: Final = 1_767_225_600  # 2026-01-01T00:00:00Z, when the embedded chain's clock starts
EMBEDDED_CHAIN_ID: Final = 424_242
DEVELOPMENT: Final = ("anvil", "hardhatnetwork")
"""What the clients' names begin with whose clock can be set and who give coins."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last block of a chain; its time and the earliest that the next one can have, seconds since the epoch."""

    number: int
    hash: str
    timestamp: int
    following: int


class Node:
    """A connection to a chain, with its own nonces and a journal.

    Args:
        provider: where its questions go.
        journal: answers for transactions sent by an earlier run of the same program.
        ceiling_wei: most that a transaction may offer per gas.
        patience: how long to wait for a transaction.
    """

    tried_at: ClassVar[Literal["latest", "pending"]] = "latest"
    """The block in which a call is tried; of the time that ``now`` tells."""

    def __init__(
        self,
        provider: Provider,
        chain_id: int,
        journal: Journal,
        ceiling_wei: int = CEILING_WEI,
        patience: Patience = Patience(),  # noqa: B008 - frozen
    ) -> None:
        self.provider, self.chain_id = provider, chain_id
        self.sender = Sender(provider, chain_id, journal, ceiling_wei, patience)
        self.answered = 0

    @property
    def journal(self) -> Journal:
        """Of what was sent."""
        return self.sender.journal

    @cached_property
    def web3(self) -> "Web3":
        """The same connection for whoever likes web3; nothing here needs it."""
        from web3 import Web3  # noqa: PLC0415 - 1.5 s of imports

        from cofund.chain.transport import web3_provider  # noqa: PLC0415

        return Web3(web3_provider(self.provider))

    def ask(self, method: str, *params: Any) -> Any:
        """One answer.

        Raises:
            CofundError: what the node refuses, in our words.
        """
        with understanding():
            return self.provider.ask(method, *params)

    def go_on_with(self, journal: Journal) -> None:
        """Take over what an earlier run has sent: none of it is sent twice.

        Raises:
            NodeError: if the journal is of another chain.
        """
        if any(intent.signed.chain_id != self.chain_id for intent in journal.intents[:1]):
            here = f"the journal is of another chain than {self.chain_id}; start in a new folder"
            raise NodeError(f"{self.provider.name}: {here}")
        self.sender.journal = journal
        self.check_journal()

    def send(self, account: "LocalAccount", to: str | None, data: str, note: str, gas: int | None = None) -> Mined:
        """Sign, write down, send and wait for one transaction.

        Args:
            account: signs and pays.
            to: contract, or None to create one.
            data: calldata or creation code, hex.
            note: what it is for, in a few words.
            gas: its limit; None to ask the node for one.

        Raises:
            Reverted: with the contract's own sentence.
            NodeError: if no receipt arrives in time.
        """
        return self.send_all([Transaction(account, to, data, note, gas)])[0]

    def send_all(self, transactions: Sequence[Transaction]) -> list[Mined]:
        """Send transactions that do not depend on each other, and wait for all of them.

        Raises:
            Reverted: with the contract's own sentence for the first that failed, once all are in blocks.
            NodeError: if a receipt does not arrive in time.
        """
        with self.sender.turn():
            slots = self._slots(transactions)
            self._submit_all([slot for slot in slots if self.journal.mined[slot] is None])
        outcomes = [
            self.journal.mined[slot] or self._wait(slot, wanted)
            for slot, wanted in zip(slots, transactions, strict=True)
        ]
        self.answered += len(slots)
        for mined, wanted in zip(outcomes, transactions, strict=True):
            if mined.status == 0:
                raise Reverted(words_about(wanted.note, self._reason(wanted, mined)))
        return outcomes

    def call(self, to: str, data: str, sender: str | None = None, block: int | str = "latest") -> bytes:
        """Result of a call that changes nothing."""
        (found,) = self.calls(to, [data], block, sender)
        if isinstance(found, Reverted):
            raise found
        return found

    def calls(
        self, to: str, data: Sequence[str], block: int | str = "latest", sender: str | None = None
    ) -> list[bytes | Reverted]:
        """Results of several such calls, asked together; a refusal of the contract stands in its result's place."""
        at = _name_of(block)
        common = {"to": to, "from": sender or NOBODY, "gas": hex(GAS_LIMIT)}
        asked: list[Question] = [("eth_call", [common | {"data": each}, at]) for each in data]
        return [_result(answer) for answer in self.provider.ask_all(asked, keep_refusals=True)]

    def storage(self, address: str, slots: Sequence[int], block: int | str = "latest") -> list[int]:
        """Words of a contract's storage, asked together."""
        at = _name_of(block)
        asked: list[Question] = [("eth_getStorageAt", [address, hex(slot), at]) for slot in slots]
        return [int(answer, 16) for answer in self.provider.ask_all(asked)]

    def sent(self) -> list[tuple[Intent, Mined]]:
        """Every transaction this program has sent, earlier runs of it included, in order."""
        pairs = zip(self.journal.intents[: self.answered], self.journal.mined, strict=False)
        return [(intent, mined) for intent, mined in pairs if mined is not None]

    def now(self) -> int:
        """Earliest timestamp that the next block can have."""
        return self._latest_timestamp() + 1

    def head(self) -> Head:
        """The last block, which is not before any in which something of the journal was mined.

        Raises:
            NodeError: if the node has fallen behind what it told before.
        """
        least = self.journal.last_block
        found = looked_again(self._last, lambda head: head.number >= least)
        if found.number < least:
            raise NodeError(f"the node does not have block {least}, of which it told before: it lags behind")
        return found

    def is_on_chain(self, head: Head) -> bool:
        """Whether a block is on the chain still."""
        found = looked_again(lambda: self._block(head.number), is_there)
        return found is not None and _head(found).hash == head.hash

    def advance_to(self, timestamp: int) -> None:
        """Wait until the chain's clock has reached ``timestamp``."""
        while self._latest_timestamp() < timestamp:
            time.sleep(0.5)

    def created(self, mined: Mined) -> str:
        """Address of the contract that a transaction created."""
        return str(to_checksum_address(self.receipt(mined.hash)["contractAddress"]))

    def logs(self, hash_: str, *contracts: str) -> list[Log]:
        """What contracts logged in a transaction that is in a block."""
        return [log_of(log) for log in self.receipt(hash_)["logs"] if to_checksum_address(log["address"]) in contracts]

    def code(self, address: str) -> bytes:
        """Deployed code of a contract; empty if there is none, which a node that lags may say at first."""
        return self.codes([address])[0]

    def codes(self, addresses: Sequence[str]) -> list[bytes]:
        """The same of several, asked together."""
        known = dict.fromkeys(addresses, "0x")

        def look() -> bool:
            missing = [address for address, code in known.items() if code == "0x"]
            asked: list[Question] = [("eth_getCode", [address, "latest"]) for address in missing]
            with understanding():
                known.update(zip(missing, self.provider.ask_all(asked), strict=True))
            return "0x" not in known.values()

        looked_again(look, bool)
        return [bytes.fromhex(known[address][2:]) for address in addresses]

    def transaction(self, hash_: str) -> Any:
        """A transaction in a block or on its way there, as the node tells it.

        Raises:
            NodeError: if the node does not have it.
        """
        found = looked_again(lambda: self.ask("eth_getTransactionByHash", hash_), is_there)
        if found is None:
            raise NodeError(f"transaction {hash_}: the node does not have it")
        return found

    def receipt(self, hash_: str) -> Any:
        """The receipt of a transaction that is in a block, as the node tells it.

        Raises:
            NodeError: if the node does not have it.
        """
        found = looked_again(lambda: receipt_of(self.provider, hash_), is_there)
        if found is None:
            raise NodeError(f"transaction {hash_}: the node has no receipt of it, or its block was dropped; try again")
        return found

    def outcome(self, hash_: str) -> Mined | None:
        """What became of a transaction; None if the chain does not know it, or not any more."""

        def look() -> Mined | None:
            receipt = receipt_of(self.provider, hash_)
            return None if receipt is None else mined_from(self.provider, receipt)

        return looked_again(look, is_there)

    def block_number(self) -> int:
        """Of the last block."""
        return int(self.ask("eth_blockNumber"), 16)

    def fees(self) -> Fees:
        """What the next transaction should offer."""
        return suggested(self.provider, self.sender.ceiling_wei)

    def gas(self, account: str, to: str | None, data: str) -> int:
        """Gas limit for a transaction: a quarter more than the node's estimate, at most a transaction's limit.

        Raises:
            Reverted: if it would fail, with the contract's own sentence.
        """
        transaction: Any = {"from": account, "data": data} | ({"to": to} if to else {})

        def estimate() -> int:
            return int(self.ask("eth_estimateGas", transaction, self.tried_at), 16)

        try:
            needed = estimate()
        except Reverted:
            needed = estimate()  # a backend that lags behind refuses what the next one takes
        return min(GAS_LIMIT, needed * 5 // 4)

    def check_journal(self) -> None:
        """Forget answers that the chain does not know any more: a node lost its last blocks, or they were dropped.

        What was signed is then sent again as it is.

        Raises:
            NodeError: if that is impossible, because the chain never came that far: it is another one.
        """
        lowest: dict[str, int] = {}
        answers = [(slot, mined) for slot, mined in enumerate(self.journal.mined) if mined is not None]
        recent = self.block_number() - RECENT_BLOCKS if answers else 0
        for slot, mined in reversed(answers):
            again = self.outcome(mined.hash)
            if again is None:
                self.journal.forget(slot)
                signed = self.journal.intents[slot].signed
                lowest[signed.sender] = signed.nonce  # the last one seen is the first one signed
            elif again != mined:
                self.journal.settle(again)
            if again is not None and mined.block < recent:
                break
        for account, nonce in lowest.items():
            if looked_again(lambda: self.sender.count(account), nonce.__le__) < nonce:  # noqa: B023
                raise NodeError("this chain does not know the transactions in the journal; start in a new folder")

    def _slots(self, transactions: Sequence[Transaction]) -> list[int]:
        """Places in the journal: of what was signed by an earlier run, then of what is signed now."""
        old = min(len(transactions), len(self.journal.intents) - self.answered)
        slots = list(range(self.answered, self.answered + old))
        for slot, wanted in zip(slots, transactions[:old], strict=True):
            intent = self.journal.intents[slot]
            if not wanted.is_signed_as(intent):
                there = f"the journal has another transaction here ({intent.note})"
                raise NodeError(f"{wanted.note}: {there}; start in a new folder")
        new = transactions[old:]
        if new:
            accounts = {wanted.account.address: wanted.account for wanted in new}
            for account in accounts.values():
                self._send_dropped(account)
            fees = self.fees()
            gas = at_once(lambda wanted: wanted.gas or self._gas_for(wanted), new)  # of all, before any is signed
            for address in accounts:
                self.sender.look_up_nonce(address)
            slots += [self.sender.sign(wanted, limit, fees) for wanted, limit in zip(new, gas, strict=True)]
        return slots

    def _send_dropped(self, account: "LocalAccount") -> None:
        """Send again what a reorganisation has taken out of the chain since, before anything is put on top of it."""
        known = self.sender.nonces.get(account.address, 0)
        if not known or looked_again(lambda: self.sender.count(account.address), known.__le__) >= known:
            return
        for slot, mined in enumerate(self.journal.mined):
            intent = self.journal.intents[slot]
            if mined and intent.signed.sender == account.address and self.outcome(mined.hash) is None:
                self.journal.forget(slot)
                self.sender.hand_over(intent)
                self.sender.wait(slot, signed_call(intent, account))

    def _submit_all(self, slots: Sequence[int]) -> None:
        """Accounts side by side, the transactions of each in order: some nodes take no other."""
        accounts: dict[str, list[int]] = {}
        for slot in slots:
            accounts.setdefault(self.journal.intents[slot].signed.sender, []).append(slot)

        def submit(own: list[int]) -> None:
            for slot in own:
                self.sender.hand_over(self.journal.intents[slot])

        at_once(submit, list(accounts.values()))

    def _gas_for(self, wanted: Transaction) -> int:
        try:
            return self.gas(wanted.account.address, wanted.to, wanted.data)
        except Reverted as error:
            raise Reverted(words_about(wanted.note, error)) from error

    def _wait(self, slot: int, wanted: Transaction) -> Mined:
        while True:
            try:
                return self.sender.wait(slot, wanted)
            except NonceUsed:
                self.journal.cancel(slot)
            with self.sender.turn():
                gas, fees = self._gas_for(wanted), self.fees()
                self.sender.look_up_nonce(wanted.account.address)
                self.sender.sign_anew(slot, wanted, gas, fees)
                self.sender.hand_over(self.journal.intents[slot])

    def _block(self, block: int | str) -> Any:
        """A block; None if there is none."""
        return self.ask("eth_getBlockByNumber", _name_of(block), False)

    def _last(self) -> Head:
        return _head(self._block("latest"))

    def _latest_timestamp(self) -> int:
        return int(self._block("latest")["timestamp"], 16)

    def _reason(self, wanted: Transaction, mined: Mined) -> str:
        """Why a transaction failed: the same call again on the state before its block, then on the one after."""
        limit = next(intent.signed.gas for intent in self.journal.intents if intent.hash == mined.hash)
        if mined.gas_used >= limit - limit // 64:
            return f"out of gas (limit {limit:,})"
        if wanted.to is None:
            return "contract creation reverted"
        for block in (mined.block - 1, mined.block):
            try:
                self.call(wanted.to, wanted.data, wanted.account.address, block)
            except Reverted as error:
                return str(error)
        return NO_REASON


def _result(answer: Any) -> bytes | Reverted:
    """What a call answers, or why the contract refuses it.

    Raises:
        NodeError: the node refuses it.
    """
    if not isinstance(answer, Refused):
        return bytes.fromhex(answer[2:])
    error = understood(answer)
    if isinstance(error, Reverted):
        return error
    raise error


def _head(block: Any, following: int = 0) -> Head:
    """A block as its header says."""
    time_ = int(block["timestamp"], 16)
    return Head(int(block["number"], 16), block["hash"].lower(), time_, following or time_ + 1)


def _name_of(block: int | str) -> str:
    """A block as a node is asked for it."""
    return hex(block) if isinstance(block, int) else block


class DevelopmentNode(Node):
    """A node whose clock can be set: anvil, hardhat.

    It makes a block when it has a transaction. A call that waits for its time is tried in the next block: the last
    one's time stands still, and everybody would wait for somebody else's transaction.
    """

    tried_at = "pending"

    def now(self) -> int:
        """Timestamp of the next block."""
        return int(self._block("pending")["timestamp"], 16)

    def _last(self) -> Head:
        """Its clock may have been moved since the last block."""
        asked: list[Question] = [("eth_getBlockByNumber", [name, False]) for name in ("latest", "pending")]
        with understanding():
            last, pending = self.provider.ask_all(asked)
        return _head(last, int(pending["timestamp"], 16))

    def advance_to(self, timestamp: int) -> None:
        """Mine an empty block at ``timestamp``, if that is not in the past."""
        if self._latest_timestamp() < timestamp:
            self.provider.ask("evm_setNextBlockTimestamp", timestamp)
            self.provider.ask("evm_mine")

    def fund(self, accounts: Iterable[str]) -> None:
        """Take the node over for a rehearsal: coins for gas to everybody, and to every block a later second.

        A node that was started again on a saved state would otherwise count from the time it was given at first.
        """
        self.provider.optional("anvil_setBlockTimestampInterval", 1)
        self.provider.ask("evm_setNextBlockTimestamp", self._latest_timestamp() + 1)
        self.give(accounts)

    def give(self, accounts: Iterable[str]) -> None:
        """Coins for gas to everybody."""
        for account in accounts:
            self.provider.ask("hardhat_setBalance", account, to_hex(WEI_PER_ACCOUNT))


class EmbeddedNode(Node):
    """A chain inside this process: eth-tester over py-evm, one block a transaction, its clock under our control."""

    def __init__(
        self, accounts: Iterable[str], journal: Journal, chain_id: int = EMBEDDED_CHAIN_ID, start: int = START_TIME
    ) -> None:
        """Start from a genesis at ``start`` in which every account has coins for gas; execute the journal again."""
        from eth_tester import PyEVMBackend  # noqa: PLC0415 - 1.5 s of imports

        funded = sorted({*accounts, NOBODY})
        state = {
            bytes.fromhex(account[2:]): {"balance": WEI_PER_ACCOUNT, "nonce": 0, "code": b"", "storage": {}}
            for account in funded
        }
        overrides = {"gas_limit": 2 * GAS_LIMIT, "timestamp": start}
        genesis = PyEVMBackend.generate_genesis_params(overrides) | {"base_fee_per_gas": EMBEDDED_BASE_FEE_WEI}
        self.backend = PyEVMBackend(genesis, state)
        type(self.backend.chain).chain_id = chain_id  # the class is made anew for every backend
        super().__init__(EmbeddedProvider(self.backend, chain_id), chain_id, journal)
        self.clock = start + 1
        for intent, mined in zip(journal.intents, journal.mined, strict=True):
            if mined is not None:
                self.execute(intent.raw, mined.timestamp)

    def execute(self, raw: str, timestamp: int) -> Mined:
        """Mine one signed transaction in a block of its own with exactly this timestamp."""
        self.backend.chain.header = self.backend.chain.header.copy(timestamp=timestamp)
        self.clock = timestamp + 1
        receipt = self.receipt(self.ask("eth_sendRawTransaction", raw))
        used, status = int(receipt["gasUsed"], 16), int(receipt["status"], 16)
        return Mined(receipt["transactionHash"], int(receipt["blockNumber"], 16), timestamp, used, status)

    def mine_up_to(self, block: int) -> None:
        """Mine empty blocks, a second each, until ``block`` is the last."""
        for _ in range(self.block_number(), block):
            self.backend.chain.header = self.backend.chain.header.copy(timestamp=self.clock)
            self.backend.mine_blocks()
            self.clock += 1

    def now(self) -> int:
        """Timestamp of the next block."""
        return self.clock

    def advance_to(self, timestamp: int) -> None:
        """Set the clock forward; it never goes back."""
        self.clock = max(self.clock, timestamp)

    def fees(self) -> Fees:
        """Always the same: nobody competes for a block."""
        return EMBEDDED_FEES

    def gas(self, account: str, to: str | None, data: str) -> int:  # noqa: ARG002
        """A transaction's limit: gas that is not used costs nothing."""
        return GAS_LIMIT

    def _submit_all(self, slots: Sequence[int]) -> None:
        """Nothing waits here: a transaction is mined when its turn comes."""

    def _wait(self, slot: int, wanted: Transaction) -> Mined:  # noqa: ARG002
        mined = self.execute(self.journal.intents[slot].raw, self.clock)
        self.journal.settle(mined)
        return mined


def connect(
    url: str,
    journal: Journal | None = None,
    ceiling_wei: int = CEILING_WEI,
    patience: Patience = Patience(),  # noqa: B008 - frozen
) -> Node:
    """Connect to a JSON-RPC node.

    Args:
        url: of the node.
        journal: of what was sent there, to continue it; None to begin one in memory.
        ceiling_wei: most to offer per gas.
        patience: how long to wait for what.

    Raises:
        NodeError: if nothing answers there, or the chain is another one than the journal's.
    """
    provider = Provider(url)
    try:
        chain_id = int(provider.ask("eth_chainId"), 16)
    except Refused:
        raise
    except NodeError as error:
        reason = str(error).removeprefix(f"{provider.name}: ")
        raise NodeError(f"{provider.name}: no Ethereum node answers ({reason})") from error
    client = str(provider.optional("web3_clientVersion") or "").lower()
    kind = DevelopmentNode if client.startswith(DEVELOPMENT) else Node
    node = kind(provider, chain_id, Journal(), ceiling_wei, patience)
    if journal is not None:
        node.go_on_with(journal)
    return node
