"""The engine that is always there: members are called one after the other in this process."""

import time
from collections.abc import Callable, Sequence
from typing import Any


class InProcess:
    """Calls members in order. It cannot stop a late member, but leaves its result out, as a network engine would."""

    def call(
        self,
        members: Sequence[str],
        function: Callable[[str, Any], Any],
        payload: Any,
        timeout: float | None = None,
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """See ``Engine.call``."""
        results: dict[str, Any] = {}
        failures: dict[str, str] = {}
        for member in members:
            started = time.monotonic()
            try:
                result = function(member, payload)
            except Exception as error:  # noqa: BLE001 - whatever fails at a member must not stop the others
                failures[member] = _sentence(error)
                continue
            if timeout is not None and time.monotonic() - started > timeout:
                failures[member] = f"No answer within {timeout:g} seconds."
            else:
                results[member] = result
        return results, failures


def _sentence(error: Exception) -> str:
    """The error's type and first line as one sentence."""
    first_line, _, _ = str(error).partition("\n")
    return f"{type(error).__name__}: {first_line}".rstrip(".: ") + "."
