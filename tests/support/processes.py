"""Processes of this host by what their command line names; only ever those that a test started in its own folder."""

import contextlib
from pathlib import Path


def processes_in(folder: Path) -> dict[int, list[str]]:
    """Processes that name a folder or something in it: their command lines by id."""
    found: dict[int, list[str]] = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it ended
            words = path.read_bytes().decode().split("\0")
            if any(word == str(folder) or word.startswith(f"{folder}/") for word in words):
                found[int(path.parent.name)] = words
    return found


def process_of(program: str, workspace: Path) -> int:
    """The process of NVFlare that runs a program in a workspace, the newest if there are several."""
    found = [number for number, words in processes_in(workspace).items() if any(w.endswith(program) for w in words)]
    assert found, f"no {program} in {workspace}"
    return max(found)
