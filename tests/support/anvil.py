"""An anvil of a test's own: started with any flags, killed at any moment, started again on its saved state."""

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from eth_account import Account
from web3 import HTTPProvider, Web3

MODULES = Path(__file__).parents[2] / "node_modules"


def _binary() -> Path:
    """The program itself, which npm keeps for each platform; else npm's script, which starts node before it."""
    return next(MODULES.glob("@foundry-rs/anvil-*/bin/anvil"), MODULES / ".bin" / "anvil")


BINARY = _binary()
KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # anvil's first account, public knowledge
RICH = Account.from_key(KEY)


@dataclass
class Anvil:
    """A node process on loopback."""

    flags: tuple[str, ...] = ()
    port: int = 0
    process: Any = field(default=None, repr=False)

    def __enter__(self) -> Self:
        if not BINARY.exists():
            assert not os.environ.get("CI"), "CI must have anvil: `make node`"
            pytest.skip("anvil is not installed: `make node` installs it where there is npm")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        rules = () if "--hardfork" in self.flags else ("--hardfork", "prague")
        command = [str(BINARY), "--port", str(self.port), "--silent", *rules, *self.flags]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, start_new_session=True, **quiet)
        for _ in range(400):
            assert self.process.poll() is None, "anvil ended by itself"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        pytest.fail("anvil did not open its port within 8 s")

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)  # with whatever stands between
            self.process.wait()

    def ask(self, method: str, *arguments: Any) -> Any:
        answer = Web3(HTTPProvider(self.url)).provider.make_request(method, list(arguments))
        assert "error" not in answer, answer
        return answer["result"]
