"""TERMS.toml: a campaign's terms as people write them; read into the document that is published (``cofund.terms/1``).

Sections and names are those of the document, which is read by the same rules. What may be left out in TOML: ``unit``
and ``decimals`` of the token (its own are filled in), bonds of clients (the ceiling) and edges (none), everything under
``market`` from ``coordinator_fee`` on, parties and training. Everything that is wrong is said at once.
"""

import json
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from eth_utils.address import is_checksum_formatted_address, is_hex_address, to_checksum_address

from cofund.campaign.publication import SCHEMA, iso
from cofund.errors import InputError
from cofund.market.document import Field, NumberText, parsed_document, read_document
from cofund.market.quality import read_quality
from cofund.market.terms import MAX_AMOUNT, MAX_ROUNDS, NOBODY
from cofund.market.text_files import read_toml
from cofund.market.validation import MAX_COUNT
from cofund.units import ONE

T = TypeVar("T")
TRAINING: Final = ("task", "rounds", "local_steps", "edge_rounds", "learning_rate", "batch", "seed")
TIMES: Final = ("commit_end", "reveal_end", "settle_end")
LIMITS: Final = ("round_limit_s", "veto_window_s", "delivery_window_s")
MAX_SECONDS: Final = 2 * 365 * 24 * 3600  # of one window, as the factory has it
MAX_NUMBER: Final = 2**64 - 1
"""Of steps, samples and seeds of a training."""
MAX_DECIMALS: Final = 28
"""With more, the largest amount, 2**96 - 1 base units, is less than one whole token."""


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What a token says of itself; None where it says nothing that can be read."""

    name: str | None
    symbol: str | None
    decimals: int | None


@dataclass(slots=True)
class TermsReader:
    """One reading of a file, which goes on after what it refuses.

    Args:
        initiator: account that creates, or created, the campaign.
        token: of an address what the token there says of itself, to fill in; None where there is no node.
        whole: whether nothing may be left out, as in a published document.
        found: everything that was refused.
    """

    initiator: str
    token: Callable[[str], TokenFacts] | None = None
    whole: bool = False
    found: list[InputError] = field(default_factory=list)

    def of(self, read: Callable[..., T], *arguments: Any, instead: Any) -> T:
        """What ``read`` gives; ``instead`` if it refuses."""
        try:
            return read(*arguments)
        except InputError as error:
            self.found.append(error)
            return instead  # type: ignore[no-any-return]

    def members(self, table: Field, required: Collection[str], optional: Collection[str] = ()) -> "Members":
        """The fields of a table, those that are missing refused when they are read."""
        needed = (*required, *(optional if self.whole else ()))
        if not isinstance(table.value, dict):
            self.found.append(table.refuse("a table"))
            return Members(self, table, {}, silent=True)
        known = {}
        for name in table.value:
            if name in required or name in optional:
                known[name] = Field(table.where, _child(table.path, name), table.value[name])
            else:
                self.of(Field(table.where, table.path, {name: 0}).members, (), (*required, *optional), instead=None)
        for name in needed:
            if name not in known:
                self.found.append(
                    InputError(table.where, _child(table.path, name), "expected a value, but the field is missing")
                )
        return Members(self, table, known)


@dataclass(frozen=True, slots=True)
class Members:
    """The fields of one table; every one is read with a value to go on with where it is missing or refused."""

    reading: TermsReader
    table: Field
    known: dict[str, Field]
    silent: bool = False

    def __contains__(self, name: str) -> bool:
        return name in self.known

    def read(self, name: str, read: Callable[..., T], *arguments: Any, instead: Any) -> T:
        """A field's value."""
        if name not in self.known:
            return instead  # type: ignore[no-any-return]
        return self.reading.of(read, self.known[name], *arguments, instead=instead)

    def sub(self, name: str, required: Collection[str], optional: Collection[str] = ()) -> "Members":
        """A table within the table; an empty one, of which nothing more is said, if it is missing."""
        if name not in self.known:
            return Members(self.reading, Field(self.table.where, name, {}), {}, silent=True)
        return self.reading.members(self.known[name], required, optional)

    def items(self, name: str) -> list[Field]:
        """The entries of a list; none if it is missing."""
        return self.read(name, Field.items, instead=[])


def load_terms(path: Path, initiator: str, token: Callable[[str], TokenFacts] | None = None) -> dict[str, Any]:
    """The published document of a TERMS.toml, or of the document itself (``.json``).

    Args:
        path: the file.
        initiator: account that creates, or created, the campaign.
        token: what the token at an address says of itself, for what a TERMS.toml leaves out.

    Raises:
        InputError: naming the file, every field that is wrong, and what was expected there.
    """
    document, found = read_terms(path, initiator, token)
    require_none(str(path), found)
    return document


def read_terms(
    path: Path, initiator: str, token: Callable[[str], TokenFacts] | None = None
) -> tuple[dict[str, Any], list[InputError]]:
    """The same with all that is wrong, instead of an error; what is wrong stands in the document as 0 or nothing."""
    if path.suffix != ".toml":
        read = read_document(str(path), SCHEMA)
        document = dict(read.plain())
        return document, _not_as_published(read, document)
    reading = TermsReader(initiator, token)
    return _document(reading, Field(str(path), "", read_toml(path, NumberText))), reading.found


def published_document(where: str, content: bytes) -> dict[str, Any]:
    """The document in what a store has.

    Raises:
        InputError: it is no terms document, or has a field that none has.
    """
    read = parsed_document(where, content, SCHEMA)
    document = dict(read.plain())
    require_none(where, _not_as_published(read, document))
    return document


def require_none(where: str, found: list[InputError]) -> None:
    """Raise what was found: one error as it is, several as a list.

    Raises:
        InputError: if there is any.
    """
    if len(found) == 1:
        raise found[0]
    if found:
        lines = "".join(f"\n  {each.field}: {each.expected}" for each in found)
        raise InputError(where, "", f"{len(found)} fields are wrong{lines}")


def _not_as_published(read: Field, document: dict[str, Any]) -> list[InputError]:
    """What keeps a document from being one: the same rules, nothing left out, and every value written in one way."""
    reading = TermsReader("", whole=True)
    again = _document(reading, Field(read.where, "", {n: v for n, v in read.value.items() if n != "schema"}))
    if reading.found:
        return reading.found
    return [
        InputError(read.where, path, f"expected {json.dumps(right)} as published terms write it")
        for path, right in _others(document, again)
    ]


def _others(found: Any, right: Any, path: str = "") -> list[tuple[str, Any]]:
    """Paths at which two values differ, in type too, and what the second has there."""
    if type(found) is not type(right):
        return [(path, right)]
    if isinstance(right, dict):
        names = [name for name in right if name in found]
        more = [] if len(names) == len(found) == len(right) else [(path, sorted(right))]
        return more + [pair for name in names for pair in _others(found[name], right[name], _child(path, name))]
    if isinstance(right, list) and len(found) == len(right):
        return [
            pair for at, (a, b) in enumerate(zip(found, right, strict=True)) for pair in _others(a, b, f"{path}[{at}]")
        ]
    return [] if found == right else [(path, right)]


def _child(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _document(reading: TermsReader, root: Field) -> dict[str, Any]:
    required = ("name", "coordinator", "token", "phases", "market", "bonds", "quality", "edges")
    more = ("initiator", "rehearsal") if reading.whole else ()
    fields = reading.members(root, required, ("owners", "clients", "training", *more))
    token, tick = _token(fields)
    market = _market(fields, tick)
    initiator = fields.read("initiator", _address, instead="") if reading.whole else reading.initiator
    return {
        "schema": SCHEMA,
        "name": fields.read("name", _name, instead=""),
        "token": token,
        "initiator": initiator,
        "coordinator": fields.read("coordinator", _address, instead=NOBODY),
        "phases": _phases(fields),
        "market": market,
        "bonds": _bonds(fields, market["ceiling"]),
        "quality": list(fields.read("quality", read_quality, instead=())),
        "edges": [_edge(reading, item, tick) for item in fields.items("edges")],
        "owners": [_owner(reading, item) for item in fields.items("owners")],
        "clients": [_client(reading, item) for item in fields.items("clients")],
        "training": _training(fields),
        "rehearsal": _rehearsal(fields),
    }


def _token(fields: Members) -> tuple[dict[str, Any], int]:
    members = fields.sub("token", ("address", "tick"), ("unit", "decimals"))
    tick = members.read("tick", _amount, 1, instead=1)
    address = members.read("address", _address, instead=NOBODY)
    facts, left_out = None, {"unit", "decimals"} - members.known.keys()
    if fields.reading.token is not None and left_out and address != NOBODY:
        facts = fields.reading.token(address)
    unit = members.read("unit", _name, instead=(facts and facts.symbol) or "")
    decimals = members.read("decimals", _whole, 0, MAX_DECIMALS, instead=(facts and facts.decimals) or 0)
    return {"address": address, "unit": unit, "decimals": decimals, "tick": str(tick)}, tick


def _phases(fields: Members) -> dict[str, Any]:
    members = fields.sub("phases", (*TIMES, *LIMITS))
    return {name: iso(members.read(name, _time, instead=0)) for name in TIMES} | {
        name: members.read(name, _whole, 0, MAX_SECONDS, instead=0) for name in LIMITS
    }


def _market(fields: Members, tick: int) -> dict[str, Any]:
    optional = ("coordinator_fee", "goal", "rule", "match", "sponsor", "tolerance", "listed_owners")
    members = fields.sub("market", ("cohort", "min_cohort", "ceiling"), optional)
    return {
        "cohort": members.read("cohort", _whole, 1, MAX_COUNT, instead=1),
        "min_cohort": members.read("min_cohort", _whole, 1, MAX_COUNT, instead=1),
        "ceiling": str(members.read("ceiling", _amount, 0, tick, instead=0)),
        "coordinator_fee": str(members.read("coordinator_fee", _amount, instead=0)),
        "goal": members.read("goal", _whole, 1, MAX_ROUNDS, instead=1),
        "rule": members.read("rule", _rule, instead="serial"),
        "match": members.read("match", _whole, 0, ONE, instead=0),
        "sponsor": members.read("sponsor", _sponsor, fields.reading.whole, instead=None),
        "tolerance": members.read("tolerance", _whole, 0, MAX_ROUNDS, instead=0),
        "listed_owners": members.read("listed_owners", Field.flag, instead=False),
    }


def _bonds(fields: Members, ceiling: str) -> dict[str, str]:
    members = fields.sub("bonds", ("owner", "coordinator"), ("client", "edge"))
    amounts = {name: members.read(name, _amount, instead=0) for name in ("owner", "edge", "coordinator")}
    return {
        "owner": str(amounts["owner"]),
        "client": str(members.read("client", _amount, instead=ceiling)),
        "edge": str(amounts["edge"]),
        "coordinator": str(amounts["coordinator"]),
    }


def _edge(reading: TermsReader, item: Field, tick: int) -> dict[str, Any]:
    members = reading.members(item, ("id", "operator", "capacity", "fee"), ("name", "admits"))
    name = members.read("id", _name, instead="")
    return {
        "id": name,
        "name": members.read("name", _name, instead=name),
        "operator": members.read("operator", _address, instead=NOBODY),
        "capacity": members.read("capacity", _whole, 0, MAX_COUNT, instead=0),
        "fee": str(members.read("fee", _amount, 0, tick, instead=0)),
        "admits": members.read("admits", Field.flag, instead=False),
    }


def _owner(reading: TermsReader, item: Field) -> dict[str, Any]:
    members = reading.members(item, ("id", "account"), ("name", "weight"))
    name = members.read("id", _name, instead="")
    return {
        "id": name,
        "name": members.read("name", _name, instead=name),
        "account": members.read("account", _address, instead=NOBODY),
        "weight": members.read("weight", _whole, 1, MAX_COUNT, instead=1),
    }


def _client(reading: TermsReader, item: Field) -> dict[str, Any]:
    members = reading.members(item, ("id", "account", "edge"), ("name",))
    name = members.read("id", _name, instead="")
    return {
        "id": name,
        "name": members.read("name", _name, instead=name),
        "account": members.read("account", _address, instead=NOBODY),
        "edge": members.read("edge", _name, instead=""),
    }


def _training(fields: Members) -> dict[str, Any] | None:
    """Types only: what the numbers and the task must be, ``terms_check`` says."""
    if "training" not in fields or fields.known["training"].value is None:
        return None
    members = fields.sub("training", TRAINING)
    counts = {name: members.read(name, _whole, 0, MAX_NUMBER, instead=1) for name in TRAINING[1:4] + TRAINING[5:]}
    written = {
        "task": members.read("task", _name, instead=""),
        "learning_rate": members.read("learning_rate", _real, instead=0.1),
    }
    return {name: (counts | written)[name] for name in TRAINING}


def _rehearsal(fields: Members) -> dict[str, Any] | None:
    if "rehearsal" not in fields or fields.known["rehearsal"].value is None:
        return None
    members = fields.sub("rehearsal", ("rate", "rmse", "metrics"))
    metrics = [fields.reading.of(Field.text, item, instead="") for item in members.items("metrics")]
    return {name: members.read(name, Field.text, instead="") for name in ("rate", "rmse")} | {"metrics": metrics}


def _name(field: Field) -> str:
    """Text of one line that shows as it is."""
    if not field.text().isprintable():
        raise field.refuse("printable characters on one line")
    return field.text()


def _rule(field: Field) -> str:
    if field.value not in ("serial", "vcg"):
        raise field.refuse('"serial" or "vcg"')
    return str(field.value)


def _sponsor(field: Field, whole: bool) -> str | None:
    return None if whole and field.value is None else _address(field)


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


def _amount(field: Field, low: int = 0, multiple: int = 1) -> int:
    amount = field.amount()
    if not low <= amount <= MAX_AMOUNT:
        raise field.refuse(f"base units from {low} to 2**96 - 1")
    if amount % multiple:
        raise field.refuse(f"a multiple of the tick, {multiple} base units")
    return amount


def _whole(field: Field, low: int, high: int) -> int:
    if not low <= field.integer() <= high:
        raise field.refuse(f"a whole number from {low} to {high}")
    return field.integer()


def _time(field: Field) -> int:
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
    return found
