"""``cofund`` for pages that call it dozens of times: a process that has imported everything forks for each command.

The command sees its own arguments, folder, environment and streams, as if it had been started; only the second of
imports is saved. Commands that run until they are ended are started as they are.
"""

import json
import os
import signal
import socket
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

IMPORTED = ("web3", "eth_account", "eth_tester", "cofund.chain.node", "cofund.roles.desk", "cofund.campaign.operate")
SCRIPT = """#!{python} -SE
import json, os, socket, sys
if "run" in sys.argv or "watch" in sys.argv:
    os.execv({real!r}, ["cofund", *sys.argv[1:]])
server = socket.socket(socket.AF_UNIX)
server.connect({path!r})
question = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(server, [len(question).to_bytes(4, "big")], [0, 1, 2])
server.sendall(question)
sys.exit((server.recv(1) or b"\\x01")[0])
"""


class WarmCofund:
    """A folder for the front of PATH whose ``cofund`` asks the process behind it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = str(folder / "socket")

    def __enter__(self) -> Self:
        self.folder.mkdir()
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(self.path)
        listening.listen(16)
        script = self.folder / "cofund"
        real = str(Path(sys.executable).parent / "cofund")
        script.write_text(SCRIPT.format(python=sys.executable, real=real, path=self.path), encoding="utf-8")
        script.chmod(0o755)
        serving = f"import sys; from warm_cofund import serve; serve({listening.fileno()})"
        path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
        self.pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-c", serving],
            os.environ | {"PYTHONPATH": path},
            file_actions=[(os.POSIX_SPAWN_DUP2, listening.fileno(), listening.fileno())],
        )
        listening.close()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)


def serve(descriptor: int) -> None:
    """Answer until ended."""
    for module in IMPORTED:
        __import__(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listening = socket.socket(fileno=descriptor)
    while True:
        asker, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            _run(asker)
        asker.close()


def _run(asker: socket.socket) -> None:
    """In the child: become the command, and tell its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    head, streams, _, _ = socket.recv_fds(asker, 4, 3)
    question = b""
    while len(question) < int.from_bytes(head, "big"):
        question += asker.recv(65536)
    arguments, folder, environment = json.loads(question)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = [entry for entry in environment.get("PYTHONPATH", "").split(os.pathsep) if entry]
    sys.argv = ["cofund", *arguments]
    code = 1
    try:
        from cofund.cli.main import main

        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        asker.sendall(bytes([code]))
        os._exit(code)
