"""What carries the calls of a training from one member to others; one implementation a file in ``engines``."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

Function: TypeAlias = Callable[[str, Any], Any]
"""What is run at a member: ``function(member, payload)``."""

Answers: TypeAlias = tuple[Mapping[str, Any], dict[str, str]]
"""Results by member, and for every other member the reason why there is none."""


class Engine(Protocol):
    """Calls a function at several members and collects what comes back.

    An engine has no influence on results: the same members and payloads must give the same results on every engine.
    """

    def call(self, members: Sequence[str], function: Function, payload: Any, timeout: float | None = None) -> Answers:
        """Run ``function(member, payload)`` at every member.

        Args:
            members: names of edges or clients, each once.
            function: what to run at a member.
            payload: the same for all of them.
            timeout: seconds after which a member counts as late, or None for no limit.

        Returns:
            Results by member, and for every other member the reason why there is none, in one sentence.
        """
        ...


def stream(
    engine: Engine, members: Sequence[str], function: Function, payload: Any, timeout: float | None = None
) -> Iterator[Answers]:
    """What ``call`` returns, in parts, so that answers need not all be in memory together.

    An engine that can do that has a ``stream`` of its own, with every member in exactly one part; others give one part.
    """
    call = (members, function, payload, timeout)
    in_parts = getattr(engine, "stream", None)
    yield from in_parts(*call) if in_parts else [engine.call(*call)]
