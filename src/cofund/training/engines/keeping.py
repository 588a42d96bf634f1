"""An engine that keeps what passes through it, so that a round can be aggregated again (``updates.py``)."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cofund.training.aggregate import checked
from cofund.training.edge import EdgeResult, LocalSteps, Work
from cofund.training.engine import Answers, Engine, stream
from cofund.training.model import Model
from cofund.training.updates import KeptResult, KeptRound, KeptUpdate, shapes_of


class Keeping:
    """Another engine, of which every update that an edge takes and every edge's result is kept until ``taken``.

    For edges that are called in this process one after the other; nothing that passes through is changed.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._updates: dict[int, list[KeptUpdate]] = defaultdict(list)
        self._results: dict[int, list[KeptResult]] = defaultdict(list)

    def call(
        self,
        members: Sequence[str],
        function: Callable[[str, Any], Any],
        payload: Any,
        timeout: float | None = None,
    ) -> Answers:
        """See ``Engine.call``."""
        answers, failures = self._engine.call(members, function, payload, timeout)
        self._keep(function, payload, answers)
        return answers, failures

    def stream(
        self,
        members: Sequence[str],
        function: Callable[[str, Any], Any],
        payload: Any,
        timeout: float | None = None,
    ) -> Iterator[Answers]:
        """See ``Streaming.stream``."""
        for answers, failures in stream(self._engine, members, function, payload, timeout):
            self._keep(function, payload, answers)
            yield answers, failures

    def taken(self, number: int, model: Model) -> KeptRound:
        """What was kept of the round ``number``, whose model has the shapes of ``model``; it is forgotten here."""
        kept, results = self._updates.pop(number, []), self._results.pop(number, [])
        return KeptRound(number, shapes_of(model), tuple(kept), tuple(results))

    def _keep(self, function: Callable[[str, Any], Any], payload: Any, answers: Mapping[str, Any]) -> None:
        """Updates if clients answered, checked as their edge does it; results if edges did."""
        if isinstance(function, LocalSteps):
            self._keep_updates(function, payload, answers)
            return
        for edge, result in answers.items():
            if isinstance(result, EdgeResult):
                self._results[payload.round].append(KeptResult(edge, result.samples, result.total))

    def _keep_updates(self, steps: LocalSteps, sent: Work, answers: Mapping[str, Any]) -> None:
        updates, _ = checked(sent.model, answers, steps.plan.norm_bound, steps.plan.most_samples)
        for client, samples, change in zip(updates.clients, updates.samples, updates.changes, strict=True):
            self._updates[sent.round].append(KeptUpdate(client, sent.edge_round, samples, change))
