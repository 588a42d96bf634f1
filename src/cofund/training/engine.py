"""What carries the calls of a training from one member to others; one implementation a file in ``engines``."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol


class Engine(Protocol):
    """Calls a function at several members and collects what comes back.

    An engine has no influence on results: the same members and payloads must give the same results on every engine.
    """

    def call(
        self,
        members: Sequence[str],
        function: Callable[[str, Any], Any],
        payload: Any,
        timeout: float | None = None,
    ) -> tuple[dict[str, Any], dict[str, str]]:
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
