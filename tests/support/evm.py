"""The real contracts on revm, in this process: fast enough for thousands of calls. Its gas is not transaction gas."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eth_abi import decode, encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from pyrevm import EVM, BlockEnv, CfgEnv, Env

from cofund.chain.artifacts import artifact
from cofund.chain.contract import creation_arguments
from cofund.errors import Reverted
from cofund.market.terms import Terms

CHAIN_ID = 1
START = 1_000_000
DEPLOYER = "0x" + "d0" * 20
Codes = Mapping[str, str]
"""Other code to deploy by contract name: Campaign's blueprint, SerialSharing's creation code, hex."""

NAMES = ("Campaign", "CampaignFactory", "SerialSharing", "TestToken")


def abi_type(entry: Any) -> str:
    if entry["type"].startswith("tuple"):
        return f"({','.join(map(abi_type, entry['components']))}){entry['type'][5:]}"
    return entry["type"]


def types(entries: list[Any]) -> list[str]:
    return [abi_type(entry) for entry in entries]


def calls_of(name: str) -> dict[str, tuple[bytes, list[str], list[str]]]:
    functions = [entry for entry in artifact(name).abi if entry["type"] == "function"]
    signature = {f["name"]: f"{f['name']}({','.join(types(f['inputs']))})" for f in functions}
    return {
        f["name"]: (keccak(text=signature[f["name"]])[:4], types(f["inputs"]), types(f["outputs"])) for f in functions
    }


CALLS = {name: calls_of(name) for name in NAMES}


@dataclass
class Machine:
    """An EVM with a clock; ``call`` reverts with the contract's sentence."""

    now: int = START
    evm: Any = field(default_factory=lambda: EVM(env=Env(cfg=CfgEnv(chain_id=CHAIN_ID)), gas_limit=10**9))
    sequence: int = 0

    def __post_init__(self) -> None:
        self.evm.set_balance(DEPLOYER, 10**24)

    def deploy(self, name: str, *arguments: Any) -> str:
        constructor = next((entry for entry in artifact(name).abi if entry["type"] == "constructor"), {"inputs": []})
        return self.deploy_raw(artifact(name).bytecode + encode(types(constructor["inputs"]), arguments).hex())

    def deploy_raw(self, code: str) -> str:
        self._set_clock()
        return to_checksum_address(self.evm.deploy(DEPLOYER, bytes.fromhex(code.removeprefix("0x"))))

    def call(self, name: str, address: str, function: str, *arguments: Any, sender: str = DEPLOYER) -> Any:
        self._set_clock()
        selector, inputs, outputs = CALLS[name][function]
        try:
            returned = self.evm.message_call(sender, address, selector + encode(inputs, arguments))
        except RuntimeError as error:
            raise Reverted(self._sentence(str(error))) from None
        values = decode(outputs, returned)
        return values[0] if len(values) == 1 else values

    def _set_clock(self) -> None:
        self.evm.set_block_env(BlockEnv(number=1, timestamp=self.now, gas_limit=10**9))

    @staticmethod
    def _sentence(text: str) -> str:
        """The string of ``Error(string)`` inside revm's description of a revert."""
        marker = "08c379a0"
        if marker not in text:
            return text
        payload = text[text.index(marker) + len(marker) :].split('"', maxsplit=1)[0].split(maxsplit=1)[0].rstrip(")},")
        return decode(["string"], bytes.fromhex(payload))[0]


@dataclass
class Deployed:
    """A token, a factory and one campaign on a machine."""

    machine: Machine
    terms: Terms
    token: str
    campaign: str

    def call(self, function: str, *arguments: Any, sender: str = DEPLOYER) -> Any:
        return self.machine.call("Campaign", self.campaign, function, *arguments, sender=sender)

    def balance(self, account: str) -> int:
        return self.machine.call("TestToken", self.token, "balanceOf", account)

    def fund(self, account: str, amount: int) -> None:
        self.machine.call("TestToken", self.token, "mint", [account], amount)
        self.machine.call("TestToken", self.token, "approve", self.campaign, 2**256 - 1, sender=account)


def deploy_campaign(terms: Terms, initiator: str, codes: Codes | None = None) -> Deployed:
    """Deploy everything; ``terms.token`` must be the address that the first deployment gets (``TOKEN``)."""
    machine, codes = Machine(), codes or {}
    token = machine.deploy("TestToken")
    assert token == terms.token
    blueprint = machine.deploy_raw(codes.get("Campaign", artifact("Campaign").blueprint))
    sharing = machine.deploy_raw(codes.get("SerialSharing", artifact("SerialSharing").bytecode))
    factory = machine.deploy("CampaignFactory", blueprint, sharing)
    campaign = machine.call("CampaignFactory", factory, "create", *creation_arguments(terms), sender=initiator)
    return Deployed(machine, terms, token, to_checksum_address(campaign))


TOKEN = Machine().deploy("TestToken")
