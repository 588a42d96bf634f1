"""The engine that is always there: members are called in this process, one after the other or as one computation."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cofund.errors import words_of
from cofund.training.edge import LocalSteps
from cofund.training.engine import Answers, Function
from cofund.training.returned import WrongAnswer


class InProcess:
    """Calls members in order; with ``stacked``, the local steps of several clients as one computation (``LocalSteps``).

    It cannot stop a late member, but leaves its result out, as a network engine would. Under a time limit members are
    called one by one, so that each is timed by itself.
    """

    def __init__(self, *, stacked: bool = True) -> None:
        self.stacked = stacked

    def call(
        self, members: Sequence[str], function: Function, payload: Any, timeout: float | None = None
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """See ``Engine.call``."""
        results: dict[str, Any] = {}
        failures: dict[str, str] = {}
        for some, others in self.stream(members, function, payload, timeout):
            results |= some
            failures |= others
        return results, failures

    def stream(
        self, members: Sequence[str], function: Function, payload: Any, timeout: float | None = None
    ) -> Iterator[Answers]:
        """See ``engine.stream``: a part is a stack, or one member."""
        if self.stacked and timeout is None and isinstance(function, LocalSteps):
            size = function.at_once(payload)
            for start in range(0, len(members), size):
                yield from _stack(members[start : start + size], function, payload)
        else:
            for member in members:
                yield _one(member, function, payload, timeout)


def _stack(members: Sequence[str], function: LocalSteps, payload: Any) -> Iterator[Answers]:
    """Members as one computation; one by one if there is only one, or to find out which of them fails."""
    answers = _together(members, function, payload) if len(members) > 1 else None
    if answers is not None:
        yield answers, {}
        return
    for member in members:
        yield _one(member, function, payload, None)


def _together(members: Sequence[str], function: LocalSteps, payload: Any) -> Mapping[str, Any] | None:
    """Results of all members, or None if one of them fails: it fails again, by itself, when called alone."""
    try:
        return function.together(members, payload)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - whatever fails at a member must not stop the others
        return None


def _one(member: str, function: Function, payload: Any, timeout: float | None) -> Answers:
    """One member: its result, or the reason why there is none."""
    started = time.monotonic()
    try:
        result = function(member, payload)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever fails at a member must not stop the others
        return {}, {member: _sentence(error)}
    if timeout is not None and time.monotonic() - started > timeout:
        return {}, {member: f"No answer within {timeout:g} seconds."}
    return {member: result}, {}


def _sentence(error: BaseException) -> str:
    """The error's type and first line as one sentence, unless it is one already."""
    if isinstance(error, WrongAnswer):
        return str(error)
    return f"{type(error).__name__}: {words_of(error)}".rstrip(".: ") + "."
