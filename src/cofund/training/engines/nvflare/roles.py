"""What edges and clients answer, and the coordinator's engine that knows who is below whom."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from cofund.training.edge import EdgeResult, LocalSteps, Work, run_edge
from cofund.training.engine import Answers
from cofund.training.engines.nvflare.hub import Hub
from cofund.training.engines.nvflare.layout import Layout
from cofund.training.plan import Federation, Plan
from cofund.training.task import Task

Functions = Mapping[str, Callable[[str, Any], Any]]

MARGIN_S: Final = 120.0
"""What an edge has on top of its clients' time limits: a job that is started again, and the way to the coordinator."""


def client_functions(task: Task, plan: Plan, client: str, data: Any, validation: Any) -> Functions:
    """A client trains on its own data and measures on its own validation data, None if it has none."""

    def evaluate(member: str, sent: Work) -> float:
        if validation is None:
            raise LookupError(f"{member} has no validation data")
        return task.evaluate(sent.model, validation)

    steps = LocalSteps(task, Federation((("", (client,)),), {client: data}), plan)
    return {LocalSteps.__name__: steps, evaluate.__name__: evaluate}


def edge_functions(layout: Layout, edge: str, clients: Hub) -> Functions:
    """An edge runs its part of a round and passes measurements on to its clients.

    Args:
        layout: the training.
        edge: this edge.
        clients: the engine of its clients.
    """
    own = layout.edge(edge).clients

    def run(member: str, sent: Work) -> EdgeResult:
        return run_edge(_ELSEWHERE, clients, layout.federation, layout.plan, edge=member, clients=own, work=sent)

    def evaluate(member: str, asked: tuple[tuple[str, ...], Work]) -> Answers:
        del member
        members, sent = asked
        return clients.call([client for client in own if client in members], evaluate, sent, layout.plan.timeout)

    return {run.__name__: run, evaluate.__name__: evaluate}


class Edges:
    """The coordinator's engine: reaches edges directly and clients by way of their edges, so their bytes stay there."""

    def __init__(self, hub: Hub, layout: Layout) -> None:
        """The engine of a training."""
        self.hub, self.layout = hub, layout

    def call(
        self,
        members: Sequence[str],
        function: Callable[[str, Any], Any],
        payload: Any,
        timeout: float | None = None,
    ) -> Answers:
        """See ``Engine.call``."""
        plan = self.layout.plan
        limit_s = timeout
        if limit_s is None and plan.timeout is not None:
            limit_s = plan.edge_rounds * plan.timeout + MARGIN_S
        edges = {edge.id for edge in self.layout.edges}
        if edges.issuperset(members):
            return self.hub.call(members, function, payload, limit_s)
        asked = [edge.id for edge in self.layout.edges if not set(edge.clients).isdisjoint(members)]
        answers, lost = self.hub.call(asked, function, (tuple(members), payload), limit_s)
        results: dict[str, Any] = {}
        failures: dict[str, str] = {}
        for member in members:
            edge = self.layout.edge_of(member).id
            some, others = answers.get(edge, ({}, {member: f"Edge {edge} failed. {lost.get(edge, '')}"}))
            if member in some:
                results[member] = some[member]
            else:
                failures[member] = others.get(member, f"Edge {edge} did not say.")
        return results, failures


def _elsewhere(*_: Any) -> Any:
    raise NotImplementedError("an edge trains nothing itself")


_ELSEWHERE: Final = Task("what the clients train", _elsewhere, _elsewhere, _elsewhere)
"""An edge needs no code and no data of the task: its clients have both."""
