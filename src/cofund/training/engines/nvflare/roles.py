"""What edges and clients answer, and the coordinator's engine that knows who is below whom."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from cofund.training import edge_books
from cofund.training.deliveries import Delivery, sentence
from cofund.training.edge import EdgeResult, LocalSteps, StartingPoint, run_edge
from cofund.training.engine import Answers, Function
from cofund.training.engines.in_process import InProcess
from cofund.training.engines.keeping import Keeping, kept_result
from cofund.training.engines.nvflare.hub import Hub
from cofund.training.engines.nvflare.layout import Layout
from cofund.training.metric import number_or_none
from cofund.training.plan import Federation, Plan
from cofund.training.returned import measured
from cofund.training.task import Task
from cofund.training.updates import KeptResult

Functions = Mapping[str, Function]
Signer = Callable[[int, KeptResult, Sequence[Delivery]], bytes]
"""Signature of an edge under what it hands on in a round, and who delivered."""

MARGIN_S: Final = 120.0
"""What an edge has on top of its clients' time limits: a job that is started again, and the way to the coordinator."""


def client_functions(task: Task, plan: Plan, client: str, data: Any, validation: Any) -> Functions:
    """A client trains on its own data and measures on its own validation data, None if it has none."""

    def evaluate(member: str, sent: StartingPoint) -> float:
        if validation is None:
            raise LookupError(f"{member} has no validation data")
        return measured(task, sent.model, validation)

    steps = LocalSteps(task, Federation((("", (client,)),), {client: data}), plan)
    return {LocalSteps.__name__: steps, evaluate.__name__: evaluate, present.__name__: present}


def present(member: str, nothing: None) -> bool:
    """A client says that it is there."""
    del member, nothing
    return True


def edge_functions(layout: Layout, edge: str, clients: Hub, folder: Path, sign: Signer | None = None) -> Functions:
    """An edge runs its part of a round, keeps what it took and handed on, and passes questions on to its clients.

    Args:
        layout: the training.
        edge: this edge.
        clients: the engine of its clients.
        folder: of the edge, for its books (``edge_books``).
        sign: with the edge's key, if it has one.
    """
    own, plan = layout.edge(edge).clients, layout.plan

    def run(member: str, sent: StartingPoint) -> EdgeResult:
        keeping = Keeping(clients)
        result = run_edge(_ELSEWHERE, keeping, layout.federation, plan, edge=member, clients=own, work=sent)
        if sign is not None:
            result = replace(result, signature=sign(sent.round, kept_result(member, result), result.deliveries))
        kept = replace(keeping.taken(sent.round, sent.model), results=(kept_result(member, result),))
        edge_books.keep(folder, kept, result.deliveries)
        return result

    def ask(asked: tuple[tuple[str, ...], Any], function: Function, fit: Callable[[Any], Any]) -> Answers:
        """What clients answer, as far as it is what they were asked for: the coordinator reads all of it or nothing."""
        members, payload = asked
        called = [client for client in own if client in members]
        answers, failures = clients.call(called, function, payload, plan.timeout)
        fitting = {client: fit(answer) for client, answer in answers.items()}
        wrong = {client: "The answer is not what was asked for." for client, fits in fitting.items() if fits is None}
        return {client: answer for client, answer in fitting.items() if answer is not None}, failures | wrong

    def evaluate(member: str, asked: tuple[tuple[str, ...], StartingPoint]) -> Answers:
        del member
        return ask(asked, evaluate, number_or_none)

    def present_below(member: str, asked: tuple[tuple[str, ...], None]) -> Answers:
        del member
        return ask(asked, present, lambda answer: True if answer is True else None)

    return {run.__name__: run, evaluate.__name__: evaluate, present.__name__: present_below}


class Edges:
    """The coordinator's engine: reaches edges directly and clients by way of their edges, so their bytes stay there.

    Members that are neither, such as a coordinator that validates itself, are called in this process.
    """

    def __init__(self, hub: Hub, layout: Layout) -> None:
        """The engine of a training."""
        self.hub, self.layout = hub, layout

    def call(self, members: Sequence[str], function: Function, payload: Any, timeout: float | None = None) -> Answers:
        """See ``Engine.call``."""
        below = {name for edge in self.layout.edges for name in (edge.id, *edge.clients)}
        there, here = [name for name in members if name in below], [name for name in members if name not in below]
        results, failures = self._call_below(there, function, payload, timeout) if there else ({}, {})
        own, own_failures = InProcess().call(here, function, payload, timeout)
        found = results | own
        return {member: found[member] for member in members if member in found}, failures | own_failures

    def _call_below(
        self, members: Sequence[str], function: Function, payload: Any, timeout: float | None
    ) -> tuple[dict[str, Any], dict[str, str]]:
        plan = self.layout.plan
        limit_s = timeout
        if limit_s is None and plan.timeout is not None:
            limit_s = plan.edge_rounds * plan.timeout + MARGIN_S
        edges = {edge.id for edge in self.layout.edges}
        if edges.issuperset(members):
            found, failures = self.hub.call(members, function, payload, limit_s)
            return dict(found), failures
        asked = [edge.id for edge in self.layout.edges if not set(edge.clients).isdisjoint(members)]
        answers, lost = self.hub.call(asked, function, (tuple(members), payload), limit_s)
        results: dict[str, Any] = {}
        failures = {}
        for member in members:
            edge = self.layout.edge_of(member).id
            some, others = _answers(answers.get(edge, ({}, {member: f"Edge {edge} failed. {lost.get(edge, '')}"})))
            if member in some:
                results[member] = some[member]
            else:
                failures[member] = sentence(str(others.get(member, f"Edge {edge} did not say.")))
        return results, failures


def _answers(answer: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an edge passed on of its clients; nothing if that is not in the form of answers."""
    match answer:
        case (dict() as some, dict() as others):
            return some, others
    return {}, {}


def _elsewhere(*_: Any) -> Any:
    raise NotImplementedError("an edge trains nothing itself")


_ELSEWHERE: Final = Task("what the clients train", _elsewhere, _elsewhere, _elsewhere)
"""An edge needs no code and no data of the task: its clients have both."""
