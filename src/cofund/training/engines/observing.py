"""An engine that somebody watches: what passes through it is shown, and nothing is changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from cofund.training.engine import Answers, Engine, Function, stream

See: TypeAlias = Callable[[Function, Any, Mapping[str, Any]], None]
"""Is shown the function, the payload and the answers of a call, or of a part of it."""


class ObservedEngine:
    """Another engine, and who sees what it carries."""

    def __init__(self, engine: Engine, see: See) -> None:
        self._engine, self._see = engine, see

    def call(self, members: Sequence[str], function: Function, payload: Any, timeout: float | None = None) -> Answers:
        """See ``Engine.call``."""
        answers, failures = self._engine.call(members, function, payload, timeout)
        self._see(function, payload, answers)
        return answers, failures

    def stream(
        self, members: Sequence[str], function: Function, payload: Any, timeout: float | None = None
    ) -> Iterator[Answers]:
        """See ``engine.stream``."""
        for answers, failures in stream(self._engine, members, function, payload, timeout):
            self._see(function, payload, answers)
            yield answers, failures
