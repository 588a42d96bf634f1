"""Hierarchical federated averaging (training.md, "A round"; Liu, Zhang, Song and Letaief 2020) that leaves evidence.

In every round the coordinator sends the model to the edges, each edge makes its edge rounds with its clients, and the
coordinator averages what the edges hand back, weighted by samples.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cofund.training import aggregate
from cofund.training.aggregate import Fixed
from cofund.training.deliveries import NO_DIGEST, Delivery, updates_root
from cofund.training.edge import EdgeResult, Work, run_edge
from cofund.training.engine import Engine
from cofund.training.model import Model, model_digest
from cofund.training.plan import Federation, Plan, check_capacity
from cofund.training.privacy import needed_key, noised
from cofund.training.task import Task


@dataclass(frozen=True, slots=True)
class Round:
    """One finished round.

    Attributes:
        number: from 1.
        model: the coordinator's model after the round.
        digest: digest of that model, 32 bytes.
        deliveries: one for every client of the federation, in its order.
        metric: mean of the metric over the validating members that delivered, None without any.
    """

    number: int
    model: Model
    digest: bytes
    deliveries: tuple[Delivery, ...]
    metric: float | None

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
        InputError: the sums of this federation could leave 64 bits, or the plan has noise and there is no key.
    """
    check_capacity(federation, plan)
    if plan.private:
        needed_key(noise_key)
    number, model = (0, task.initial(plan.seed)) if start is None else start
    for following in range(number + 1, plan.rounds + 1):
        finished = run_round(task, engine, federation, plan, Work(following, 0, model), noise_key)
        model = finished.model
        yield finished


def run_round(
    task: Task, engine: Engine, federation: Federation, plan: Plan, work: Work, noise_key: bytes | None = None
) -> Round:
    """One round from the model in ``work``; with noise as ``train_rounds``."""
    members = dict(federation.edges)

    def run(edge: str, sent: Work) -> EdgeResult:
        return run_edge(task, engine, federation, plan, edge=edge, clients=members[edge], work=sent)

    results, failures = engine.call(list(members), run, work)
    total, samples = aggregate.zeros_like(work.model), 0
    for result in results.values():
        total += result.total
        samples += result.samples
    model = averaged(plan, work, total, samples, clients=len(federation.clients), noise_key=noise_key)
    deliveries: list[Delivery] = []
    for edge, clients in federation.edges:
        deliveries += results[edge].deliveries if edge in results else _lost(edge, clients, work.round, failures[edge])
    return Round(
        number=work.round,
        model=model,
        digest=model_digest(model),
        deliveries=tuple(deliveries),
        metric=validation_metric(task, engine, federation, Work(work.round, 0, model), deliveries),
    )


def averaged(
    plan: Plan, work: Work, total: Fixed, samples: int, *, clients: int, noise_key: bytes | None = None
) -> Model:
    """The coordinator's model after a round, from the sum over all edges; without any update it stays as it is.

    With noise the sum is divided by the number of invited clients, and moved even if nothing was delivered, so that the
    model tells of nobody whether it delivered.
    """
    if plan.private:
        key = needed_key(noise_key)
        return noised(plan, work.model, total, work.round, clients=clients, key=key)
    return aggregate.moved(work.model, aggregate.mean(total, samples)) if samples else work.model


def validation_metric(
    task: Task, engine: Engine, federation: Federation, work: Work, deliveries: Sequence[Delivery]
) -> float | None:
    """Unweighted mean of the metric over the members that validate; a client that did not deliver is left out."""
    missing = {delivery.client for delivery in deliveries if not delivery.accepted}
    members = [member for member in federation.validation if member not in missing]

    def evaluate(member: str, sent: Work) -> float:
        return task.evaluate(sent.model, federation.validation[member])

    metrics, _ = engine.call(members, evaluate, work)
    return math.fsum(metrics.values()) / len(metrics) if metrics else None


def _lost(edge: str, clients: tuple[str, ...], number: int, reason: str) -> list[Delivery]:
    """Deliveries of an edge that handed nothing back."""
    return [Delivery(client, edge, number, False, f"Edge {edge} failed. {reason}", 0, NO_DIGEST) for client in clients]
