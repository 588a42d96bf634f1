"""The file that an across-machines training is described in: what is trained, by whom, and where they are reached.

TOML, schema ``cofund.training/1`` (guide/across-machines.md); table ``plan`` holds the fields of ``plan.Plan``.
"""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from cofund.errors import InputError
from cofund.market.document import Field
from cofund.market.text_files import decoded, read_content, toml_of
from cofund.training.plan import Federation, Plan, read_plan

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
    document = Field(where, "", toml_of(where, text))
    if document.value.get("schema") != SCHEMA:
        raise InputError(where, "schema", SCHEMA)
    fields = document.members(("schema", "task", "plan", "coordinator", "edges"))
    layout = Layout(
        task=fields["task"].text(),
        plan=read_plan(fields["plan"]),
        address=_address(fields["coordinator"].members(("address",))["address"]),
        edges=tuple(map(_station, fields["edges"].items(least=1))),
    )
    names = [edge.id for edge in layout.edges] + [client for edge in layout.edges for client in edge.clients]
    if len(set(names)) != len(names):
        raise InputError(where, "edges", "every edge and every client once, under different names")
    return layout


def dump_layout(layout: Layout) -> str:
    """The text of the file; ``load_layout`` reads it back."""
    lines = [f'schema = "{SCHEMA}"', f'task = "{layout.task}"', "", "[plan]"]
    plan = asdict(layout.plan).items()
    lines += [f"{name} = {value!r}".replace("'", '"') for name, value in plan if value is not None]
    lines += ["", "[coordinator]", f'address = "{layout.address}"']
    for edge in layout.edges:
        clients = ", ".join(f'"{client}"' for client in edge.clients)
        lines += ["", "[[edges]]", f'id = "{edge.id}"', f'address = "{edge.address}"', f"clients = [{clients}]"]
    return "\n".join(lines) + "\n"


def _station(edge: Field) -> EdgeServer:
    fields = edge.members(("id", "address", "clients"))
    return EdgeServer(
        _name(fields["id"]), _address(fields["address"]), tuple(map(_name, fields["clients"].items(least=1)))
    )


def _name(field: Field) -> str:
    if not NAME.fullmatch(field.text()):
        raise field.refuse("letters, digits, - and _, at most 41")
    return field.text()


def _address(field: Field) -> str:
    matched = ADDRESS.fullmatch(field.text())
    if not matched or not 0 < int(matched[2]) < 2**16:
        raise field.refuse("host:port, such as coordinator.example.org:8002")
    return field.text()
