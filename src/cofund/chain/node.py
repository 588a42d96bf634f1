"""A node: sends signed transactions and waits for them, the same way on the embedded chain and over JSON-RPC."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, cast

from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils.conversions import to_hex
from eth_utils.crypto import keccak
from hexbytes import HexBytes

from cofund.chain.journal import Intent, Journal, Mined
from cofund.errors import NodeError, Reverted

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from web3 import Web3

GAS_LIMIT: Final = 16_777_216  # a transaction's limit by EIP-7825
MAX_FEE_WEI: Final = 100 * 10**9
PRIORITY_FEE_WEI: Final = 10**9
WEI_PER_ACCOUNT: Final = 10**24
START_TIME: Final = 1_767_225_600  # 2026-01-01T00:00:00Z, when the embedded chain's clock starts
RECEIPT_TIMEOUT_S: Final = 120
EMBEDDED_CHAIN_ID: Final = 424_242
NOBODY: Final = "0x" + "00" * 20  # whom view calls are made from


class Node:
    """A connection to a chain, with its own nonces and a journal.

    Args:
        web3: connected client.
        journal: answers for transactions sent by an earlier run of the same program.
        gas_limit: gas limit of every transaction, or None to ask the node for an estimate.
    """

    def __init__(self, web3: "Web3", chain_id: int, journal: Journal, gas_limit: int | None = None) -> None:
        self.web3, self.chain_id, self.journal, self.gas_limit = web3, chain_id, journal, gas_limit
        self.nonces: dict[str, int] = {}
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
        mined = self._from_journal(account, to, data, note) or self._broadcast(self._intent(account, to, data, note))
        if mined.status == 0:
            raise Reverted(f"{note}: {self._reason(account.address, to, data, mined.block)}")
        return mined

    def call(self, to: str, data: str, sender: str | None = None, block: int | str = "latest") -> bytes:
        """Result of a call that changes nothing."""
        transaction: Any = {"to": to, "data": data, "from": sender or NOBODY, "gas": GAS_LIMIT}
        try:
            return bytes(self.web3.eth.call(transaction, cast("Any", block)))
        except Exception as error:
            raise _understood(error) from error

    def sent(self) -> list[tuple[Intent, Mined]]:
        """Every transaction this program has sent, earlier runs of it included, in order."""
        return list(zip(self.journal.intents[: self.answered], self.journal.mined, strict=False))

    def now(self) -> int:
        """Earliest timestamp that the next block can have."""
        return int(self.web3.eth.get_block("latest")["timestamp"]) + 1

    def advance_to(self, timestamp: int) -> None:
        """Wait until the chain's clock has reached ``timestamp``."""
        while int(self.web3.eth.get_block("latest")["timestamp"]) < timestamp:
            time.sleep(0.5)

    def created(self, mined: Mined) -> str:
        """Address of the contract that a transaction created."""
        return str(self.web3.eth.get_transaction_receipt(HexBytes(mined.hash))["contractAddress"])

    def logs(self, mined: Mined) -> list[Any]:
        """Raw logs of one transaction."""
        return list(self.web3.eth.get_transaction_receipt(HexBytes(mined.hash))["logs"])

    def _from_journal(self, account: "LocalAccount", to: str | None, data: str, note: str) -> Mined | None:
        if self.answered == len(self.journal.intents):
            return None
        intent = self.journal.intents[self.answered]
        sent = TypedTransaction.from_bytes(HexBytes(intent.raw)).as_dict()
        recipient = HexBytes(sent["to"]) if sent["to"] else None
        before = (Account.recover_transaction(intent.raw), recipient, HexBytes(sent["data"]))
        if before != (account.address, HexBytes(to) if to else None, HexBytes(data)):
            raise NodeError(f"{note}: the journal has another transaction here ({intent.note}); start in a new folder")
        if self.answered == len(self.journal.mined):
            return self._broadcast(intent)
        self.answered += 1
        return self.journal.mined[self.answered - 1]

    def _intent(self, account: "LocalAccount", to: str | None, data: str, note: str) -> Intent:
        if account.address not in self.nonces:
            self.nonces[account.address] = self.web3.eth.get_transaction_count(account.address)
        nonce = self.nonces[account.address]
        transaction: dict[str, Any] = {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": nonce,
            "maxFeePerGas": MAX_FEE_WEI,
            "maxPriorityFeePerGas": PRIORITY_FEE_WEI,
            "value": 0,
            "data": data,
        } | ({"to": to} if to else {})
        transaction["gas"] = self.gas_limit or self._estimate(account.address, to, data)
        intent = Intent(note, to_hex(account.sign_transaction(transaction).raw_transaction))
        self.journal.intend(intent)
        self.nonces[account.address] = nonce + 1
        return intent

    def _broadcast(self, intent: Intent) -> Mined:
        transaction_hash = self._hand_over(HexBytes(intent.raw))
        receipt = self.web3.eth.wait_for_transaction_receipt(transaction_hash, timeout=RECEIPT_TIMEOUT_S)
        mined = Mined(
            hash=to_hex(receipt["transactionHash"]),
            block=int(receipt["blockNumber"]),
            timestamp=int(self.web3.eth.get_block(receipt["blockNumber"])["timestamp"]),
            gas_used=int(receipt["gasUsed"]),
            status=int(receipt["status"]),
        )
        return self._remember(mined)

    def _remember(self, mined: Mined) -> Mined:
        self.journal.settle(mined)
        self.answered += 1
        return mined

    def _hand_over(self, raw: HexBytes) -> HexBytes:
        known = HexBytes(keccak(raw))
        try:
            self.web3.eth.get_transaction_receipt(known)
        except Exception:  # noqa: BLE001 - providers disagree on the class for "not found"
            try:
                return HexBytes(self.web3.eth.send_raw_transaction(raw))
            except Exception as error:
                raise _understood(error) from error
        return known

    def _estimate(self, sender: str, to: str | None, data: str) -> int:
        transaction: Any = {"from": sender, "data": data} | ({"to": to} if to else {})
        try:
            return min(GAS_LIMIT, self.web3.eth.estimate_gas(transaction) * 5 // 4)
        except Exception as error:
            raise _understood(error) from error

    def _reason(self, sender: str, to: str | None, data: str, block: int) -> str:
        if to is None:
            return "contract creation reverted"
        try:
            self.call(to, data, sender, block)
        except Reverted as error:
            return str(error)
        return "reverted, out of gas or for a reason that passed"


class DevelopmentNode(Node):
    """A node whose clock can be set: anvil."""

    def now(self) -> int:
        """Timestamp of the next block."""
        return int(self.web3.eth.get_block("pending")["timestamp"])

    def advance_to(self, timestamp: int) -> None:
        """Mine an empty block at ``timestamp``, if that is not in the past."""
        if int(self.web3.eth.get_block("latest")["timestamp"]) < timestamp:
            self.web3.provider.make_request(cast("Any", "evm_setNextBlockTimestamp"), [timestamp])
            self.web3.provider.make_request(cast("Any", "evm_mine"), [])

    def fund(self, accounts: Iterable[str]) -> None:
        """Give accounts the native coin they need for gas."""
        for account in accounts:
            self.web3.provider.make_request(cast("Any", "anvil_setBalance"), [account, to_hex(WEI_PER_ACCOUNT)])


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
        self.backend = PyEVMBackend(PyEVMBackend.generate_genesis_params(overrides), state)
        type(self.backend.chain).chain_id = chain_id  # the class is made anew for every backend
        super().__init__(
            Web3(EthereumTesterProvider(EthereumTester(self.backend))), chain_id, journal, gas_limit=GAS_LIMIT
        )
        self.clock = start + 1
        for intent, mined in zip(journal.intents, journal.mined, strict=False):
            self.execute(intent.raw, mined.timestamp)

    def execute(self, raw: str, timestamp: int) -> Mined:
        """Mine one signed transaction in a block of its own with exactly this timestamp."""
        self.backend.chain.header = self.backend.chain.header.copy(timestamp=timestamp)
        self.clock = timestamp + 1
        try:
            transaction_hash = self.web3.eth.send_raw_transaction(HexBytes(raw))
        except Exception as error:
            raise _understood(error) from error
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

    def _broadcast(self, intent: Intent) -> Mined:
        return self._remember(self.execute(intent.raw, self.clock))


def connect(url: str, journal: Journal) -> Node:
    """Connect to a JSON-RPC node.

    Raises:
        NodeError: if nothing answers there.
    """
    from web3 import HTTPProvider, Web3  # noqa: PLC0415 - 1.5 s of imports

    web3 = Web3(HTTPProvider(url))
    try:
        chain_id = web3.eth.chain_id
        client = web3.client_version.lower()
    except Exception as error:
        raise NodeError(f"{url}: no Ethereum node answers ({type(error).__name__})") from error
    if journal.mined and web3.eth.get_transaction_count(Account.recover_transaction(journal.intents[0].raw)) == 0:
        raise NodeError(f"{url}: this chain does not know the transactions in the journal; start in a new folder")
    if not client.startswith("anvil"):
        return Node(web3, chain_id, journal)
    web3.provider.make_request(cast("Any", "anvil_setBlockTimestampInterval"), [1])  # a later second for every block
    return DevelopmentNode(web3, chain_id, journal)


def _understood(error: Exception) -> Exception:
    """The contract's own sentence, whichever of the providers' exceptions it came in."""
    name, text = type(error).__name__, str(getattr(error, "message", None) or error)
    if name in {"ContractLogicError", "TransactionFailed", "ContractCustomError", "ContractPanicError"}:
        return Reverted(text.removeprefix("execution reverted: ").removeprefix("execution reverted"))
    return NodeError(f"{name}: {text}")
