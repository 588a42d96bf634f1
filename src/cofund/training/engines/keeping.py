"""An engine that keeps what passes through it, so that a round can be aggregated again (``updates.py``)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from cofund.training.aggregate import checked
from cofund.training.deliveries import Delivery
from cofund.training.edge import EdgeResult, LocalSteps, StartingPoint, fits
from cofund.training.engine import Engine, Function
from cofund.training.engines.observing import ObservedEngine
from cofund.training.model import Model
from cofund.training.updates import KeptResult, KeptRound, KeptUpdate, shapes_of


class Keeping(ObservedEngine):
    """Another engine, of which every update that an edge takes and every edge's result is kept until ``taken``.

    Around the engine of all members it keeps both, around an edge's the updates of its clients, and around one that
    reaches edges elsewhere their results.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, self._keep)
        self._updates: dict[int, list[KeptUpdate]] = defaultdict(list)
        self._results: dict[int, list[KeptResult]] = defaultdict(list)

    def taken(self, number: int, model: Model, deliveries: Sequence[Delivery] | None = None) -> KeptRound:
        """What was kept of a round; it is forgotten here.

        Args:
            number: of the round.
            model: has the shapes of its model.
            deliveries: of the finished round, at the coordinator: a result that it did not take is left out.
        """
        kept, results = self._updates.pop(number, []), self._results.pop(number, [])
        if deliveries is not None:
            taken = Counter[str]()
            for delivery in deliveries:
                taken[delivery.edge] += delivery.samples
            results = [each for each in results if fits(model, each.total) and each.samples == taken[each.edge]]
        return KeptRound(number, shapes_of(model), tuple(kept), tuple(results))

    def _keep(self, function: Function, payload: Any, answers: Mapping[str, Any]) -> None:
        """Updates if clients answered, checked as their edge does it; results if edges did."""
        if isinstance(function, LocalSteps):
            self._keep_updates(function, payload, answers)
            return
        for edge, result in answers.items():
            if isinstance(result, EdgeResult):
                self._results[payload.round].append(kept_result(edge, result))

    def _keep_updates(self, steps: LocalSteps, sent: StartingPoint, answers: Mapping[str, Any]) -> None:
        updates, _ = checked(sent.model, answers, steps.plan.norm_bound, steps.plan.most_samples)
        for client, samples, change in zip(updates.clients, updates.samples, updates.changes, strict=True):
            self._updates[sent.round].append(KeptUpdate(client, sent.edge_round, samples, change))


def kept_result(edge: str, result: EdgeResult) -> KeptResult:
    """What is kept of an edge's result."""
    return KeptResult(edge, result.samples, result.total, result.signature)
