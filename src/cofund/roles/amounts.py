"""Amounts as people type them, read exactly: ``9500`` or ``1.40`` tokens become base units, never through a float.

``web/static/amounts.js`` reads and refuses the same in the browser; ``tests/browser/test_web_arithmetic.py`` holds one
against the other.
"""

import re
from typing import Final

from cofund.errors import InputError
from cofund.market.terms import MAX_AMOUNT

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
        raise InputError(option, "", "expected at most 2**96 - 1 base units")
    return units


def ticks(amount: int, tick: int, option: str) -> int:
    """An amount of base units in ticks, the unit in which the contract counts offers.

    Raises:
        InputError: if it is no multiple of the tick.
    """
    if amount % tick:
        below = amount // tick * tick
        near = f"such as {below} or {below + tick}"
        raise InputError(option, "", f"expected a multiple of the tick, {tick} base units, {near}; got {amount}")
    return amount // tick
