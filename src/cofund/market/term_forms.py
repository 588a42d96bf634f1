"""How values of terms are written: in TERMS.toml, in the published document, and in ``Terms``."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from eth_utils.address import is_checksum_formatted_address, is_hex_address, to_checksum_address

from cofund.market.document import Field, NumberText
from cofund.market.terms import MAX_AMOUNT, MAX_ROUNDS, NOBODY
from cofund.market.validation import MAX_COUNT, MAX_OWNERS

MAX_SECONDS: Final = 2 * 365 * 24 * 3600  # of one window, as the factory has it
MAX_NUMBER: Final = 2**64 - 1
"""Of steps, samples and seeds of a training."""


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Form:
    """How one field is written.

    Args:
        parse: of a file's field, the value as a published document has it; refuses what is none.
        instead: stands in the document where the field is missing or refused.
        write, read: from ``Terms`` to the document, and back.
        optional: whether a TERMS.toml may leave the field out.
        in_ticks: whether the contract counts it in ticks.
        members: of a table, or of every entry of a list of tables, its fields.
    """

    parse: Callable[[Field], Any]
    instead: Any
    write: Callable[[Any], Any] = _same
    read: Callable[[Any], Any] = _same
    optional: bool = False
    in_ticks: bool = False
    members: "Mapping[str, Form] | None" = None


def left_out(form: Form, **instead: Any) -> Form:
    """The same, which a TERMS.toml may leave out."""
    return replace(form, optional=True, **instead)


def whole(low: int, high: int) -> Form:
    """A whole number."""
    return Form(lambda field: _whole(field, low, high), low)


def iso(timestamp: int) -> str:
    """Seconds since the epoch as ISO-8601 UTC."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text: str) -> int:
    """ISO-8601 UTC as seconds since the epoch."""
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


def _name(field: Field) -> str:
    """Text of one line that shows as it is."""
    if not field.text().isprintable():
        raise field.refuse("printable characters on one line")
    return field.text()


def _rule(field: Field) -> str:
    if field.value not in ("serial", "vcg"):
        raise field.refuse('"serial" or "vcg"')
    return str(field.value)


def _real(field: Field) -> float:
    value = field.value
    if isinstance(value, NumberText):
        value = float(value.text)
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise field.refuse("a number")
    return value  # as it is written: 1 stays 1, for the digest


def _finite(value: float) -> bool:
    """Whether a number is one that a training can compute with; Python's integers may be larger than any of those."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _address(field: Field) -> str:
    text = field.text()
    if not is_hex_address(text) or not text.startswith("0x"):
        raise field.refuse("an address of 0x and 40 hex digits")
    right = str(to_checksum_address(text))
    if is_checksum_formatted_address(text) and text != right:
        raise field.refuse(f"an address with its checksum, such as {right}")
    return right


def _amount(field: Field, low: int = 0) -> str:
    amount = field.amount()
    if not low <= amount <= MAX_AMOUNT:
        raise field.refuse(f"base units from {low} to 2**96 - 1")
    return str(amount)


def _whole(field: Field, low: int, high: int) -> int:
    if not low <= field.integer() <= high:
        raise field.refuse(f"a whole number from {low} to {high}")
    return field.integer()


def _time(field: Field) -> str:
    """A TOML time with an offset, or a string such as 2026-01-08T12:00:00Z."""
    value = field.value
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, datetime) or value.tzinfo is None or value.microsecond:
        raise Field(field.where, field.path, str(field.value)).refuse("a time such as 2026-01-08T12:00:00Z")
    try:
        found = int(value.astimezone(UTC).timestamp())
    except OverflowError:  # in UTC it is before the year 1 or after 9999
        found = -1
    if found < 0:
        raise Field(field.where, field.path, str(field.value)).refuse("a time from 1970 to 9999")
    return iso(found)


def _or_none(parse: Callable[[Field], str]) -> Callable[[Field], str | None]:
    """A published document says of what is not there that there is none; a TERMS.toml leaves it out."""
    return lambda field: None if field.value is None else parse(field)


def _goal(field: Field) -> int | list[dict[str, int]]:
    """Rounds, or a table; what a number says is written as a number."""
    if not isinstance(field.value, list):
        return _whole(field, 1, MAX_ROUNDS)
    table = []
    for item in field.items(least=1):
        entry = item.members(("weight", "rounds"))
        weight, rounds = entry["weight"], entry["rounds"]
        table.append((_whole(weight, 1, MAX_COUNT * MAX_OWNERS), _whole(rounds, 1, MAX_ROUNDS)))
    return _goal_written(table)


def _goal_written(table: Sequence[tuple[int, int]]) -> int | list[dict[str, int]]:
    if len(table) == 1 and table[0][0] == 1:
        return table[0][1]
    return [{"weight": weight, "rounds": rounds} for weight, rounds in table]


def goal_words(written: int | list[dict[str, int]]) -> str:
    """The same in words: how many rounds are sold together."""
    (least, rounds), *more = goal_table(written)
    said = f"{rounds:,}" if least == 1 else f"{rounds:,} from weight {least:,} on"
    return ", ".join([said, *(f"{rounds:,} from weight {weight:,} on" for weight, rounds in more)])


def goal_table(written: int | list[dict[str, int]]) -> tuple[tuple[int, int], ...]:
    """What a document says of the goal: (least weight of the owners, rounds sold together)."""
    if isinstance(written, int):
        return ((1, written),)
    return tuple((entry["weight"], entry["rounds"]) for entry in written)


NAME: Final = Form(_name, "")
TEXT: Final = Form(Field.text, "")
ADDRESS: Final = Form(_address, NOBODY)
ACCOUNT_OR_NONE: Final = Form(
    _or_none(_address), None, lambda account: None if account == NOBODY else account, lambda said: said or NOBODY
)
AMOUNT: Final = Form(_amount, "0", str, int)
TICK: Final = Form(lambda field: _amount(field, 1), "1", str, int)
IN_TICKS: Final = replace(AMOUNT, in_ticks=True)
REAL: Final = Form(_real, 0.1)
FLAG: Final = Form(Field.flag, instead=False)
TIME: Final = Form(_time, iso(0), iso, seconds)
RULE: Final = Form(_rule, "serial", lambda underwritten: "vcg" if underwritten else "serial", "vcg".__eq__)
SPAN: Final = whole(0, MAX_SECONDS)
COUNT: Final = whole(1, MAX_COUNT)
GOAL: Final = Form(_goal, 1, _goal_written, goal_table)
"""In ``Terms`` it is the goal table."""
NAME_OR_NONE: Final = Form(_or_none(_name), None)
NUMBER: Final = replace(whole(0, MAX_NUMBER), instead=1)
