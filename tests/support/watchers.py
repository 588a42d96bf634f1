"""Watchers as processes, and what they say."""

import subprocess
import sys
from pathlib import Path
from typing import Any

COFUND = Path(sys.executable).parent / "cofund"


def started(*arguments: object) -> "subprocess.Popen[str]":
    """A command that goes on; stderr comes with what it prints."""
    command = [str(COFUND), *(str(argument) for argument in arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def watching(parties: Any, role: str, account: object, *more: object) -> "subprocess.Popen[str]":
    """A watcher of a party."""
    return started(role, "watch", parties.address, "--poll", "0.2", "-q", *more, *parties.flags(account))


def until_it_says(process: "subprocess.Popen[str]", words: str) -> str:
    """What is printed until these words are."""
    printed = ""
    while words not in printed:
        line = process.stdout.readline()  # type: ignore[union-attr]
        assert line, f"ended without {words!a}:\n{printed}"
        printed += line
    return printed


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Exit code and the rest of what it prints."""
    printed, _ = process.communicate(timeout=60)
    return process.returncode, printed
