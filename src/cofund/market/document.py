"""Documents read without surprises: each refusal is one line with the file, the field and what was expected.

Numbers are never rounded, a key never silently wins over its twin, and no input of any size ends in a traceback.
"""

import contextlib
import itertools
import json
import math
import re
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from cofund.errors import InputError, in_a_line
from cofund.market.text_files import decoded
from cofund.market.validation import shortened

MAX_EXACT: Final = 2**53 - 1
"""Largest amount accepted as a JSON number: other readers lose digits above it, so larger ones must be strings."""

MAX_DIGITS: Final = 57
"""Longest number read; every sum of amounts of one campaign is shorter (2**136 has 41 digits)."""

MAX_WORD_DIGITS: Final = 78
"""Digits of the largest whole number that a contract holds; a metric may be one."""

LONGEST_DECIMAL: Final = 32
"""Most characters of a number that may have decimals."""

AMOUNT: Final = "a whole number of base units as a decimal string"
MAX_DEPTH: Final = 32
"""Deepest nesting of objects and lists that is read."""

RECORD: Final = "cofund.record/3"
PROTOCOL_1: Final = "cofund at commit 840515f, of protocol 0.1"
FORMER: Final = {
    "cofund.record/1": "cofund at commit 2f02d68",
    "cofund.record/2": PROTOCOL_1,
    "cofund.terms/1": PROTOCOL_1,
}
"""Schemas that are read no more, and the last version of cofund that reads them."""

MOST_VALUES: Final = 2**19
"""Most brackets, commas and colons in one text that programs send each other: as many as 20,000 deliveries need.

Objects of Python take some 30 times the text of the smallest of them; so what a text of any length becomes stays below
64 MiB and its own size."""

CHARACTERS: Final = 8
"""A document of people may have one more of them for so many characters: with names and amounts it has fewer."""

MOST_FRACTIONS: Final = 2**16
"""Most numbers with a fraction in a document; each is kept as text, and there are amounts in whole numbers only."""

_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{},:]', re.DOTALL)
"""A string, which may lack its end, or what stands between values. Nothing is tried twice, so it takes no memory and
time in proportion to the text, whatever that is."""

_DECIMAL: Final = re.compile(r"0|-?[1-9][0-9]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class NumberText:
    """A JSON number with a fraction, an exponent or very many digits, kept as it was written."""

    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """A value inside a document, with the file and the path it came from."""

    where: str
    path: str
    value: Any

    def refuse(self, expected: str) -> InputError:
        """The error that says what was expected here and what was found."""
        return InputError(self.where, self.path, f"expected {expected}, got {_shown(self.value)}")

    def members(self, required: Collection[str], optional: Collection[str] = ()) -> dict[str, "Field"]:
        """The fields of an object that has all of ``required`` and nothing outside ``required`` and ``optional``."""
        if not isinstance(self.value, dict):
            raise self.refuse("an object")
        for name in self.value:
            if name not in required and name not in optional:
                known = ", ".join([*required, *optional])
                raise InputError(self.where, self._child(_shown_key(name)), f"unknown field; expected one of {known}")
        for name in required:
            if name not in self.value:
                raise InputError(self.where, self._child(name), "expected a value, but the field is missing")
        return {name: Field(self.where, self._child(name), value) for name, value in self.value.items()}

    def entries(self) -> dict[str, "Field"]:
        """The fields of an object whose keys are names of agents."""
        if not isinstance(self.value, dict):
            raise self.refuse("an object")
        shown = {name: self._child(_shown_key(name)) for name in self.value}
        return {name: Field(self.where, shown[name], value) for name, value in self.value.items()}

    def items(self, least: int = 0) -> list["Field"]:
        """The entries of a list, which has at least so many, 0 or 1."""
        if not isinstance(self.value, list):
            raise self.refuse("a list")
        if len(self.value) < least:
            raise InputError(self.where, self.path, "expected at least one entry, got an empty list")
        return [Field(self.where, f"{self.path}[{index}]", value) for index, value in enumerate(self.value)]

    def amount(self) -> int:
        """A signed whole number, written as a decimal string or as a JSON integer too small to lose digits."""
        if type(self.value) is int and abs(self.value) <= MAX_EXACT:
            return self.value
        if isinstance(self.value, str) and _DECIMAL.fullmatch(self.value) and len(self.value) <= MAX_DIGITS:
            return int(self.value)
        raise self.refuse(AMOUNT)

    def integer(self) -> int:
        """A JSON integer; a boolean is none."""
        if type(self.value) is not int:
            raise self.refuse("an integer")
        return self.value

    def number(self) -> float:
        """A finite number, of a document that has floating point."""
        with contextlib.suppress(OverflowError):
            if type(self.value) in (int, float) and math.isfinite(self.value):
                return float(self.value)
        raise self.refuse("a number")

    def decimal(self, low: str, high: str, expected: str = "") -> Decimal:
        """A number, or its text, from ``low`` to ``high`` with at most 9 decimals."""
        wrong = self.refuse(expected or f"a number from {low} to {high} with at most 9 decimals")
        text = self.value.text if isinstance(self.value, NumberText) else self.value
        if isinstance(text, bool) or not isinstance(text, int | str) or len(str(text)) > LONGEST_DECIMAL:
            raise wrong
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise wrong from None
        if not number.is_finite() or not Decimal(low) <= number <= Decimal(high) or number != round(number, 9):
            raise wrong
        return number

    def flag(self) -> bool:
        """A JSON boolean."""
        if not isinstance(self.value, bool):
            raise self.refuse("true or false")
        return self.value

    def text(self) -> str:
        """A JSON string."""
        if not isinstance(self.value, str):
            raise self.refuse("a string")
        return self.value

    def plain(self) -> Any:
        """All of it with plain numbers, of which digests are taken.

        Raises:
            InputError: a number in it is larger than floating point has, or whole and larger than any on a chain; or a
                text could not be written again, since JSON can escape half a character.
        """
        if isinstance(self.value, dict):
            return {
                Field(self.where, self.path, name).plain(): self._plain(name, self.value[name]) for name in self.value
            }
        if isinstance(self.value, list):
            return [self._plain(at, value) for at, value in enumerate(self.value)]
        if isinstance(self.value, str):
            return self._writable(self.value)
        return self._number(self.value) if isinstance(self.value, NumberText) else self.value

    def _plain(self, at: str | int, value: Any) -> Any:
        """The same of a member; of most of them nobody needs to know where they are."""
        if isinstance(value, dict | list | NumberText) or (isinstance(value, str) and not value.isascii()):
            path = f"{self.path}[{at}]" if isinstance(at, int) else self._child(_shown_key(at))
            return Field(self.where, path, value).plain()
        return value

    def _writable(self, text: str) -> str:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise self.refuse("text without half characters") from None
        return text

    def _number(self, number: NumberText) -> int | float:
        """Whole if it is written so."""
        digits = number.text.removeprefix("-")
        if digits.isdigit() and len(digits) <= MAX_WORD_DIGITS:
            return int(number.text)
        if digits.isdigit() or math.isinf(float(number.text)):
            raise self.refuse("a smaller number")
        return float(number.text)

    def _child(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


def read_document(source: str, schema: str) -> Field:
    """Parse the JSON file ``source`` (``-`` is standard input) and check that its ``schema`` field says ``schema``.

    Raises:
        InputError: when the file cannot be read, is not UTF-8, is not JSON, or says another schema.
    """
    name = "standard input" if source == "-" else in_a_line(source)
    return parsed_document(name, _content(name, source), schema)


def parsed_document(name: str, content: bytes, schema: str) -> Field:
    """The same of what has been read already; ``name`` is what messages call it."""
    document = Field(name, "", _parsed(name, decoded(name, content)))
    if not isinstance(document.value, dict):
        raise document.refuse(f"an object with the schema {schema}")
    said = Field(name, "schema", document.value.get("schema"))
    if said.value != schema:
        raise said.refuse(f'"{schema}"{_read_by(said.value)}')
    return document


def _read_by(said: Any) -> str:
    """Which version of cofund reads a schema that this one reads no more."""
    version = FORMER.get(said) if isinstance(said, str) else None
    return f" ({said} is read by {version})" if version else ""


def written(document: dict[str, Any]) -> str:
    """``document`` as the JSON text that cofund writes: keys in the order of the schema, two spaces, final newline."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _content(name: str, source: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(name, "", f"cannot be read: {reason}") from None


def _parsed(name: str, text: str) -> Any:
    if not text.strip():
        raise InputError(name, "", "expected JSON, got an empty file")
    wrong = _unbounded(text, MOST_VALUES + len(text) // CHARACTERS)
    if wrong:
        raise InputError(name, "", f"expected JSON, got {wrong}")
    kept = itertools.count(1)

    def as_text(number: str) -> NumberText:
        if next(kept) > MOST_FRACTIONS:
            raise InputError("", "", f"expected at most {MOST_FRACTIONS:,} numbers that are not whole, or very long")
        return NumberText(number)

    try:
        return json.loads(
            text,
            object_pairs_hook=_without_twins,
            parse_int=lambda digits: int(digits) if len(digits) <= MAX_DIGITS else as_text(digits),
            parse_float=as_text,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        raise InputError(name, f"line {error.lineno} column {error.colno}", f"expected JSON: {error.msg}") from None
    except InputError as error:
        raise InputError(name, error.field, error.expected) from None


def parse_shallow(text: str) -> Any:
    """JSON that programs wrote to each other, once its nesting and its values were counted.

    Raises:
        ValueError: it is no JSON, nested too deeply, or of more than ``MOST_VALUES`` values.
    """
    wrong = _unbounded(text, MOST_VALUES)
    if wrong:
        raise ValueError(wrong)
    return json.loads(text)


def _unbounded(text: str, most: int) -> str:
    """What a text has too much of to be parsed; empty if nothing.

    Nesting is counted before because a library may have raised Python's own limit beyond the stack.
    """
    for values, level in enumerate(_levels(text), 1):
        if level > MAX_DEPTH:
            return "objects or lists nested too deeply"
        if values > most:
            return "too many values for its length"
    return ""


def _levels(text: str) -> Iterator[int]:
    """How deep it is at each bracket, comma and colon: as many as there are values, keys, objects and lists."""
    level = 0
    for token in _TOKEN.finditer(text):
        what = text[token.start()]
        if what != '"':
            level += (what in "[{") - (what in "]}")
            yield level


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise InputError("", _shown_key(key), "expected each key once in an object, got it twice")
        members[key] = value
    return members


def _refuse_constant(text: str) -> Any:
    raise InputError("", "", f"expected JSON, got {text}, which is not a JSON number")


def _shown_key(key: str) -> str:
    return key if key.isascii() and key.isprintable() and 0 < len(key) <= 40 else shortened(key)


def _shown(value: Any) -> str:
    if isinstance(value, NumberText):
        return value.text if len(value.text) <= 40 else f"a number of {len(value.text)} characters"
    named = {dict: "an object", list: "a list", type(None): "nothing", bool: str(value).lower()}
    if isinstance(value, str):
        return shortened(json.dumps(value)).strip("'")
    return named.get(type(value)) or shortened(value)
