"""Hierarchical federated averaging (training.md, "A round"; Liu, Zhang, Song and Letaief 2020) that leaves evidence.

In every round the coordinator sends the model to the edges, each edge makes its edge rounds with its clients, and the
coordinator averages what the edges hand back, weighted by samples.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cofund.errors import CheckFailed
from cofund.training import aggregate
from cofund.training.aggregate import Fixed
from cofund.training.deliveries import NO_DIGEST, Delivery, sentence, updates_root
from cofund.training.edge import EdgeResult, StartingPoint, run_edge, unfit
from cofund.training.engine import Engine
from cofund.training.metric import number_or_none
from cofund.training.model import Model, model_digest
from cofund.training.plan import Federation, Plan, check_capacity
from cofund.training.privacy import needed_key, noised
from cofund.training.returned import initial_model, measured
from cofund.training.task import Task

MOST_REASONS: Final = 3
"""Different reasons that are said when nobody delivered."""


@dataclass(frozen=True, slots=True)
class Round:
    """One finished round.

    Attributes:
        number: from 1.
        model: the coordinator's model after the round.
        digest: digest of that model, 32 bytes.
        deliveries: one for every client of the federation, in its order.
        metric: mean of the metric over the validating members that delivered and have one, None without any.
        unmeasured: why a validating member that delivered has no metric; kept nowhere.
    """

    number: int
    model: Model
    digest: bytes
    deliveries: tuple[Delivery, ...]
    metric: float | None
    unmeasured: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def updates_root(self) -> bytes:
        """Merkle root over the deliveries, 32 bytes; computed when it is asked for."""
        return updates_root(self.deliveries)


def train_rounds(
    task: Task,
    engine: Engine,
    federation: Federation,
    plan: Plan,
    start: tuple[int, Model] | None = None,
    noise_key: bytes | None = None,
) -> Iterator[Round]:
    """Train round by round, lazily; whoever iterates may stop at any round.

    Args:
        task: what is learnt.
        engine: what carries the calls.
        federation: who takes part.
        plan: the terms.
        start: number and model of a finished round to go on from; the later rounds are the same, bit for bit.
        noise_key: the coordinator's secret, for a plan with noise (``privacy.noise_key``).

    Yields:
        The rounds after ``start`` up to ``plan.rounds``. A round in which nothing was accepted keeps the model.

    Raises:
        InputError: the sums of this federation could leave 64 bits, the plan has noise and there is no key, or the
            task's ``initial`` raises or returns no model.
    """
    check_capacity(federation, plan)
    if plan.private:
        needed_key(noise_key)
    number, model = (0, initial_model(task, plan.seed)) if start is None else start
    for following in range(number + 1, plan.rounds + 1):
        finished = run_round(task, engine, federation, plan, StartingPoint(following, 0, model), noise_key)
        model = finished.model
        yield finished


def run_round(
    task: Task, engine: Engine, federation: Federation, plan: Plan, work: StartingPoint, noise_key: bytes | None = None
) -> Round:
    """One round from the model in ``work``; with noise as ``train_rounds``."""
    members = dict(federation.edges)

    def run(edge: str, sent: StartingPoint) -> EdgeResult:
        return run_edge(task, engine, federation, plan, edge=edge, clients=members[edge], work=sent)

    answers, failures = engine.call(list(members), run, work)
    wrong = {edge: unfit(plan, work, edge, members[edge], answer) for edge, answer in answers.items()}
    failures = failures | {edge: reason for edge, reason in wrong.items() if reason}
    results = {edge: answer for edge, answer in answers.items() if not wrong[edge]}
    total, samples = aggregate.zeros_like(work.model), 0
    for result in results.values():
        total += result.total
        samples += result.samples
    model = averaged(plan, work, total, samples, clients=len(federation.clients), noise_key=noise_key)
    deliveries: list[Delivery] = []
    for edge, clients in federation.edges:
        deliveries += results[edge].deliveries if edge in results else _lost(edge, clients, work.round, failures[edge])
    metric, unmeasured = validated(task, engine, federation, StartingPoint(work.round, 0, model), deliveries)
    return Round(
        number=work.round,
        model=model,
        digest=model_digest(model),
        deliveries=tuple(deliveries),
        metric=metric,
        unmeasured=unmeasured,
    )


def require_delivered(finished: Round) -> Round:
    """The round, if somebody delivered; otherwise the training stops here, where it can go on once it was mended.

    Raises:
        CheckFailed: nobody delivered, with the reasons.
    """
    if any(delivery.accepted for delivery in finished.deliveries):
        return finished
    reasons: dict[str, list[str]] = {}
    for delivery in finished.deliveries:
        reasons.setdefault(delivery.reason, []).append(delivery.client)
    said = [f"{clients[0]}{_others(len(clients) - 1)}: {reason}" for reason, clients in reasons.items()]
    more = f" (and {len(said) - MOST_REASONS} other reasons)" if len(said) > MOST_REASONS else ""
    raise CheckFailed(f"round {finished.number}: nobody delivered. {' '.join(said[:MOST_REASONS])}{more}")


def _others(number: int) -> str:
    return f" and {number} more" if number else ""


def averaged(
    plan: Plan, work: StartingPoint, total: Fixed, samples: int, *, clients: int, noise_key: bytes | None = None
) -> Model:
    """The coordinator's model after a round, from the sum over all edges; without any update it stays as it is.

    With noise the sum is divided by the number of invited clients, and moved even if nothing was delivered, so that the
    model tells of nobody whether it delivered.
    """
    if plan.private:
        key = needed_key(noise_key)
        return noised(plan, work.model, total, work.round, clients=clients, key=key)
    return aggregate.moved(work.model, aggregate.mean(total, samples)) if samples else work.model


def validated(
    task: Task, engine: Engine, federation: Federation, work: StartingPoint, deliveries: Sequence[Delivery]
) -> tuple[float | None, dict[str, str]]:
    """Unweighted mean of the metric over the members that validate, and why others have none.

    A client that did not deliver is left out, as is a member whose metric is no finite number (``metric.py``); None if
    nobody is left.
    """
    missing = {delivery.client for delivery in deliveries if not delivery.accepted}
    members = [member for member in federation.validation if member not in missing]

    def evaluate(member: str, sent: StartingPoint) -> float:
        return measured(task, sent.model, federation.validation[member])

    answers, failures = engine.call(members, evaluate, work)
    metrics = {member: number_or_none(answer) for member, answer in answers.items()}
    unmeasured = {member: sentence(reason) for member, reason in failures.items()}
    unmeasured |= {member: "It sent no finite number." for member, metric in metrics.items() if metric is None}
    found = [metric for metric in metrics.values() if metric is not None]
    return math.fsum(found) / len(found) if found else None, unmeasured


def _lost(edge: str, clients: tuple[str, ...], number: int, reason: str) -> list[Delivery]:
    """Deliveries of an edge that handed nothing back."""
    said = sentence(f"Edge {edge} failed. {reason}")
    return [Delivery(client, edge, number, False, said, 0, NO_DIGEST) for client in clients]
