"""One edge's part of a round: its clients train, what they send is checked, and the edge averages it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cofund.training import aggregate
from cofund.training.aggregate import Fixed
from cofund.training.deliveries import NO_DIGEST, Delivery
from cofund.training.engine import Engine
from cofund.training.model import Model, model_digest
from cofund.training.plan import Federation, Plan
from cofund.training.task import Task


@dataclass(frozen=True, slots=True)
class Work:
    """What is sent to a member: the model to start from, and where in the training this is."""

    round: int
    edge_round: int
    model: Model


@dataclass(frozen=True, slots=True)
class Update:
    """What a client's local steps of one edge round changed, and the samples that it stands for."""

    change: Model
    samples: int


@dataclass(frozen=True, slots=True)
class EdgeResult:
    """What an edge hands to the coordinator.

    Attributes:
        total: change of the edge's model over the round times ``samples``, in fixed point.
        samples: samples of the edge's accepted clients, 0 if there are none.
        deliveries: one for every client of the edge, in the edge's order.
    """

    total: Fixed
    samples: int
    deliveries: tuple[Delivery, ...]


def local_seed(plan: Plan, work: Work, client: str) -> int:
    """Seed of a client's local steps: 64 bits from the plan's seed, the round, the edge round and the client alone."""
    text = f"{plan.seed}/{work.round}/{work.edge_round}/{client}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def delivery_digest(updates: Sequence[Update]) -> bytes:
    """SHA-256 over samples (8 bytes, big-endian) and model digest of the update, for every edge round in order."""
    return hashlib.sha256(
        b"".join(update.samples.to_bytes(8) + model_digest(update.change) for update in updates)
    ).digest()


def run_edge(
    task: Task, engine: Engine, federation: Federation, plan: Plan, *, edge: str, clients: Sequence[str], work: Work
) -> EdgeResult:
    """All edge rounds of one edge in one round (training.md, "A round").

    A client that fails in one edge round is left out of the rest of the round and is not accepted. The edge's weight is
    the samples of its accepted clients; with none of them the edge contributes nothing.
    """
    nothing = aggregate.zeros_like(work.model)
    updates: dict[str, list[Update]] = {client: [] for client in clients}
    reasons: dict[str, str] = {}
    change, total, samples = nothing, nothing, 0
    for edge_round in range(1, plan.edge_rounds + 1):
        if samples:
            change = aggregate.weighted_sum(change, [(aggregate.mean(total, samples), 1)])
        sent = Work(work.round, edge_round, aggregate.moved(work.model, change))
        reachable = [client for client in clients if client not in reasons]
        accepted, refused = _collect(task, engine, federation, plan, clients=reachable, sent=sent)
        reasons |= refused
        for client, update in accepted.items():
            updates[client].append(update)
        total = aggregate.weighted_sum(nothing, ((aggregate.to_fixed(u.change), u.samples) for u in accepted.values()))
        samples = sum(update.samples for update in accepted.values())
    deliveries = tuple(_delivery(client, edge, work.round, updates[client], reasons) for client in clients)
    return EdgeResult(aggregate.weighted_sum(total, [(change, samples)]), samples, deliveries)


def _collect(
    task: Task, engine: Engine, federation: Federation, plan: Plan, *, clients: Sequence[str], sent: Work
) -> tuple[dict[str, Update], dict[str, str]]:
    """Let clients train; updates that can be aggregated, and for every other client the reason why there is none."""

    def train(client: str, sent: Work) -> Any:
        return task.train(sent.model, federation.data[client], plan.local_steps, local_seed(plan, sent, client))

    results, refused = engine.call(clients, train, sent, plan.timeout)
    accepted: dict[str, Update] = {}
    for client, answer in results.items():
        reason = aggregate.fault(sent.model, answer, plan.norm_bound)
        if reason is None:
            after, samples = answer
            accepted[client] = Update(aggregate.difference(after, sent.model), int(samples))
        else:
            refused[client] = reason
    return accepted, refused


def _delivery(client: str, edge: str, number: int, updates: list[Update], reasons: dict[str, str]) -> Delivery:
    """The delivery of a client that either sent every update or has a reason why not."""
    if client in reasons:
        return Delivery(client, edge, number, accepted=False, reason=reasons[client], samples=0, digest=NO_DIGEST)
    return Delivery(client, edge, number, True, "", updates[-1].samples, delivery_digest(updates))
