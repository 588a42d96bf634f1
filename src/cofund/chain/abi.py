"""Calls, answers and events of the packaged contracts as bytes and as values (Solidity ABI), without web3."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from eth_utils.conversions import to_hex
from eth_utils.crypto import keccak

from cofund.chain.artifacts import artifact
from cofund.chain.logs import Event, Log
from cofund.errors import CheckFailed, NodeError

Entry = dict[str, Any]
SELECTOR_BYTES: Final = 4
OF_A_CAMPAIGN: Final = ("Campaign", "Books")
"""What logs of a campaign with open books; no two of their events are alike."""
OF_A_SEALED_CAMPAIGN: Final = ("Campaign", "SealedBooks")
"""The same where books stay sealed. ``MarketCleared`` has the topic of open books and other fields, so that logs can
only be read by whoever knows the terms."""


def abi_type(field: Entry) -> str:
    """The ABI's own spelling of a type, tuples in parentheses."""
    if field["type"].startswith("tuple"):
        return f"({','.join(map(abi_type, field['components']))}){field['type'][5:]}"
    return str(field["type"])


def signature(entry: Entry) -> str:
    """``name(type,...)``."""
    return f"{entry['name']}({','.join(map(abi_type, entry['inputs']))})"


@cache
def events(*contracts: str) -> dict[str, Entry]:
    """The events of packaged contracts by topic, hex."""
    found = [entry for contract in contracts for entry in artifact(contract).abi if entry["type"] == "event"]
    return {to_hex(keccak(text=signature(entry))): entry for entry in found}


@cache
def functions(contract: str) -> dict[bytes, Entry]:
    """The functions of a packaged contract by selector."""
    found = [entry for entry in artifact(contract).abi if entry["type"] == "function"]
    return {keccak(text=signature(entry))[:SELECTOR_BYTES]: entry for entry in found}


@cache
def function(contract: str, name: str, arguments: int) -> tuple[bytes, Entry]:
    """Selector and entry of a function of this name that takes so many arguments."""
    return next(
        (selector, entry)
        for selector, entry in functions(contract).items()
        if entry["name"] == name and len(entry["inputs"]) == arguments
    )


def call_data(contract: str, name: str, *arguments: Any) -> str:
    """Calldata, hex."""
    selector, entry = function(contract, name, len(arguments))
    return to_hex(selector + encode(list(map(abi_type, entry["inputs"])), arguments))


def creation_data(contract: str, *arguments: Any) -> str:
    """Creation code with the constructor's arguments, hex."""
    found = artifact(contract)
    kinds = [abi_type(field) for entry in found.abi if entry["type"] == "constructor" for field in entry["inputs"]]
    return found.bytecode + encode(kinds, arguments).hex()


def called_with(contract: str, data: bytes) -> tuple[str, dict[str, Any]]:
    """Which function calldata calls, and its arguments by name; structures are dictionaries.

    Raises:
        CheckFailed: if it is no call of this contract.
    """
    entry = functions(contract).get(data[:SELECTOR_BYTES])
    if entry is None:
        raise CheckFailed(f"{contract}: no function of it is called with 0x{data[:SELECTOR_BYTES].hex()}")
    try:
        return str(entry["name"]), named(entry["inputs"], data[SELECTOR_BYTES:])
    except (DecodingError, ValueError, OverflowError) as error:
        raise CheckFailed(f"{contract}: the arguments of {entry['name']} are none of it") from error


def answer(contract: str, name: str, arguments: int, data: bytes) -> Any:
    """What a view answers, structures in the contract's order; a single value comes without its tuple.

    A text may be padded as its contract likes; of anything else there is one encoding.

    Raises:
        NodeError: if it is no answer of this view.
    """
    _, entry = function(contract, name, arguments)
    kinds = list(map(abi_type, entry["outputs"]))
    try:
        values = decode(kinds, data)
    except (DecodingError, ValueError, OverflowError) as error:
        raise NodeError(f"{name}: answered as by no {contract}") from error
    if "string" not in kinds and encode(kinds, values) != data:
        raise NodeError(f"{name}: answered as by no {contract}")
    return values[0] if len(values) == 1 else values


def decoded(contract: str, logs: Iterable[Log], *more: str) -> list[Event]:
    """Logs as events of a packaged contract, or of several; entries that are none of their events are left out.

    Raises:
        NodeError: if a log has the topic of an event but not its arguments.
    """
    kinds = events(contract, *more)
    entries = ((log, kinds[log.topics[0]]) for log in logs if log.topics and log.topics[0] in kinds)
    return [_event(contract, log, entry) for log, entry in entries]


def campaign_events(logs: Iterable[Log], *, sealed: bool = False) -> list[Event]:
    """Logs of a campaign and of its books as events; ``sealed`` if the terms say that these stay sealed.

    Raises:
        NodeError: as ``decoded``.
    """
    first, *more = OF_A_SEALED_CAMPAIGN if sealed else OF_A_CAMPAIGN
    return decoded(first, logs, *more)


def named(fields: Sequence[Entry], data: bytes) -> dict[str, Any]:
    """The values of fields by name; addresses are checksummed."""
    values = decode(list(map(abi_type, fields)), data)
    return {field["name"]: _value(field, value) for field, value in zip(fields, values, strict=True)}


def _event(contract: str, log: Log, entry: Entry) -> Event:
    indexed = [field for field in entry["inputs"] if field["indexed"]]
    plain = [field for field in entry["inputs"] if not field["indexed"]]
    try:
        if len(log.topics) != 1 + len(indexed):
            raise ValueError  # noqa: TRY301 - a sentence below says what it is
        given = named(indexed, b"".join(bytes.fromhex(topic[2:]) for topic in log.topics[1:]))
        given |= named(plain, bytes.fromhex(log.data[2:]))
    except (DecodingError, ValueError, OverflowError) as error:
        raise NodeError(f"{contract}: a log in block {log.block} is no {entry['name']} of it") from error
    return Event(entry["name"], given, log.block, log.position, log.hash)


def _value(field: Entry, value: Any) -> Any:
    if field["type"].endswith("[]"):
        inner = field | {"type": field["type"].removesuffix("[]")}
        return [_value(inner, each) for each in value]
    if field["type"] == "tuple":
        return {part["name"]: _value(part, each) for part, each in zip(field["components"], value, strict=True)}
    return str(to_checksum_address(value)) if field["type"] == "address" else value
