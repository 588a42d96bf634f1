"""The file that an across-machines training is described in: what is trained, by whom, and where they are reached.

TOML, schema ``cofund.training/1`` (guide/across-machines.md); table ``plan`` holds the fields of ``plan.Plan``.
"""

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from cofund.errors import InputError
from cofund.market.text_files import decoded, read_content
from cofund.training.plan import Federation, Plan

SCHEMA: Final = "cofund.training/1"
COORDINATOR: Final = "coordinator"
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}")
ADDRESS: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9.-]*):(\d{1,5})")


@dataclass(frozen=True, slots=True)
class EdgeServer:
    """An edge: its id, the ``host:port`` on which its clients reach it, and those clients."""

    id: str
    address: str
    clients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole training.

    Attributes:
        task: name of the task.
        plan: its terms.
        address: ``host:port`` on which edges reach the coordinator.
        edges: the edges with their clients.
    """

    task: str
    plan: Plan
    address: str
    edges: tuple[EdgeServer, ...]

    @property
    def federation(self) -> Federation:
        """Who takes part, without any data: every client holds its own and validates if it can."""
        clients = [client for edge in self.edges for client in edge.clients]
        nothing = dict.fromkeys(clients)
        return Federation(tuple((edge.id, edge.clients) for edge in self.edges), nothing, nothing)

    def edge(self, name: str) -> EdgeServer:
        """The edge of that name."""
        return next(edge for edge in self.edges if edge.id == name)

    def edge_of(self, client: str) -> EdgeServer:
        """The edge that a client belongs to."""
        return next(edge for edge in self.edges if client in edge.clients)


def load_layout(path: Path) -> Layout:
    """Read the file.

    Raises:
        InputError: names file, field and what was expected.
    """
    return parse_layout(decoded(str(path), read_content(str(path), path)), str(path))


def parse_layout(text: str, where: str) -> Layout:
    """The layout in a file's text.

    Raises:
        InputError: names ``where``, the field and what was expected.
    """
    try:
        document = tomllib.loads(text)
    except ValueError as error:
        raise InputError(where, "", f"a TOML file of schema {SCHEMA} ({error})") from error
    if document.get("schema") != SCHEMA:
        raise InputError(where, "schema", SCHEMA)
    _check_fields(where, "", document, ("schema", "task", "plan", "coordinator", "edges"))
    _check_fields(where, "coordinator.", _table(where, document, "coordinator"), ("address",))
    edges = document["edges"]
    if not isinstance(edges, list) or not edges:
        raise InputError(where, "edges", "at least one [[edges]] table")
    layout = Layout(
        task=_text(where, "task", document["task"]),
        plan=_plan(where, _table(where, document, "plan")),
        address=_address(where, "coordinator.address", document["coordinator"]["address"]),
        edges=tuple(_station(where, number, edge) for number, edge in enumerate(edges)),
    )
    names = [edge.id for edge in layout.edges] + [client for edge in layout.edges for client in edge.clients]
    if len(set(names)) != len(names):
        raise InputError(where, "edges", "every edge and every client once, under different names")
    return layout


def dump_layout(layout: Layout) -> str:
    """The text of the file; ``load_layout`` reads it back."""
    lines = [f'schema = "{SCHEMA}"', f'task = "{layout.task}"', "", "[plan]"]
    for each in fields(Plan):
        value = getattr(layout.plan, each.name)
        if value is not None:
            lines.append(f"{each.name} = {value!r}".replace("'", '"'))
    lines += ["", "[coordinator]", f'address = "{layout.address}"']
    for edge in layout.edges:
        clients = ", ".join(f'"{client}"' for client in edge.clients)
        lines += ["", "[[edges]]", f'id = "{edge.id}"', f'address = "{edge.address}"', f"clients = [{clients}]"]
    return "\n".join(lines) + "\n"


def _station(where: str, number: int, edge: Any) -> EdgeServer:
    field = f"edges[{number}]"
    if not isinstance(edge, dict):
        raise InputError(where, field, "a table")
    _check_fields(where, f"{field}.", edge, ("id", "address", "clients"))
    clients = edge["clients"]
    if not isinstance(clients, list) or not clients:
        raise InputError(where, f"{field}.clients", "a list of at least one client")
    return EdgeServer(
        id=_name(where, f"{field}.id", edge["id"]),
        address=_address(where, f"{field}.address", edge["address"]),
        clients=tuple(_name(where, f"{field}.clients[{at}]", client) for at, client in enumerate(clients)),
    )


def _plan(where: str, table: dict[str, Any]) -> Plan:
    known = {each.name: each.type for each in fields(Plan)}
    for name in table:
        if name not in known:
            raise InputError(where, f"plan.{name}", f"one of {', '.join(known)}")
    try:
        return Plan(**table)
    except TypeError as error:
        raise InputError(where, "plan", f"numbers ({error})") from error
    except InputError as error:
        raise InputError(where, f"plan.{error.field}", error.expected) from error


def _check_fields(where: str, prefix: str, table: dict[str, Any], expected: tuple[str, ...]) -> None:
    for name in expected:
        if name not in table:
            raise InputError(where, f"{prefix}{name}", "this field")
    for name in table:
        if name not in expected:
            raise InputError(where, f"{prefix}{name}", f"only {', '.join(expected)}")


def _table(where: str, document: dict[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(document[name], dict):
        raise InputError(where, name, "a table")
    return dict(document[name])


def _text(where: str, field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(where, field, "text")
    return value


def _name(where: str, field: str, value: Any) -> str:
    if not NAME.fullmatch(_text(where, field, value)):
        raise InputError(where, field, "letters, digits, - and _, at most 41")
    return str(value)


def _address(where: str, field: str, value: Any) -> str:
    matched = ADDRESS.fullmatch(_text(where, field, value))
    if not matched or not 0 < int(matched[2]) < 2**16:
        raise InputError(where, field, "host:port, such as coordinator.example.org:8002")
    return str(value)
