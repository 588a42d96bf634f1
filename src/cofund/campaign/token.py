"""What a token says of itself: name, symbol, decimals. Any contract may stand there, so any answer may come."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

from cofund.campaign.terms_file import TokenFacts
from cofund.chain.patience import LOOKS, is_there, looked_again
from cofund.errors import Reverted

if TYPE_CHECKING:
    from cofund.chain.node import Node

T = TypeVar("T")
LONGEST: Final = 64
"""Characters of a name or symbol that are shown."""
MOST: Final = 255
WORD: Final = 32


def token_facts(node: "Node", token: str) -> TokenFacts:
    """Ask a token; what it does not answer, or not in a way that can be read, is None.

    Raises:
        NodeError: if the node does not answer.
    """
    name, symbol = (_asked(node, token, function, _text) for function in ("name", "symbol"))
    return TokenFacts(name, symbol, _asked(node, token, "decimals", _decimals))


def _asked(node: "Node", token: str, function: str, read: Callable[[bytes], T | None]) -> T | None:
    """What a token answers; asked again where that cannot be read, and it does not refuse."""
    data = "0x" + keccak(text=f"{function}()")[:4].hex()
    try:
        return looked_again(lambda: read(node.call(token, data)), is_there, at_once=LOOKS)
    except Reverted:
        return None


def _decimals(answer: bytes) -> int | None:
    number = int.from_bytes(answer[:WORD], "big")
    return number if len(answer) == WORD and number <= MOST else None


def _text(answer: bytes) -> str | None:
    """Text as ERC-20 has it, or 32 bytes as some older tokens."""
    try:
        found = answer.rstrip(b"\0") if len(answer) == WORD else bytes(decode(["bytes"], answer)[0])
        text = found.decode()
    except (DecodingError, UnicodeDecodeError, OverflowError):
        return None
    return text[:LONGEST] if text and text.isprintable() else None
