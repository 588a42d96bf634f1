"""An engine with outages, to show and to test what a failed member means for a training."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cofund.training.engine import Answers, Engine, Function


@dataclass(frozen=True, slots=True)
class Outage:
    """A member that cannot be reached from ``first_round`` to ``last_round``, both included."""

    member: str
    first_round: int
    last_round: int


@dataclass(frozen=True, slots=True)
class Unreliable:
    """Another engine, but calls to a member fail with a ConnectionError while it has an outage."""

    engine: Engine
    outages: tuple[Outage, ...]

    def call(self, members: Sequence[str], function: Function, payload: Any, timeout: float | None = None) -> Answers:
        """See ``Engine.call``; whoever is asked for something that belongs to no round can be reached."""

        def reach(member: str, payload: Any) -> Any:
            number = getattr(payload, "round", 0)
            for outage in self.outages:
                if outage.member == member and outage.first_round <= number <= outage.last_round:
                    raise ConnectionError(f"{member} cannot be reached")
            return function(member, payload)

        return self.engine.call(members, reach, payload, timeout)
