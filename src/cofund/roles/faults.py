"""What to say of an error that must not stop a program that runs unattended, and where its trace is kept."""

import os
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Final

from cofund.errors import CofundError, NodeError

NAME: Final = "faults.log"
LARGEST: Final = 1_000_000
"""Bytes of the log; then it is begun anew, and the one before is kept."""


def may_pass(error: Exception) -> bool:
    """Whether trying again can help without anybody's doing: the node, a full disk, a fault of this program."""
    return isinstance(error, NodeError) or not isinstance(error, CofundError)


def line(error: Exception, home: Path | None) -> str:
    """One line for a person. Of a fault that nobody foresaw, the trace is added to a log in the home.

    Args:
        error: any.
        home: folder of the log; None keeps no trace.
    """
    if isinstance(error, CofundError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'writing a file'}: {error.strerror}"
    kept = f"; its trace is in {home / NAME}" if home is not None and _keep(error, home / NAME) else ""
    first = str(error).strip().splitlines()[:1]
    return f"{': '.join([type(error).__name__, *first])}: a fault of this program, or a strange answer{kept}"


def _keep(error: Exception, log: Path) -> bool:
    """Add a trace to the log; a fault that is in it already is not written again."""
    trace = "".join(traceback.format_exception(error))
    with suppress(OSError):
        known = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        if trace in known:
            return True
        if len(known) > LARGEST:
            log.replace(log.with_suffix(".old.log"))
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}\n{trace}\n")
        return True
    return False
