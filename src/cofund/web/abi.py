"""The contract ABI (Solidity ABI specification, version 2), as much as reading a campaign takes.

web3 does this as well, but costs a server 40 MB of memory; a test holds every view and event here against it.
"""

from functools import cache
from typing import Any, Final

from eth_hash.auto import keccak

from cofund.chain.artifacts import artifact
from cofund.errors import NodeError

WORD: Final = 32
Entry = dict[str, Any]


@cache
def functions(contract: str) -> dict[str, Entry]:
    """The functions of a packaged contract by name; of one with several signatures the shortest."""
    found: dict[str, Entry] = {}
    for entry in artifact(contract).abi:
        if entry["type"] == "function":
            found.setdefault(entry["name"], entry)
    return found


@cache
def events(contract: str) -> dict[str, Entry]:
    """The events of a packaged contract by topic, hex."""
    found = [entry for entry in artifact(contract).abi if entry["type"] == "event"]
    return {"0x" + keccak(signature(entry).encode()).hex(): entry for entry in found}


def signature(entry: Entry) -> str:
    """``name(type,...)`` with the ABI's own spelling of types."""
    return f"{entry['name']}({','.join(spelled(field) for field in entry['inputs'])})"


def spelled(field: Entry) -> str:
    """A type, tuples in parentheses."""
    if field["type"].startswith("tuple"):
        return f"({','.join(spelled(part) for part in field['components'])}){field['type'][5:]}"
    return str(field["type"])


def checksummed(address: str) -> str:
    """An address as EIP-55 writes it."""
    plain = address.removeprefix("0x").lower()
    digest = keccak(plain.encode()).hex()
    return "0x" + "".join(c.upper() if int(d, 16) > 7 else c for c, d in zip(plain, digest, strict=False))


def call_data(contract: str, function: str, *arguments: int | str) -> str:
    """Calldata of a view whose arguments are numbers and addresses, hex."""
    words = [int(given, 16) if isinstance(given, str) else given for given in arguments]
    selector = keccak(signature(functions(contract)[function]).encode())[:4]
    return "0x" + (selector + b"".join(word.to_bytes(WORD) for word in words)).hex()


def result(contract: str, function: str, answer: str) -> Any:
    """Decoded result of a view; a single value comes without its tuple, structs as dicts by field.

    Raises:
        NodeError: if it has another length than the view's.
    """
    fields, data = functions(contract)[function]["outputs"], bytes.fromhex(answer[2:])
    if not any(map(_dynamic, fields)) and len(data) != WORD * sum(map(_words, fields)):
        raise NodeError(f"{function}: expected {WORD * sum(map(_words, fields))} bytes, got {len(data)}")
    values = decoded(fields, data)
    return values[0] if len(values) == 1 else values


def words_of(contract: str, function: str) -> int:
    """How many words a view of static types answers."""
    return sum(map(_words, functions(contract)[function]["outputs"]))


def call_arguments(contract: str, function: str, calldata: str) -> dict[str, Any] | None:
    """What a function was called with; None if it is another function's calldata."""
    entry, data = functions(contract)[function], bytes.fromhex(calldata[2:])
    if data[:4] != keccak(signature(entry).encode())[:4]:
        return None
    return dict(zip([field["name"] for field in entry["inputs"]], decoded(entry["inputs"], data[4:]), strict=True))


def arguments_of(entry: Entry, topics: list[str], data: str) -> dict[str, Any]:
    """Arguments of an event by name; indexed ones of dynamic type are not used by our contracts."""
    indexed = [field for field in entry["inputs"] if field["indexed"]]
    plain = [field for field in entry["inputs"] if not field["indexed"]]
    topical = decoded(indexed, b"".join(bytes.fromhex(topic[2:]) for topic in topics[1:]))
    rest = decoded(plain, bytes.fromhex(data[2:]))
    given = dict(zip([f["name"] for f in indexed], topical, strict=True))
    return given | dict(zip([f["name"] for f in plain], rest, strict=True))


def decoded(fields: list[Entry], data: bytes) -> list[Any]:
    """Values of a sequence of fields.

    Raises:
        NodeError: if the data is too short for them.
    """
    values, at = [], 0
    for field in fields:
        if _dynamic(field):
            values.append(_value(field, data, _number(data, at)))
            at += WORD
        else:
            values.append(_value(field, data, at))
            at += _words(field) * WORD
    return values


def _dynamic(field: Entry) -> bool:
    kind = field["type"]
    return (
        kind.endswith("]")
        or kind in {"string", "bytes"}
        or (kind == "tuple" and any(_dynamic(part) for part in field["components"]))
    )


def _words(field: Entry) -> int:
    return sum(_words(part) for part in field["components"]) if field["type"] == "tuple" else 1


def _value(field: Entry, data: bytes, at: int) -> Any:
    kind = field["type"]
    if kind == "tuple":
        parts = field["components"]
        return dict(zip([part["name"] for part in parts], decoded(parts, data[at:]), strict=True))
    if kind.endswith("[]"):
        inner, count = field | {"type": kind.removesuffix("[]")}, _number(data, at)
        if count > len(data) // WORD:  # before a list of that length is made
            raise NodeError("the node's answer is shorter than the contract's")
        return decoded([inner] * count, data[at + WORD :])
    if kind in {"string", "bytes"}:
        size = _number(data, at)
        raw = data[at + WORD : at + WORD + size]
        return raw.decode("utf-8", "replace") if kind == "string" else raw
    number = _number(data, at)
    if kind in {"address", "bool"}:
        return bool(number) if kind == "bool" else checksummed(f"{number:040x}")
    if kind.startswith("bytes"):
        return data[at : at + int(kind[5:])]
    return int.from_bytes(data[at : at + WORD], signed=kind.startswith("int"))


def _number(data: bytes, at: int) -> int:
    if len(data) < at + WORD:
        raise NodeError("the node's answer is shorter than the contract's")
    return int.from_bytes(data[at : at + WORD])
