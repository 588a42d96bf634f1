"""Every role of a campaign in a folder of its own, with a keystore and cofund.toml, as processes."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_account import Account

from cofund.chain.accounts import rehearsal_account

COFUND = Path(sys.executable).parent / "cofund"
SETTINGS = """rpc-url = "{url}"
account = "./keystore"
password-file = "./password"
home = "./home"
backup = "./backup"
"""


@dataclass
class Role:
    """A party: its folder, its account, and its processes that run for long."""

    folder: Path
    account: Any
    running: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)
    started: dict[str, list[str]] = field(default_factory=dict)

    def does(self, *arguments: object) -> str:
        """Run a command to its end; what it prints."""
        command = [str(COFUND), *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{self.folder.name}: {' '.join(command[1:])}\n{done.stdout}{done.stderr}"
        return done.stdout

    def starts(self, name: str, *arguments: object) -> None:
        """Start a command that runs for long; its words go to ``name.log``."""
        self.started[name] = [str(COFUND), *map(str, arguments)]
        self._start(name)

    def is_killed_and_started_again(self, name: str) -> None:
        """kill -9, then the same command."""
        process = self.running[name]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        self._start(name)

    def said(self, name: str) -> str:
        """What a command has printed so far."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def end(self) -> None:
        """End whatever runs."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                self.started[name], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )


def role(parent: Path, name: str, url: str) -> Role:
    """A folder with everything that a party needs to begin."""
    folder, account = parent / name, rehearsal_account("every role", name)
    folder.mkdir()
    keystore = Account.encrypt(account.key, "secret", kdf="pbkdf2", iterations=1000)
    (folder / "keystore").write_text(json.dumps(keystore), encoding="utf-8")
    (folder / "password").write_text("secret\n", encoding="utf-8")
    (folder / "cofund.toml").write_text(SETTINGS.format(url=url), encoding="utf-8")
    return Role(folder, account)
