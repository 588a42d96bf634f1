"""A watcher's ``--train KIT``: ``cofund ROLE run`` as a process of its own, while it is due."""

import fcntl
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cofund.cli.role_session import Session
from cofund.errors import InputError

FIRST_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 60.0
END_S: Final = 20.0
LOCK: Final = "watched.lock"
LOG: Final = "run.log"


@dataclass(slots=True)
class Trainer:
    """Starts what trains when it is due and ends it when it is not; what it prints goes to ``KIT/run.log``.

    A process of its own cannot take the watcher with it when it runs out of memory. It holds a lock on the kit, which
    outlives a watcher that is killed: the next watcher finds it at work and leaves it alone.

    Args:
        session: whose.
        kit: folder, which may arrive later.
        store: URL for a coordinator, None for the one that was announced.
    """

    session: Session
    kit: Path
    store: str | None = None
    process: Any = None
    failures: int = 0
    not_before: float = 0.0
    lines: list[str] = field(default_factory=list)

    def attend(self, due: bool) -> str | None:
        """Start, end or leave what trains; a line if it cannot train."""
        if not due:
            if self.session.role != "coordinator":  # a coordinator ends by itself, when the books are closed
                self.end()
            return None
        if self.process is not None and self.process.poll() is None:
            return None
        if self.process is not None:
            self._ended(self.process.returncode)
        if not (self.kit / "kit.json").exists():
            return f"train: {self.kit} is no kit yet: the coordinator makes it (cofund kits --campaign)"
        if time.monotonic() >= self.not_before:
            self._start()
        return f"train: {self._trouble()}" if self.process is None else None

    def end(self) -> None:
        """End what trains, in order."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(END_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def command(self) -> list[str]:
        """What is run.

        Raises:
            InputError: its account's password would have to be typed.
        """
        session, signing = self.session, self.session.signing
        run = [sys.executable, "-m", "cofund", session.role, "run", str(self.kit)]
        if session.role == "client":
            return run
        if signing.private_key is not None:
            account = ["--private-key", signing.private_key]
        elif signing.account is not None and signing.password_file is not None:
            account = ["--account", signing.account, "--password-file", str(signing.password_file)]
        else:
            raise InputError("--train", "", "expected --password-file too: what is started cannot ask for a password")
        options = ["--campaign", session.address, "--rpc-url", session.rpc_url, "--home", str(session.home)]
        options += ["--max-fee-gwei", str(signing.max_fee_gwei), "-y", "-q"]
        options += [] if session.terms is None else ["--terms", str(session.terms)]
        options += ["--store", self.store] if self.store is not None and session.role == "coordinator" else []
        return [*run, *account, *options]

    def _start(self) -> None:
        """Start the process, unless one that an earlier watcher started is at work still."""
        command = self.command()
        handle = os.open(self.kit / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with (self.kit / LOG).open("ab") as log:
                self.process = subprocess.Popen(  # noqa: S603 - our own program
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, pass_fds=(handle,)
                )
        except BlockingIOError:
            self.lines = [f"{self.kit} is at work already, for an earlier watcher"]
        finally:
            os.close(handle)

    def _ended(self, code: int) -> None:
        """Say how it ended, and wait longer every time before it is started again."""
        self.process = None
        pause = min(FIRST_PAUSE_S * 2**self.failures, LONGEST_PAUSE_S)
        self.failures, self.not_before = self.failures + 1, time.monotonic() + pause
        printed = (self.kit / LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        self.lines = [f"cofund {self.session.role} run ended with {code}", *printed[-1:]]

    def _trouble(self) -> str:
        return f"{': '.join(self.lines)}; all of it is in {self.kit / LOG}"
