"""A machine on which the twin plays that is a real node: every call is a transaction in a block of its own."""

import time
from dataclasses import dataclass, field
from typing import Any

from eth_abi import decode, encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from cofund.chain.provider import Provider, Refused
from cofund.errors import Reverted
from evm import CHAIN_ID, DEPLOYER, PACKAGED, START, Build, Machine, calldata, signature_of

FLAGS = (
    *("--chain-id", str(CHAIN_ID), "--timestamp", str(START), "--auto-impersonate"),
    *("--base-fee", "0", "--gas-price", "0", "--gas-limit", "1000000000", "--hardfork", "cancun"),
)
GAS = hex(100_000_000)


@dataclass
class AnvilMachine(Machine):
    """``Machine`` over JSON-RPC. A block is a second after the one before, at least."""

    now: int = START
    build: Build = PACKAGED
    logs: list[tuple[str, list[str], Any]] = field(default_factory=list)
    provider: Any = None

    def __post_init__(self) -> None:
        """There is nothing to make."""

    def deploy_raw(self, code: str, value: int = 0) -> str:
        receipt = self._mined({"from": DEPLOYER, "data": code, "value": hex(value)})
        assert int(receipt["status"], 16) == 1
        return to_checksum_address(receipt["contractAddress"])

    def call(self, name: str, address: str, function: str, *arguments: Any, sender: str = DEPLOYER) -> Any:
        """The answer is that of the same call just before."""
        selector, inputs, outputs = signature_of(name, function, len(arguments))
        data = selector + encode(inputs, arguments)
        values = decode(outputs, self._asked(address, data, sender)) if outputs else ()
        self.send(address, data, sender)
        return values[0] if len(values) == 1 else values

    def view(self, name: str, address: str, function: str, *arguments: Any) -> Any:
        outputs = signature_of(name, function, len(arguments))[2]
        values = decode(outputs, self._asked(address, calldata(name, function, *arguments)))
        return values[0] if len(values) == 1 else values

    def send(self, address: str, data: bytes, sender: str = DEPLOYER, value: int = 0) -> bytes:
        receipt = self._mined({"from": sender, "to": address, "data": "0x" + data.hex(), "value": hex(value)})
        if int(receipt["status"], 16) == 0:  # the same again, after a block that changed nothing
            self._asked(address, data, sender)
            raise AssertionError(receipt)
        self.logs += [(log["address"], log["topics"], ([], bytes.fromhex(log["data"][2:]))) for log in receipt["logs"]]
        return b""

    def _mined(self, transaction: dict[str, Any]) -> dict[str, Any]:
        last = int(self.provider.ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        self.now = max(self.now, last + 1)
        self.provider.ask("evm_setNextBlockTimestamp", hex(self.now))
        hash_ = self.provider.ask("eth_sendTransaction", transaction | {"gas": GAS, "gasPrice": "0x0"})
        for _ in range(1000):
            receipt = self.provider.ask("eth_getTransactionReceipt", hash_)
            if receipt is not None:
                return receipt
            time.sleep(0.005)
        raise AssertionError(transaction)

    def _asked(self, address: str, data: bytes, sender: str = DEPLOYER) -> bytes:
        asked = {"from": sender, "to": address, "data": "0x" + data.hex(), "gas": GAS}
        try:
            return bytes.fromhex(self.provider.ask("eth_call", asked, "latest")[2:])
        except Refused as refusal:
            payload = str(refusal.data or "")[2:]
            if not payload.startswith(keccak(text="Error(string)")[:4].hex()):
                raise
            (sentence,) = decode(["string"], bytes.fromhex(payload[8:]))
            raise Reverted(sentence) from None


def on_anvil(url: str) -> Build:
    """The packaged contracts on a node."""
    return Build(machine=lambda build: AnvilMachine(build=build, provider=Provider(url)))
