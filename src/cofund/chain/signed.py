"""Signed transactions of every type: put together again from what a node tells of them, and taken apart.

A node's transaction object has all fields that were signed. Encoded again they must have the transaction's hash, so
that whoever has the bytes needs no node to know who signed what (EIP-2718, EIP-2930, EIP-1559, EIP-4844, EIP-7702).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import rlp
from eth_keys.datatypes import Signature
from eth_utils.address import to_checksum_address
from eth_utils.conversions import to_hex
from eth_utils.crypto import keccak
from hexbytes import HexBytes

from cofund.chain.fees import Fees
from cofund.errors import CheckFailed

_PRICED: Final = ("maxPriorityFeePerGas", "maxFeePerGas")
_CALL: Final = ("gas", "to", "value", "input")
_FIELDS: Final[dict[int, tuple[str, ...]]] = {
    0: ("nonce", "gasPrice", *_CALL),
    1: ("chainId", "nonce", "gasPrice", *_CALL, "accessList"),
    2: ("chainId", "nonce", *_PRICED, *_CALL, "accessList"),
    3: ("chainId", "nonce", *_PRICED, *_CALL, "accessList", "maxFeePerBlobGas", "blobVersionedHashes"),
    4: ("chainId", "nonce", *_PRICED, *_CALL, "accessList", "authorizationList"),
}
NO_FEES: Final = Fees(0, 0)
UNSIGNED: Final = 0x7F
"""First byte of what a node says of a transaction that nobody signed; the type of no transaction."""
_SMALLEST_TYPED: Final = 0x80
"""A legacy transaction is a list, and no list's encoding starts with a byte below this."""
_PROTECTED: Final = 35
"""``v`` of a legacy transaction that is bound to a chain is at least this much (EIP-155)."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signed transaction says.

    Args:
        sender: account that signed, recovered from the signature.
        to: contract or account; empty if a contract is created.
        data: calldata or creation code.
        chain_id: of the chain it is bound to; None if to no chain.
        nonce: of the account.
        gas: limit.
        fees: base fee and tip at most, and tip, wei per gas.
    """

    sender: str
    to: str
    data: bytes
    chain_id: int | None
    nonce: int = 0
    gas: int = 0
    fees: Fees = NO_FEES


def raw_of(transaction: Any) -> str:
    """The signed bytes of a node's transaction object, hex.

    Raises:
        CheckFailed: if it is of an unknown type, or its fields do not have its hash.
    """
    name, kind = to_hex(HexBytes(transaction["hash"])), _integer(transaction.get("type", 0))
    if kind not in _FIELDS:
        raise CheckFailed(f"transaction {name}: of type {kind}, which nobody signs or this program does not know")
    values = [_encoded(field, transaction[field]) for field in _FIELDS[kind]]
    parity = transaction["v"] if kind == 0 else transaction.get("yParity", transaction["v"])
    signature = [_integer(parity), _integer(transaction["r"]), _integer(transaction["s"])]
    raw = (bytes([kind]) if kind else b"") + rlp.encode([*values, *signature])
    if keccak(raw) != bytes(HexBytes(transaction["hash"])):
        raise CheckFailed(f"transaction {name}: what the node tells of it does not have this hash")
    return to_hex(raw)


def told_of(transaction: Any) -> str:
    """The same; of what nobody signed, on a development node that lets anybody send for anybody, what the node says.

    Raises:
        CheckFailed: as ``raw_of``.
    """
    if _integer(transaction["r"]) or _integer(transaction["s"]):
        return raw_of(transaction)
    said = [
        _encoded("to", transaction["from"]),
        _encoded("to", transaction["to"]),
        bytes(HexBytes(transaction["input"])),
    ]
    return to_hex(bytes([UNSIGNED]) + rlp.encode(said))


@lru_cache(maxsize=4096)
def opened(raw: str, *, unsigned: bool = False) -> Signed:
    """Who signed what.

    Args:
        raw: the bytes, hex.
        unsigned: whether to believe what a development node says of a transaction without a signature.

    Raises:
        CheckFailed: if these are not the bytes of a signed transaction.
    """
    encoded = bytes(HexBytes(raw))
    try:
        if unsigned and encoded[0] == UNSIGNED:
            sender, to, data = rlp.decode(encoded[1:])
            return Signed(str(to_checksum_address(sender)), str(to_checksum_address(to)) if to else "", data, None)
        kind = encoded[0] if encoded[0] < _SMALLEST_TYPED else 0
        names = _FIELDS[kind]
        *values, parity, r, s = rlp.decode(encoded[1:] if kind else encoded)
        fields = dict(zip(names, values, strict=True))
        v = int.from_bytes(parity)
        chain_id = int.from_bytes(fields["chainId"]) if kind else (v - _PROTECTED) // 2 if v >= _PROTECTED else None
        payload = values if kind or chain_id is None else [*values, chain_id, b"", b""]
        digest = keccak((bytes([kind]) if kind else b"") + rlp.encode(payload))
        odd = v if kind else (v - 27 if chain_id is None else (v - _PROTECTED) % 2)
        signature = Signature(vrs=(odd, int.from_bytes(r), int.from_bytes(s)))
        sender = str(signature.recover_public_key_from_msg_hash(digest).to_checksum_address())
    except Exception as error:
        raise CheckFailed(f"not a signed transaction ({type(error).__name__})") from error
    to = str(to_checksum_address(fields["to"])) if fields["to"] else ""
    price = fields.get("gasPrice", b"")
    most, tip = (int.from_bytes(fields.get(name, price)) for name in ("maxFeePerGas", "maxPriorityFeePerGas"))
    nonce, gas = int.from_bytes(fields["nonce"]), int.from_bytes(fields["gas"])
    return Signed(sender, to, fields["input"], chain_id, nonce, gas, Fees(most, tip))


def _encoded(field: str, value: Any) -> Any:
    """A field as it is signed."""
    special: dict[str, Callable[[Any], Any]] = {
        "to": lambda to: bytes(HexBytes(to)) if to else b"",
        "input": lambda data: bytes(HexBytes(data)),
        "accessList": lambda entries: [
            [bytes(HexBytes(entry["address"])), _hashes(entry["storageKeys"])] for entry in entries
        ],
        "blobVersionedHashes": _hashes,
        "authorizationList": lambda entries: [_authorization(entry) for entry in entries],
    }
    return special.get(field, _integer)(value)  # type: ignore[no-untyped-call]


def _authorization(entry: Any) -> list[Any]:
    numbers = [_integer(entry[name]) for name in ("chainId", "nonce", "yParity", "r", "s")]
    return [numbers[0], bytes(HexBytes(entry["address"])), *numbers[1:]]


def _hashes(values: Sequence[Any]) -> list[bytes]:
    return [bytes(HexBytes(value)) for value in values]


def _integer(value: Any) -> int:
    """A number as nodes and web3 give it: as such, as hex, or as bytes."""
    if isinstance(value, int):
        return value
    return int(value, 16) if isinstance(value, str) else int.from_bytes(value)
