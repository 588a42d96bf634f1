"""All parties of a training on one host, each as the command that it runs on its own machine."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from cofund.training.engines.nvflare.kits import make_kits
from cofund.training.engines.nvflare.layout import Layout
from cofund.training.engines.nvflare.programs import started

HOST: Final = "localhost"
END_WITHIN_S: Final = 30.0


def local_kits(layout: Layout, out: Path) -> Layout:
    """Make kits whose addresses are free ports of this host; the layout with these addresses."""
    with contextlib.ExitStack() as probes:
        addresses = [f"{HOST}:{_free_port(probes)}" for _ in range(1 + len(layout.edges))]
    edges = tuple(replace(edge, address=address) for edge, address in zip(layout.edges, addresses[1:], strict=True))
    moved = replace(layout, address=addresses[0], edges=edges)
    make_kits(moved, out)
    return moved


def start_party(kit: Path) -> "subprocess.Popen[bytes]":
    """Start the command of an edge's or client's kit; it ends with ``terminate``, or with this process."""
    role = kit.name.partition("-")[0]
    modules = os.pathsep.join(path for path in sys.path if path)  # it finds what this process finds
    return started(["cofund", role, "run", str(kit)], kit / "cofund.log", os.environ | {"PYTHONPATH": modules})


@contextlib.contextmanager
def parties_on_this_host(folder: Path) -> Iterator[dict[str, "subprocess.Popen[bytes]"]]:
    """Edges and clients of the kits in a folder, running; by the name of the kit's folder."""
    kits = sorted([*folder.glob("edge-*"), *folder.glob("client-*")])
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        running |= {kit.name: start_party(kit) for kit in kits}
        yield running
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            end_party(process)


def end_party(process: "subprocess.Popen[bytes]") -> None:
    """End a party, in order if it has asked for that in time; NVFlare's programs below it end with it in any case."""
    process.terminate()
    try:
        process.wait(timeout=END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port(probes: contextlib.ExitStack) -> int:
    probe = probes.enter_context(socket.socket())
    probe.bind((HOST, 0))
    return int(probe.getsockname()[1])
