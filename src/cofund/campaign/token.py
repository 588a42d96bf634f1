"""What a token says of itself: name, symbol, decimals. Any contract may stand there, so any answer may come."""

from typing import TYPE_CHECKING, Any, Final

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

from cofund.campaign.terms_file import TokenFacts
from cofund.chain.patience import LOOKS, looked_again
from cofund.errors import Reverted
from cofund.money import MOST_DECIMALS, money

if TYPE_CHECKING:
    from collections.abc import Callable

    from cofund.chain.contract import Contract
    from cofund.chain.node import Node

LONGEST: Final = 64
"""Characters of a name or symbol that are shown."""
LONGEST_SYMBOL: Final = 20
MOST: Final = 255
WORD: Final = 32


def token_facts(node: "Node", token: str) -> TokenFacts:
    """Ask a token; what it does not answer, or not in a way that can be read, is None.

    Raises:
        NodeError: if the node does not answer.
    """
    readers: dict[str, Callable[[bytes], Any]] = {"name": _text, "symbol": _text, "decimals": _decimals}
    data = ["0x" + keccak(text=f"{function}()")[:4].hex() for function in readers]
    known: dict[str, Any] = {}

    def read() -> bool:
        """Asked again where an answer cannot be read, and is no refusal."""
        told = node.calls(token, data)
        for (function, reads), answer in zip(readers.items(), told, strict=True):
            if known.get(function) is None:
                known[function] = answer if isinstance(answer, Reverted) else reads(answer)
        return None not in known.values()

    looked_again(read, bool, at_once=LOOKS)
    return TokenFacts(**{name: None if isinstance(found, Reverted) else found for name, found in known.items()})


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


def amounts_of(token: "Contract") -> "Callable[[int], str]":
    """What writes base units of this token for people.

    A token may have no ``decimals``; then, and only then, people read base units, and are told that they are.
    """
    said = token_facts(token.node, token.address)
    if said.decimals is None or said.decimals > MOST_DECIMALS:
        return lambda units: f"{units:,} base units"
    decimals, symbol = said.decimals, said.symbol or ""
    return lambda units: money(units, decimals, symbol if len(symbol) <= LONGEST_SYMBOL else "")
