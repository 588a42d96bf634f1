"""Amounts as people type them, read exactly: ``9500`` or ``1.40`` tokens become base units, never through a float.

``web/static/amounts.js`` reads and refuses the same in the browser; ``tests/browser/test_web_arithmetic.py`` holds one
against the other.
"""

import re
from typing import Final

from cofund.errors import InputError
from cofund.market.terms import MAX_AMOUNT
from cofund.money import LEAST_DECIMALS, money

_DECIMAL: Final = re.compile(r"([0-9]{1,3}(?:_[0-9]{3})+|[0-9]+)(?:\.([0-9]+))?")
_MOST_DIGITS: Final = 60
"""Far above what a contract keeps; Python refuses to read numbers of thousands of digits."""


def base_units(text: str, decimals: int, option: str) -> int:
    """Base units of an amount in whole tokens.

    Args:
        text: digits, ``_`` between their thousands if wanted, and after a point at most ``decimals`` more.
        decimals: of the token, as the terms say.
        option: what the amount was given for, such as ``--value``.

    Raises:
        InputError: if the amount is no such number, finer than a base unit, or above what a contract keeps.
    """
    found = _DECIMAL.fullmatch(text.strip(" \t"))
    if found is None:
        comma = ", without a comma" if "," in text else ""
        raise InputError(option, "", f"expected an amount in whole tokens such as 9500 or 1.40{comma}, got {text!a}")
    fraction = (found[2] or "").rstrip("0")
    if len(fraction) > decimals:
        raise InputError(
            option, "", f"expected at most {decimals} digits after the point, as the token has; got {text}"
        )
    whole = found[1].replace("_", "").lstrip("0") or "0"
    units = 0 if len(whole) > _MOST_DIGITS else int(whole) * 10**decimals + int(fraction.ljust(decimals, "0") or "0")
    if units > MAX_AMOUNT or len(whole) > _MOST_DIGITS:
        raise InputError(option, "", f"expected at most {typed(MAX_AMOUNT, decimals)}, got {text[:_MOST_DIGITS]}")
    return units


def typed(units: int, decimals: int) -> str:
    """An amount of base units in whole tokens, as it can be typed: without marks between thousands."""
    return money(units, decimals, least=min(decimals, LEAST_DECIMALS)).replace(",", "")


def ticks(amount: int, tick: int, option: str, decimals: int = 0) -> int:
    """An amount of base units in ticks, the unit in which the contract counts offers.

    Args:
        amount: base units.
        tick: base units.
        option: what the amount was given for; it was typed in whole tokens, and so is what the refusal suggests.
        decimals: of the token.

    Raises:
        InputError: if it is no multiple of the tick.
    """
    if amount % tick:
        below = amount // tick * tick
        near = f"such as {typed(below, decimals)} or {typed(below + tick, decimals)}"
        got = typed(amount, decimals)
        raise InputError(option, "", f"expected a multiple of the tick, {typed(tick, decimals)}, {near}; got {got}")
    return amount // tick
