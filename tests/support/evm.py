"""The real contracts on revm, in this process: fast enough for thousands of calls. Its gas is not transaction gas."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from eth_abi import decode, encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from pyrevm import EVM, BlockEnv, CfgEnv, Env

from cofund.chain.artifacts import artifact
from cofund.chain.contract import HELPERS, creation_arguments
from cofund.errors import Reverted
from cofund.market.terms import Terms

CHAIN_ID = 1
START = 1_000_000
DEPLOYER = "0x" + "d0" * 20
BLUEPRINTS = ("Campaign", "Books", "SealedBooks")


@dataclass(frozen=True)
class Build:
    """What to deploy instead of the packaged contracts.

    Attributes:
        codes: creation code by contract name, hex; for Campaign and its books the blueprint's.
        block: number of every block; no contract reads it but those with deliberate faults.
        code_limit: bytes of a contract.
        machine: makes what to deploy on, an EVM in this process if None.
    """

    codes: Mapping[str, str] = field(default_factory=dict)
    block: int = 1
    code_limit: int = 24_576
    machine: Callable[["Build"], Any] | None = None

    def code(self, name: str) -> str:
        packaged = artifact(name).blueprint if name in BLUEPRINTS else artifact(name).bytecode
        return self.codes.get(name, packaged)


PACKAGED = Build()


def abi_type(entry: Any) -> str:
    if entry["type"].startswith("tuple"):
        return f"({','.join(map(abi_type, entry['components']))}){entry['type'][5:]}"
    return entry["type"]


def types(entries: list[Any]) -> list[str]:
    return [abi_type(entry) for entry in entries]


@cache
def signature_of(name: str, function: str, arguments: int) -> tuple[bytes, list[str], list[str]]:
    """Selector, inputs and outputs of the function with so many arguments (default arguments make several)."""
    (found,) = (
        entry
        for entry in artifact(name).abi
        if entry["type"] == "function" and entry["name"] == function and len(entry["inputs"]) == arguments
    )
    inputs = types(found["inputs"])
    return keccak(text=f"{function}({','.join(inputs)})")[:4], inputs, types(found["outputs"])


@cache
def calldata(name: str, function: str, *arguments: Any) -> bytes:
    """Calldata of a call whose arguments can be hashed: those of views come again and again."""
    selector, inputs, _ = signature_of(name, function, len(arguments))
    return selector + encode(inputs, arguments)


@dataclass
class Machine:
    """An EVM with a clock; ``call`` reverts with the contract's sentence."""

    now: int = START
    build: Build = PACKAGED
    logs: list[tuple[str, list[str], Any]] = field(default_factory=list)  # of calls since somebody took them

    def __post_init__(self) -> None:
        environment = Env(cfg=CfgEnv(chain_id=CHAIN_ID, limit_contract_code_size=self.build.code_limit))
        self.evm = EVM(env=environment, gas_limit=10**9)
        self.evm.set_balance(DEPLOYER, 10**24)

    def deploy(self, name: str, *arguments: Any) -> str:
        constructor = next((entry for entry in artifact(name).abi if entry["type"] == "constructor"), {"inputs": []})
        return self.deploy_raw(self.build.code(name) + encode(types(constructor["inputs"]), arguments).hex())

    def deploy_raw(self, code: str, value: int = 0) -> str:
        self._set_clock()
        return to_checksum_address(self.evm.deploy(DEPLOYER, bytes.fromhex(code.removeprefix("0x")), value))

    def call(self, name: str, address: str, function: str, *arguments: Any, sender: str = DEPLOYER) -> Any:
        selector, inputs, outputs = signature_of(name, function, len(arguments))
        values = decode(outputs, self.send(address, selector + encode(inputs, arguments), sender))
        return values[0] if len(values) == 1 else values

    def view(self, name: str, address: str, function: str, *arguments: Any) -> Any:
        """A call without writes, whose arguments can be hashed."""
        outputs = signature_of(name, function, len(arguments))[2]
        values = decode(outputs, self.send(address, calldata(name, function, *arguments)))
        return values[0] if len(values) == 1 else values

    def send(self, address: str, data: bytes, sender: str = DEPLOYER, value: int = 0) -> bytes:
        self._set_clock()
        try:
            answer = self.evm.message_call(sender, address, data, value=value)
        except RuntimeError as error:
            raise Reverted(self._sentence(str(error))) from None
        self.logs += [(log.address, log.topics, log.data) for log in self.evm.result.logs]
        return answer

    def _set_clock(self) -> None:
        self.evm.set_block_env(BlockEnv(number=self.build.block, timestamp=self.now, gas_limit=10**9))

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
    """A token, a factory and one campaign on a machine; ``singly`` makes calls of clients that their books make now."""

    machine: Machine
    terms: Terms
    token: str
    factory: str
    campaign: str
    singly: Any = None

    def call(self, function: str, *arguments: Any, sender: str = DEPLOYER) -> Any:
        if self.singly is not None and self.singly.takes(function, arguments):
            return self.singly.call(function, *arguments, sender=sender)
        return self.machine.call("Campaign", self.campaign, function, *arguments, sender=sender)

    def view(self, function: str, *arguments: Any) -> Any:
        return self.machine.view("Campaign", self.campaign, function, *arguments)

    def balance(self, account: str) -> int:
        return self.machine.view("TestToken", self.token, "balanceOf", account)

    def fund(self, account: str, amount: int) -> None:
        self.machine.call("TestToken", self.token, "mint", [account], amount)
        self.machine.call("TestToken", self.token, "approve", self.campaign, 2**256 - 1, sender=account)


def deploy_factory(machine: Machine) -> str:
    """The factory and all that it needs."""
    blueprints = [machine.deploy_raw(machine.build.code(name)) for name in BLUEPRINTS]
    return machine.deploy("CampaignFactory", *blueprints, *[machine.deploy(name) for name in HELPERS])


def deploy_campaign(terms: Terms, initiator: str, build: Build = PACKAGED) -> Deployed:
    """Deploy everything; ``terms.token`` must be the address that the first deployment gets (``TOKEN``)."""
    machine = Machine(build=build) if build.machine is None else build.machine(build)
    token = machine.deploy("TestToken")
    assert token == terms.token
    factory = deploy_factory(machine)
    campaign = machine.call("CampaignFactory", factory, "create", *creation_arguments(terms), sender=initiator)
    return Deployed(machine, terms, token, factory, to_checksum_address(campaign))


TOKEN = Machine().deploy("TestToken")
