"""A node: sends signed transactions and waits for them, the same way on the embedded chain and over JSON-RPC."""

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from eth_utils.conversions import to_hex
from hexbytes import HexBytes

from cofund.chain.fees import CEILING_WEI, GWEI, Fees, suggested
from cofund.chain.journal import Intent, Journal, Mined
from cofund.chain.refusals import NO_REASON, understood
from cofund.chain.sending import Patience, Sender, Transaction, fields_of, mined_from, receipt_of, signed_by
from cofund.chain.transport import at_once, http_provider
from cofund.errors import NodeError, Reverted

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from web3 import Web3

GAS_LIMIT: Final = 16_777_216  # a transaction's limit by EIP-7825
EMBEDDED_FEES: Final = Fees(100 * GWEI, GWEI)
EMBEDDED_BASE_FEE_WEI: Final = 7  # as low as it gets: what any other chain accepted can be executed again
WEI_PER_ACCOUNT: Final = 10**24
START_TIME: Final = 1_767_225_600  # 2026-01-01T00:00:00Z, when the embedded chain's clock starts
EMBEDDED_CHAIN_ID: Final = 424_242
RECENT_BLOCKS: Final = 64  # deeper than any reorganisation
NOBODY: Final = "0x" + "00" * 20  # whom view calls are made from


class Node:
    """A connection to a chain, with its own nonces and a journal.

    Args:
        web3: connected client.
        journal: answers for transactions sent by an earlier run of the same program.
        ceiling_wei: most that a transaction may offer per gas.
        patience: how long to wait for a transaction.
    """

    def __init__(
        self,
        web3: "Web3",
        chain_id: int,
        journal: Journal,
        ceiling_wei: int = CEILING_WEI,
        patience: Patience = Patience(),  # noqa: B008 - frozen
    ) -> None:
        self.web3, self.chain_id, self.journal = web3, chain_id, journal
        self.sender = Sender(web3, chain_id, journal, ceiling_wei, patience)
        self.answered = 0

    def send(self, account: "LocalAccount", to: str | None, data: str, note: str) -> Mined:
        """Sign, write down, send and wait for one transaction.

        Args:
            account: signs and pays.
            to: contract, or None to create one.
            data: calldata or creation code, hex.
            note: what it is for, in a few words.

        Raises:
            Reverted: with the contract's own sentence.
            NodeError: if no receipt arrives in time.
        """
        return self.send_all([Transaction(account, to, data, note)])[0]

    def send_all(self, transactions: Sequence[Transaction]) -> list[Mined]:
        """Send transactions that do not depend on each other, and wait for all of them.

        Raises:
            Reverted: with the contract's own sentence for the first that failed, once all are in blocks.
            NodeError: if a receipt does not arrive in time.
        """
        slots = self._slots(transactions)
        at_once(self._submit, [slot for slot in slots if self.journal.mined[slot] is None])
        outcomes = [
            self.journal.mined[slot] or self._wait(slot, wanted)
            for slot, wanted in zip(slots, transactions, strict=True)
        ]
        self.answered += len(slots)
        for mined, wanted in zip(outcomes, transactions, strict=True):
            if mined.status == 0:
                raise Reverted(f"{wanted.note}: {self._reason(wanted, mined)}")
        return outcomes

    def call(self, to: str, data: str, sender: str | None = None, block: int | str = "latest") -> bytes:
        """Result of a call that changes nothing."""
        transaction: Any = {"to": to, "data": data, "from": sender or NOBODY, "gas": GAS_LIMIT}
        try:
            return bytes(self.web3.eth.call(transaction, cast("Any", block)))
        except Exception as error:
            raise understood(error) from error

    def sent(self) -> list[tuple[Intent, Mined]]:
        """Every transaction this program has sent, earlier runs of it included, in order."""
        pairs = zip(self.journal.intents[: self.answered], self.journal.mined, strict=False)
        return [(intent, mined) for intent, mined in pairs if mined is not None]

    def now(self) -> int:
        """Earliest timestamp that the next block can have."""
        return self._latest_timestamp() + 1

    def advance_to(self, timestamp: int) -> None:
        """Wait until the chain's clock has reached ``timestamp``."""
        while self._latest_timestamp() < timestamp:
            time.sleep(0.5)

    def created(self, mined: Mined) -> str:
        """Address of the contract that a transaction created."""
        return str(self._receipt(mined)["contractAddress"])

    def logs(self, mined: Mined) -> list[Any]:
        """Raw logs of one transaction."""
        return list(self._receipt(mined)["logs"])

    def code(self, address: str) -> bytes:
        """Deployed code of a contract; empty if there is none."""
        try:
            return bytes(self.web3.eth.get_code(self.web3.to_checksum_address(address)))
        except Exception as error:
            raise understood(error) from error

    def fees(self) -> Fees:
        """What the next transaction should offer."""
        return suggested(self.web3, self.sender.ceiling_wei)

    def gas(self, account: str, to: str | None, data: str) -> int:
        """Gas limit for a transaction: a quarter more than the node's estimate, at most a transaction's limit.

        Raises:
            Reverted: if it would fail, with the contract's own sentence.
        """
        transaction: Any = {"from": account, "data": data} | ({"to": to} if to else {})
        try:
            return min(GAS_LIMIT, self.web3.eth.estimate_gas(transaction) * 5 // 4)
        except Exception as error:
            raise understood(error) from error

    def check_journal(self) -> None:
        """Forget answers that the chain does not know any more: a node lost its last blocks, or they were dropped.

        What was signed is then sent again as it is.

        Raises:
            NodeError: if that is impossible, because the chain never came that far: it is another one.
        """
        lowest: dict[str, int] = {}
        answers = [(slot, mined) for slot, mined in enumerate(self.journal.mined) if mined is not None]
        recent = int(self.web3.eth.block_number) - RECENT_BLOCKS
        for slot, mined in reversed(answers):
            receipt = receipt_of(self.web3, mined.hash)
            again = None if receipt is None else mined_from(self.web3, receipt)
            if again is None:
                self.journal.forget(slot)
                account, nonce = signed_by(self.journal.intents[slot].raw)
                lowest[account] = nonce  # the last one seen is the first one signed
            elif again != mined:
                self.journal.settle(again)
            if again is not None and mined.block < recent:
                break
        for account, nonce in lowest.items():
            if self.web3.eth.get_transaction_count(self.web3.to_checksum_address(account)) < nonce:
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
            fees = self.fees()
            gas = at_once(self._gas_for, new)  # of all, before any is signed
            for address in {wanted.account.address for wanted in new}:
                self.sender.look_up_nonce(address)
            slots += [self.sender.sign(wanted, limit, fees) for wanted, limit in zip(new, gas, strict=True)]
        return slots

    def _gas_for(self, wanted: Transaction) -> int:
        try:
            return self.gas(wanted.account.address, wanted.to, wanted.data)
        except Reverted as error:
            raise Reverted(f"{wanted.note}: {error}") from error

    def _submit(self, slot: int) -> None:
        self.sender.hand_over(self.journal.intents[slot])

    def _wait(self, slot: int, wanted: Transaction) -> Mined:
        return self.sender.wait(slot, wanted)

    def _receipt(self, mined: Mined) -> Any:
        receipt = receipt_of(self.web3, mined.hash)
        if receipt is None:
            raise NodeError(f"transaction {mined.hash}: its block was dropped; run the same command again")
        return receipt

    def _latest_timestamp(self) -> int:
        try:
            return int(self.web3.eth.get_block("latest")["timestamp"])
        except Exception as error:
            raise understood(error) from error

    def _reason(self, wanted: Transaction, mined: Mined) -> str:
        """Why a transaction failed: the same call again on the state before its block, then on the one after."""
        limit = int(fields_of(self._mined_raw(mined))["gas"])
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

    def _mined_raw(self, mined: Mined) -> str:
        return next(intent.raw for intent in self.journal.intents if intent.hash == mined.hash)


class DevelopmentNode(Node):
    """A node whose clock can be set: anvil."""

    def now(self) -> int:
        """Timestamp of the next block."""
        return int(self.web3.eth.get_block("pending")["timestamp"])

    def advance_to(self, timestamp: int) -> None:
        """Mine an empty block at ``timestamp``, if that is not in the past."""
        if self._latest_timestamp() < timestamp:
            self._command("evm_setNextBlockTimestamp", timestamp)
            self._command("evm_mine")

    def fund(self, accounts: Iterable[str]) -> None:
        """Take the node over for a rehearsal: coins for gas to everybody, and to every block a later second.

        A node that was started again on a saved state would otherwise count from the time it was given at first.
        """
        self._command("anvil_setBlockTimestampInterval", 1)
        self._command("evm_setNextBlockTimestamp", self._latest_timestamp() + 1)
        self.give(accounts)

    def give(self, accounts: Iterable[str]) -> None:
        """Coins for gas to everybody."""
        for account in accounts:
            self._command("anvil_setBalance", account, to_hex(WEI_PER_ACCOUNT))

    def _command(self, method: str, *arguments: Any) -> None:
        answer = self.web3.provider.make_request(cast("Any", method), list(arguments))
        if "error" in answer:
            raise NodeError(f"{method}: the node refused: {answer['error'].get('message')}")


class EmbeddedNode(Node):
    """A chain inside this process: eth-tester over py-evm, one block a transaction, its clock under our control."""

    def __init__(
        self, accounts: Iterable[str], journal: Journal, chain_id: int = EMBEDDED_CHAIN_ID, start: int = START_TIME
    ) -> None:
        """Start from a genesis at ``start`` in which every account has coins for gas; execute the journal again."""
        from eth_tester import EthereumTester, PyEVMBackend  # noqa: PLC0415 - 1.5 s of imports
        from web3 import EthereumTesterProvider, Web3  # noqa: PLC0415

        funded = sorted({*accounts, NOBODY})
        state = {
            bytes.fromhex(account[2:]): {"balance": WEI_PER_ACCOUNT, "nonce": 0, "code": b"", "storage": {}}
            for account in funded
        }
        overrides = {"gas_limit": 2 * GAS_LIMIT, "timestamp": start}
        genesis = PyEVMBackend.generate_genesis_params(overrides) | {"base_fee_per_gas": EMBEDDED_BASE_FEE_WEI}
        self.backend = PyEVMBackend(genesis, state)
        type(self.backend.chain).chain_id = chain_id  # the class is made anew for every backend
        super().__init__(Web3(EthereumTesterProvider(EthereumTester(self.backend))), chain_id, journal)
        self.clock = start + 1
        for intent, mined in zip(journal.intents, journal.mined, strict=True):
            if mined is not None:
                self.execute(intent.raw, mined.timestamp)

    def execute(self, raw: str, timestamp: int) -> Mined:
        """Mine one signed transaction in a block of its own with exactly this timestamp."""
        self.backend.chain.header = self.backend.chain.header.copy(timestamp=timestamp)
        self.clock = timestamp + 1
        try:
            transaction_hash = self.web3.eth.send_raw_transaction(HexBytes(raw))
        except Exception as error:
            raise understood(error) from error
        receipt = self.web3.eth.get_transaction_receipt(transaction_hash)
        return Mined(
            hash=to_hex(receipt["transactionHash"]),
            block=int(receipt["blockNumber"]),
            timestamp=timestamp,
            gas_used=int(receipt["gasUsed"]),
            status=int(receipt["status"]),
        )

    def mine_up_to(self, block: int) -> None:
        """Mine empty blocks, a second each, until ``block`` is the last."""
        for _ in range(int(self.web3.eth.block_number), block):
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

    def _submit(self, slot: int) -> None:
        """Nothing waits here: a transaction is mined when its turn comes."""

    def _wait(self, slot: int, wanted: Transaction) -> Mined:  # noqa: ARG002
        mined = self.execute(self.journal.intents[slot].raw, self.clock)
        self.journal.settle(mined)
        return mined


def connect(
    url: str,
    journal: Journal,
    ceiling_wei: int = CEILING_WEI,
    patience: Patience = Patience(),  # noqa: B008 - frozen
) -> Node:
    """Connect to a JSON-RPC node.

    Raises:
        NodeError: if nothing answers there, or the chain is another one than the journal's.
    """
    from web3 import Web3  # noqa: PLC0415 - 1.5 s of imports
    from web3.middleware import ExtraDataToPOAMiddleware  # noqa: PLC0415

    web3 = Web3(http_provider(url))
    web3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)  # QBFT, IBFT, Clique: signatures in the header
    try:
        chain_id = web3.eth.chain_id
        client = web3.client_version.lower()
    except Exception as error:
        raise NodeError(f"{url}: no Ethereum node answers ({type(error.__cause__ or error).__name__})") from error
    kind = DevelopmentNode if client.startswith("anvil") else Node
    node = kind(web3, chain_id, journal, ceiling_wei, patience)
    if any(int(fields_of(intent.raw)["chainId"]) != chain_id for intent in journal.intents[:1]):
        raise NodeError(f"{url}: the journal is of another chain than {chain_id}; start in a new folder")
    node.check_journal()
    return node
