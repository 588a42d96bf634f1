"""What went wrong on a node, as one sentence: providers disagree on classes, codes and places, the words are ours."""

import re
from typing import Any, Final

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from cofund.chain.provider import Refused
from cofund.errors import AccountError, CofundError, NodeError, Reverted

ERROR_STRING: Final = "08c379a0"  # selector of Error(string)
PANIC: Final = "4e487b71"  # selector of Panic(uint256)
REVERTS: Final = {"ContractLogicError", "TransactionFailed", "ContractCustomError", "ContractPanicError"}
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


def understood(error: Exception) -> CofundError:
    """The contract's own sentence, whichever of the providers' exceptions it came in; else what to do about it."""
    if isinstance(error, CofundError) and not isinstance(error, Refused):
        return error
    sentence = _sentence_in(_payload(error))
    if sentence is not None:
        return Reverted(sentence)
    text = said(error)
    if type(error).__name__ in REVERTS or "revert" in text.lower():
        return Reverted(_PREFIX.sub("", text).strip(" '\"") or NO_REASON)
    if is_connection_error(error):
        return NodeError(f"the node does not answer ({type(error).__name__})")
    for words, kind, meaning in _SENTENCES:
        if any(word in text.lower() for word in words):
            return kind(f"{meaning} ({text})")
    return error if isinstance(error, Refused) else NodeError(f"the node refused: {text}")


def is_known(error: Exception) -> bool:
    """Whether the node says that it has this transaction already."""
    return any(word in said(error).lower() for word in _KNOWN)


def is_too_cheap(error: Exception) -> bool:
    """Whether the node wants a higher fee."""
    return any(word in said(error).lower() for word in _TOO_CHEAP)


def is_nonce_too_low(error: Exception) -> bool:
    """Whether another transaction with this nonce, or this one, is in a block."""
    return "nonce too low" in said(error).lower()


def is_connection_error(error: Exception) -> bool:
    """Whether nobody knows if the request arrived."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"OSError", "ConnectionError", "Timeout", "TimeoutError", "RequestException"})


def said(error: Exception) -> str:
    """The node's message, in one line."""
    if isinstance(error, Refused):
        return error.reason
    response = getattr(error, "rpc_response", None) or {}
    message = (response.get("error") or {}).get("message") if isinstance(response, dict) else None
    text = str(message or getattr(error, "message", None) or error)
    return " ".join(text.split()) or type(error).__name__


def _payload(error: Exception) -> str:
    """Hex data that the node sent with the error: geth puts it in ``data``, others one or two levels below."""
    response = getattr(error, "rpc_response", None)
    found: Any = getattr(error, "data", None)
    if not found and isinstance(response, dict):
        found = (response.get("error") or {}).get("data")
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
