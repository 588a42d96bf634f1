"""One party on its machine: our process with NVFlare's programs as its children, from its kit."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cofund.training.engines.nvflare.hub import Hub
from cofund.training.engines.nvflare.kits import Kit, use_own_storage
from cofund.training.engines.nvflare.member_server import MemberServer
from cofund.training.engines.nvflare.programs import CLIENT, PREFIX, SERVER, Program
from cofund.training.engines.nvflare.roles import Edges, Signer, client_functions, edge_functions
from cofund.training.task import Task


@contextlib.contextmanager
def coordinator(kit: Kit) -> Iterator[Edges]:
    """The engine of a whole training; its first call waits until the edges have connected."""
    with _endpoints() as folder, contextlib.ExitStack() as running:
        hub = Hub(folder / "hub", max(len(edge.clients) for edge in kit.layout.edges))
        running.callback(hub.close)
        use_own_storage(kit.server)
        running.callback(Program(kit.server, SERVER, kit.name, folder / "hub").stop)
        yield Edges(hub, kit.layout)


@contextlib.contextmanager
def edge(kit: Kit, sign: Signer | None = None) -> Iterator[Hub]:
    """An edge at work, signing its results if it has a key; its clients may connect before or after it."""
    with _endpoints() as folder, contextlib.ExitStack() as running:
        hub = Hub(folder / "hub")
        running.callback(hub.close)
        desk = MemberServer(folder / "desk", kit.name, edge_functions(kit.layout, kit.name, hub, kit.folder, sign))
        running.callback(desk.close)
        use_own_storage(kit.server)
        running.callback(Program(kit.server, SERVER, kit.name, folder / "hub").stop)
        running.callback(Program(kit.client, CLIENT, PREFIX + kit.name, folder / "desk").stop)
        yield hub


@contextlib.contextmanager
def client(kit: Kit, task: Task, data: Any, validation: Any) -> Iterator[None]:
    """A client at work on its own data."""
    functions = client_functions(task, kit.layout.plan, kit.name, data, validation)
    with _endpoints() as folder, contextlib.ExitStack() as running:
        running.callback(MemberServer(folder / "desk", kit.name, functions).close)
        running.callback(Program(kit.client, CLIENT, PREFIX + kit.name, folder / "desk").stop)
        yield


@contextlib.contextmanager
def _endpoints() -> Iterator[Path]:
    """A private folder for Unix sockets; their paths must be short, so it is not in the kit."""
    with tempfile.TemporaryDirectory(prefix="cofund-") as folder:
        yield Path(folder)
