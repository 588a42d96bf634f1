"""anvil as a mainnet block builder would run it: Osaka's rules, and no transaction above the gas limit of EIP-7825.

Transactions go out signed, in batches of JSON-RPC over one connection, with nonces of our own; one block takes a batch.
"""

import json
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import requests
from eth_abi.abi import decode, encode
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from cofund.chain.artifacts import artifact

ANVIL: Final = Path(__file__).parent.parent / "node_modules" / ".bin" / "anvil"
TRANSACTION_GAS_LIMIT: Final = 16_777_216
CHAIN_ID: Final = 31_337
START: Final = 1_767_225_600
REQUESTS_A_BATCH: Final = 64
FLAGS: Final = (
    *("--silent", "--hardfork", "osaka", "--enable-tx-gas-limit"),
    *("--no-mining", "--order", "fifo", "--gas-limit", str(10**11), "--no-request-size-limit"),
    *("--timestamp", str(START), "--prune-history", "2"),
)


@dataclass(frozen=True, slots=True)
class Call:
    """What one transaction does; ``to`` is None for a creation."""

    sender: LocalAccount
    to: str | None
    data: bytes
    value: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What it used, and the contract that it created."""

    gas: int
    created: str | None
    logs: list[Any]


@cache
def signature(contract: str, function: str) -> tuple[bytes, tuple[str, ...], tuple[str, ...]]:
    """Selector, and types of arguments and results; of an overloaded function the one with most arguments."""
    found = [entry for entry in artifact(contract).abi if entry.get("name") == function]
    entry = max(found, key=lambda each: len(each["inputs"]))
    inputs, outputs = (tuple(map(_type, entry[side])) for side in ("inputs", "outputs"))
    return keccak(text=f"{function}({','.join(inputs)})")[:4], inputs, outputs


def _type(entry: Any) -> str:
    inner = entry["type"].removeprefix("tuple")
    return f"({','.join(map(_type, entry['components']))}){inner}" if inner != entry["type"] else entry["type"]


def calldata(contract: str, function: str, *arguments: Any) -> bytes:
    """Calldata of a call with all its arguments."""
    selector, inputs, _ = signature(contract, function)
    return selector + encode(inputs, arguments)


@dataclass
class Chain:
    """A running anvil, its clock and our nonces."""

    url: str
    clock: int = START + 1
    session: requests.Session = field(default_factory=requests.Session)
    nonces: dict[str, int] = field(default_factory=dict)

    def rpc(self, method: str, *parameters: Any) -> Any:
        """One request."""
        return self.batch([(method, parameters)])[0]

    def batch(self, requested: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Many requests, answered in their order."""
        answers: list[Any] = []
        for first in range(0, len(requested), REQUESTS_A_BATCH):
            part = requested[first : first + REQUESTS_A_BATCH]
            body = [{"jsonrpc": "2.0", "id": at, "method": m, "params": list(p)} for at, (m, p) in enumerate(part)]
            response = self.session.post(self.url, data=json.dumps(body), headers={"Content-Type": "application/json"})
            for answer in sorted(response.json(), key=lambda each: each["id"]):
                if "error" in answer:
                    raise RuntimeError(f"{part[answer['id']][0]}: {answer['error']['message']}")
                answers.append(answer["result"])
        return answers

    def mine(self, calls: Sequence[Call]) -> list[Receipt]:
        """Send all, mine one block, return their receipts; a transaction that reverts is an error."""
        hashes = self.batch([("eth_sendRawTransaction", ["0x" + self._signed(call).hex()]) for call in calls])
        self.rpc("evm_setNextBlockTimestamp", self.clock)
        self.rpc("evm_mine")
        self.clock += 1
        receipts = self.batch([("eth_getTransactionReceipt", [each]) for each in hashes])
        for call, receipt in zip(calls, receipts, strict=True):
            if receipt["status"] != "0x1":
                raise RuntimeError(f"reverted: {self._why(call)}")
        return [_receipt(each) for each in receipts]

    def view(self, contract: str, address: str, function: str, *arguments: Any) -> Any:
        """Result of a view; a single value comes without its tuple."""
        data = "0x" + calldata(contract, function, *arguments).hex()
        returned = self.rpc("eth_call", {"to": address, "data": data}, "latest")
        values = decode(signature(contract, function)[2], bytes.fromhex(returned[2:]))
        return values[0] if len(values) == 1 else values

    def views(self, contract: str, address: str, function: str, arguments: Iterable[Any]) -> list[Any]:
        """Results of a view of one argument and one result, many at once."""
        data = ["0x" + calldata(contract, function, each).hex() for each in arguments]
        answers = self.batch([("eth_call", [{"to": address, "data": each}, "latest"]) for each in data])
        return [decode(signature(contract, function)[2], bytes.fromhex(each[2:]))[0] for each in answers]

    def fund(self, accounts: Iterable[LocalAccount]) -> None:
        """Give accounts the native coin that they need for gas."""
        self.batch([("anvil_setBalance", [each.address, hex(10**24)]) for each in accounts])

    def _signed(self, call: Call) -> bytes:
        nonce = self.nonces.get(call.sender.address, 0)
        self.nonces[call.sender.address] = nonce + 1
        fees: dict[str, Any] = {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9, "gas": TRANSACTION_GAS_LIMIT}
        what = {"nonce": nonce, "value": call.value, "data": call.data} | ({"to": call.to} if call.to else {})
        transaction = {"type": 2, "chainId": CHAIN_ID, **fees, **what}
        return bytes(call.sender.sign_transaction(transaction).raw_transaction)

    def _why(self, call: Call) -> str:
        fields = {"from": call.sender.address, "to": call.to, "data": "0x" + call.data.hex()}
        try:
            return str(self.rpc("eth_call", fields, "latest"))
        except RuntimeError as error:
            return str(error)


def _receipt(answer: Any) -> Receipt:
    created = answer["contractAddress"]
    return Receipt(int(answer["gasUsed"], 16), created and to_checksum_address(created), answer["logs"])


@contextmanager
def anvil() -> Iterator[Chain]:
    """A fresh chain on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen([str(ANVIL), "--port", str(port), *FLAGS], stdout=subprocess.DEVNULL) as process:
        try:
            while process.poll() is None:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.02)
            yield Chain(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
