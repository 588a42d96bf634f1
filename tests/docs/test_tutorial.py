"""The tutorial, word by word, in one shell: to the settlement always, the training and payments in ``make deep``."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_docs import TUTORIAL, commands

from anvil import Anvil

pytestmark = pytest.mark.node

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
FIRST_DEEP = "$ starts()"
PORT = "127.0.0.1:8545"
ENDED = re.compile(r"^@@ (\d+)$")


class Shell:
    """A shell that stays, as a reader's does; what each command prints, to both streams."""

    def __init__(self, folder: Path) -> None:
        environment = os.environ | {"COLUMNS": "100", "NO_COLOR": "1"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.folder = folder
        self.bash = subprocess.Popen(["bash"], cwd=folder, env=environment, text=True, **pipes)

    def run(self, command: str) -> str:
        assert self.bash.stdin is not None
        assert self.bash.stdout is not None
        self.bash.stdin.write(f'{command}\necho "@@ $?"\n')
        self.bash.stdin.flush()
        lines: list[str] = []
        for line in self.bash.stdout:
            ended = ENDED.match(line)
            if ended:
                printed = "\n".join(lines)
                assert ended[1] == "0", f"{command}\n{printed}"
                return printed
            lines.append(line.rstrip())
        raise AssertionError(f"{command}: the shell ended\n" + "\n".join(lines))

    def end(self) -> None:
        """End it, and whatever it started that still runs."""
        assert self.bash.stdin is not None
        self.bash.communicate()
        running = self.folder / "running"
        for process in running.read_text().split() if running.exists() else []:
            try:
                os.kill(int(process), signal.SIGTERM)
            except ProcessLookupError:
                continue


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[tuple[Shell, str]]:
    """Running beside a fresh node, with the text of the page made for its port."""
    folder = tmp_path / "work"
    folder.mkdir()
    with Anvil() as anvil:
        opened = Shell(folder)
        try:
            yield opened, TUTORIAL.read_text(encoding="utf-8").replace(PORT, f"127.0.0.1:{anvil.port}")
        finally:
            opened.end()


def test_the_tutorial_runs(shell: tuple[Shell, str], tmp_path: Path) -> None:
    opened, text = shell
    before, found, _ = text.partition(FIRST_DEEP)
    assert found
    page = tmp_path / "tutorial.md"
    page.write_text(text if DEEP else f"{before.rpartition('```console')[0]}", encoding="utf-8")
    told = commands(page)
    assert len(told) > 30
    for command, shown in told:
        printed, pattern = opened.run(command), re.escape(shown).replace("…", ".*")
        assert re.fullmatch(pattern, printed, re.DOTALL), f"{command}\nprints\n{printed}"
