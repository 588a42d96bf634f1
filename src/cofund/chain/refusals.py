"""What went wrong on a node, as one sentence: providers disagree on classes, codes and places, the words are ours."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from cofund.chain.provider import Refused
from cofund.errors import AccountError, CofundError, NodeError, Reverted

ERROR_STRING: Final = "08c379a0"  # selector of Error(string)
PANIC: Final = "4e487b71"  # selector of Panic(uint256)
NO_REASON: Final = "the contract refused without a reason"

_PREFIX: Final = re.compile(r"^.*?(?:execution reverted|reverted with reason string|revert)\b[:\s]*", re.IGNORECASE)
_KNOWN: Final = ("already known", "already imported", "already exists", "known transaction", "alreadyknown")
_TOO_CHEAP: Final = ("underpriced", "less than block base fee", "fee too low", "feetoolow", "fee cap less than")
_SENTENCES: Final[tuple[tuple[tuple[str, ...], type[CofundError], str], ...]] = (
    (("insufficient funds",), AccountError, "the account has not enough of the chain's coin to pay for gas"),
    (("nonce too low",), NodeError, "this nonce was used already by another transaction of the account"),
    (("nonce too high",), NodeError, "a transaction with a lower nonce is missing"),
    (_TOO_CHEAP, NodeError, "the fee offered is too low for this node now"),
    (
        ("gas limit", "intrinsic gas too high", "gas limit is too high", "gas allowance", "gas required exceeds"),
        NodeError,
        "needs more gas than one transaction may use",
    ),
    (("out of gas", "outofgas", "intrinsic gas too low"), Reverted, "out of gas"),
    (
        ("notactivated", "opcodenotfound", "invalid opcode", "invalid instruction"),
        NodeError,
        "this chain follows rules older than Cancun, which the contracts need",
    ),
    (("not found", "missing trie node", "pruned"), NodeError, "the node does not have this block or transaction"),
)


@contextmanager
def understanding() -> Iterator[None]:
    """What a node refuses comes out in our words.

    Raises:
        CofundError: see ``understood``.
    """
    try:
        yield
    except Refused as error:
        raise understood(error) from error


def understood(error: Refused) -> CofundError:
    """The contract's own sentence, wherever the node put it; else what to do about it."""
    sentence = _sentence_in(_payload(error))
    if sentence is not None:
        return Reverted(sentence)
    text = said(error)
    if "revert" in text.lower():
        return Reverted(_PREFIX.sub("", text).strip(" '\"") or NO_REASON)
    for words, kind, meaning in _SENTENCES:
        if any(word in text.lower() for word in words):
            return kind(f"{meaning} ({text})")
    return error


def is_known(error: Exception) -> bool:
    """Whether the node says that it has this transaction already."""
    return any(word in said(error).lower() for word in _KNOWN)


def is_too_cheap(error: Exception) -> bool:
    """Whether the node wants a higher fee."""
    return any(word in said(error).lower() for word in _TOO_CHEAP)


def is_nonce_too_low(error: Exception) -> bool:
    """Whether another transaction with this nonce, or this one, is in a block."""
    return "nonce too low" in said(error).lower()


def said(error: Exception) -> str:
    """The node's message, in one line."""
    return error.reason if isinstance(error, Refused) else " ".join(str(error).split())


def _payload(error: Refused) -> str:
    """Hex data that the node sent with the error: geth puts it in ``data``, others one or two levels below."""
    found: Any = error.data
    while isinstance(found, dict):
        found = next((found[key] for key in ("data", "result", "return") if found.get(key)), None)
    return found if isinstance(found, str) else ""


def _sentence_in(data: str) -> str | None:
    """The string of an ``Error(string)`` or the code of a ``Panic(uint256)``; None for other data."""
    payload = data[data.find("0x") + 2 :] if "0x" in data else data
    if not payload.startswith((ERROR_STRING, PANIC)):
        return None
    kind = "string" if payload.startswith(ERROR_STRING) else "uint256"
    try:
        (value,) = decode([kind], bytes.fromhex(payload[8:]))
    except (ValueError, DecodingError):
        return None
    return str(value) if kind == "string" else f"arithmetic or bounds error (panic {value:#x})"
