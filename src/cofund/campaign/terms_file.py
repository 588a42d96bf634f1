"""TERMS.toml: a campaign's terms as people write them; read into the document that is published (``cofund.terms/2``).

Sections and names are those of the document, which is read by the same rules. What may be left out in TOML: ``unit``
and ``decimals`` of the token (its own are filled in), bonds of books (the ceiling) and edges (none), everything under
``market`` from ``coordinator_fee`` on, an edge's ceiling (the market's) and parent, ``sealed``, parties and training.
Everything that is wrong is said at once.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from cofund.campaign.publication import SCHEMA, digest
from cofund.errors import InputError
from cofund.market.document import Field, NumberText, parsed_document, read_document
from cofund.market.quality import read_quality
from cofund.market.term_forms import (
    ADDRESS,
    COUNT,
    IN_TICKS,
    NAME,
    NAME_OR_NONE,
    NUMBER,
    REAL,
    TEXT,
    Form,
    left_out,
    whole,
)
from cofund.market.term_names import section
from cofund.market.terms import MAX_CAPACITY, NOBODY
from cofund.market.text_files import read_toml
from cofund.market.validation import shortened

MAX_DECIMALS: Final = 28
"""With more, the largest amount, 2**96 - 1 base units, is less than one whole token."""


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What a token says of itself; None where it says nothing that can be read."""

    name: str | None
    symbol: str | None
    decimals: int | None


def _table(members: Mapping[str, Form]) -> Form:
    return Form(lambda field: field, {name: form.instead for name, form in members.items()}, members=members)


def _list(members: Mapping[str, Form]) -> Form:
    return Form(Field.items, [], members=members)


PARTY: Final = {"id": NAME, "name": left_out(NAME, instead=None)}
OWNER: Final = PARTY | {"account": ADDRESS, "weight": left_out(COUNT)}
CLIENT: Final = PARTY | {"account": ADDRESS, "edge": NAME}
EDGE: Final = PARTY | {
    "operator": ADDRESS,
    "capacity": whole(0, MAX_CAPACITY),
    "fee": IN_TICKS,
    "ceiling": left_out(IN_TICKS, instead=None),
    "parent": left_out(NAME_OR_NONE),
}
TRAINING: Final = {
    "task": NAME,
    **dict.fromkeys(("rounds", "local_steps", "edge_rounds"), NUMBER),
    "learning_rate": REAL,
    **dict.fromkeys(("batch", "seed"), NUMBER),
}
"""Types only: what the numbers and the task must be, ``terms_check`` says."""

DOCUMENT: Final = {
    "name": NAME,
    "token": _table(
        {
            "address": ADDRESS,
            "unit": left_out(NAME, instead=None),
            "decimals": left_out(whole(0, MAX_DECIMALS), instead=None),
            "tick": section("token")["tick"],
        }
    ),
    "initiator": left_out(ADDRESS, instead=""),
    "coordinator": ADDRESS,
    **{name: _table(section(name)) for name in ("phases", "market", "bonds")},
    "sealed": left_out(_table(section("sealed"))),
    "quality": Form(lambda field: list(read_quality(field)), []),
    "edges": _list(EDGE),
    "owners": left_out(_list(OWNER)),
    "clients": left_out(_list(CLIENT)),
    "training": left_out(_table(TRAINING), instead=None),
    "rehearsal": left_out(_table({"rate": TEXT, "rmse": TEXT, "metrics": Form(Field.items, [])}), instead=None),
}


@dataclass(slots=True)
class TermsReader:
    """One reading of a file, which goes on after what it refuses.

    Args:
        initiator: account that creates, or created, the campaign.
        token: of an address what the token there says of itself, to fill in; None where there is no node.
        whole: whether nothing may be left out, as in a published document.
        found: everything that was refused.
        tick: base units, once the token was read.
    """

    initiator: str
    token: Callable[[str], TokenFacts] | None = None
    whole: bool = False
    found: list[InputError] = field(default_factory=list)
    tick: int = 1

    def document(self, root: Field) -> dict[str, Any]:
        """The document that a file says; who creates it and a rehearsal only a published one has."""
        absent = {} if self.whole else {"initiator": self.initiator, "rehearsal": None}
        read = self.table(root, {name: form for name, form in DOCUMENT.items() if name not in absent}) | absent
        if read["rehearsal"] is not None:
            read["rehearsal"]["metrics"] = [self.value(TEXT, item) for item in read["rehearsal"]["metrics"]]
        self._check_parents(root.where, read["edges"])
        self._fill_in(read)
        return {"schema": SCHEMA} | {name: read[name] for name in DOCUMENT}

    def table(self, table: Field, forms: Mapping[str, Form]) -> dict[str, Any]:
        """The fields of a table by name."""
        known, read = self._known(table, forms), dict[str, Any]()
        for name, form in forms.items():
            read[name] = self.value(form, known.get(name))
            if name == "tick":
                self.tick = int(read[name])
        return read

    def value(self, form: Form, found: Field | None) -> Any:
        """A field's value; what stands instead of it where it is missing or refused."""
        try:
            value = deepcopy(form.instead) if found is None else form.parse(found)
            if found is not None and form.in_ticks and int(value) % self.tick:
                raise found.refuse(f"a multiple of the tick, {self.tick} base units")
        except InputError as error:
            self.found.append(error)
            value = deepcopy(form.instead)
        if isinstance(value, list) and form.members is not None:
            return [self.table(item, form.members) for item in value]
        if isinstance(value, Field) and form.members is not None:
            return None if form.instead is None and value.value is None else self.table(value, form.members)
        return value

    def _known(self, table: Field, forms: Mapping[str, Form]) -> dict[str, Field]:
        """The fields of a table that are there; others, and those that are missing, are refused."""
        if not isinstance(table.value, dict):
            self.found.append(table.refuse("a table"))
            return {}
        listed = sorted(forms, key=lambda name: forms[name].optional)
        for name in [name for name in table.value if name not in forms]:
            self.value(Form(lambda field: field.members((), listed), None), replace(table, value={name: 0}))
        for name in listed:
            if name not in table.value and (self.whole or not forms[name].optional):
                missing = "expected a value, but the field is missing"
                self.found.append(InputError(table.where, _child(table.path, name), missing))
        known = {name: value for name, value in table.value.items() if name in forms}
        return {name: Field(table.where, _child(table.path, name), value) for name, value in known.items()}

    def _check_parents(self, where: str, edges: list[dict[str, Any]]) -> None:
        """An edge lies below one that is listed before it; else nothing could be computed of a path to the cloud."""
        before = set[str]()
        for at, edge in enumerate(edges):
            if edge["parent"] is not None and edge["parent"] not in before:
                expected = f"expected the id of an edge that is listed before it, got {shortened(edge['parent'])}"
                self.found.append(InputError(where, f"edges[{at}].parent", expected))
                edge["parent"] = None
            before.add(edge["id"])

    def _fill_in(self, read: dict[str, Any]) -> None:
        """What follows from other fields where a file leaves it out."""
        token = read["token"]
        facts = TokenFacts(None, None, None)
        if self.token is not None and None in token.values() and token["address"] != NOBODY:
            facts = self.token(token["address"])
        instead = {"unit": facts.symbol or "", "decimals": facts.decimals or 0}
        token |= {name: value for name, value in instead.items() if token[name] is None}
        ceiling = read["market"]["ceiling"]
        for table, name in ((read["bonds"], "book"), *((edge, "ceiling") for edge in read["edges"])):
            table[name] = ceiling if table[name] is None else table[name]
        for party in (*read["edges"], *read["owners"], *read["clients"]):
            party["name"] = party["id"] if party["name"] is None else party["name"]


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
    return reading.document(Field(str(path), "", read_toml(path, NumberText))), reading.found


def published_document(where: str, content: bytes) -> dict[str, Any]:
    """The document in what a store has.

    Raises:
        InputError: it is no terms document, or has a field that none has.
    """
    read = parsed_document(where, content, SCHEMA)
    document = dict(read.plain())
    require_none(where, _not_as_published(read, document))
    return document


def load_published(paths: Sequence[Path]) -> dict[bytes, dict[str, Any]]:
    """Published documents by digest.

    Raises:
        InputError: naming the file that is none.
    """
    found = {}
    for path in paths:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(str(path), "", f"cannot be read: {error.strerror}") from error
        document = published_document(str(path), content)
        found[digest(document)] = document
    return found


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
    again = reading.document(Field(read.where, "", {n: v for n, v in read.value.items() if n != "schema"}))
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
