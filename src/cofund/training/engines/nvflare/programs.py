"""NVFlare's programs as children of ours: one server, or one client, started again if it ends by itself."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from cofund.training import threads
from cofund.training.engines.nvflare.frames import VARIABLE

SERVER: Final = ("nvflare.private.fed.app.server.server_train", "fed_server.json")
CLIENT: Final = ("nvflare.private.fed.app.client.client_train", "fed_client.json")

HEARTBEAT_S: Final = 2
GATHER_S: Final = 60.0
"""How long a server's first job waits for all members to connect."""

AGAIN_AFTER_S: Final = 0.5


PREFIX: Final = "site-"
"""NVFlare knows a member by its id after this; an id alone, such as ``no`` or ``12``, it may read as another type."""


def started(
    command: Sequence[str], log: Path, environment: Mapping[str, str], *, alone: bool = False
) -> "subprocess.Popen[bytes]":
    """A module with its arguments as a child that ends with us (``guard``), ``alone`` in a session of its own."""
    with log.open("ab") as file:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and a kit's folder
            [sys.executable, "-u", "-m", "cofund.training.engines.nvflare.guard", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=alone,
        )


class Program:
    """A running program."""

    def __init__(self, workspace: Path, program: tuple[str, str], name: str, endpoint: Path) -> None:
        """Start it.

        Args:
            workspace: the kit's folder for it; the log is ``nvflare.log`` there.
            program: ``SERVER`` or ``CLIENT``.
            name: of the client; any for a server.
            endpoint: Unix socket of ours that its job processes talk to.
        """
        module, configuration = program
        command = [module, "-m", str(workspace.resolve()), "-s", configuration, "--set", "secure_train=true"]
        command += ["org=cofund", "config_folder=config", f"uid={name}", f"heart_beat_interval={HEARTBEAT_S}"]
        # Threads of numpy's own would only compete with the other processes of a host for a model this small.
        environment = os.environ | {VARIABLE: str(endpoint)} | dict.fromkeys(threads.NAMES, "1")
        self._stopping = threading.Event()
        self._start = partial(started, command, workspace / "nvflare.log", environment, alone=True)
        self._process = self._start()
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self) -> None:
        """End it for good."""
        self._stopping.set()
        _end(self._process)

    def _watch(self) -> None:
        while True:
            self._process.wait()
            if self._stopping.wait(AGAIN_AFTER_S):
                return
            self._process = self._start()


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a program and its job processes, which have sessions of their own."""
    import psutil  # noqa: PLC0415 - of the extra

    below: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):  # it ended by itself
        below = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGKILL)
    for job in below:
        with contextlib.suppress(psutil.NoSuchProcess):
            job.kill()
    process.wait()
