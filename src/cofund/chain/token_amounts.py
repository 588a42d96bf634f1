"""Amounts of a token in whole tokens, as the token itself says of its decimals and symbol."""

from collections.abc import Callable
from typing import Any, Final

from cofund.chain.contract import Contract
from cofund.errors import CofundError
from cofund.money import MOST_DECIMALS, money

LONGEST_SYMBOL: Final = 20


def amounts_of(token: Contract) -> Callable[[int], str]:
    """What writes base units of this token for people.

    A token may have no ``decimals``; then, and only then, people read base units, and are told that they are.
    """
    decimals, symbol = _said(token, "decimals"), _said(token, "symbol")
    if not isinstance(decimals, int) or not 0 <= decimals <= MOST_DECIMALS:
        return lambda units: f"{units:,} base units"
    plain = isinstance(symbol, str) and symbol.isprintable() and len(symbol) <= LONGEST_SYMBOL
    return lambda units: money(units, decimals, symbol if plain else "")


def _said(token: Contract, function: str) -> Any:
    try:
        return token.view(function)
    except (CofundError, ValueError, TypeError, OverflowError):  # a token may answer anything
        return None
