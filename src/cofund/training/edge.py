"""One edge's part of a round: its clients train, what they send is checked, and the edge averages it."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from cofund.training import aggregate
from cofund.training.aggregate import Fixed
from cofund.training.deliveries import NO_DIGEST, Delivery, sentence
from cofund.training.engine import Engine, stream
from cofund.training.model import DTYPE, Model, flat, row_digests
from cofund.training.plan import Federation, Plan
from cofund.training.privacy import clip_rows, clipped
from cofund.training.returned import trained
from cofund.training.robust import MEAN, RULES
from cofund.training.task import Task

STACK_BYTES: Final = 2**20
"""Models of a stack are this large together at most: what one processor's cache holds. It is a constant, not a
property of the machine, so that everybody makes the same computation."""

SMALLEST_STACK: Final = 8
"""Fewer clients, of larger models, gain nothing from being trained as one computation."""


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """What is sent to a member: the model to start from, and where in the training this is."""

    round: int
    edge_round: int
    model: Model


@dataclass(frozen=True, slots=True)
class EdgeResult:
    """What an edge hands to the coordinator.

    Attributes:
        total: change of the edge's model over the round times ``samples``, in fixed point.
        samples: samples of the edge's accepted clients, 0 if there are none.
        deliveries: one for every client of the edge, in the edge's order.
        signature: of the edge over round, samples and total; empty where edges have no key.
    """

    total: Fixed
    samples: int
    deliveries: tuple[Delivery, ...]
    signature: bytes = b""


def local_seed(plan: Plan, work: StartingPoint, client: str) -> int:
    """Seed of a client's local steps: 64 bits from the plan's seed, the round, the edge round and the client alone."""
    text = f"{plan.seed}/{work.round}/{work.edge_round}/{client}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


@dataclass(slots=True)
class _Books:
    """What an edge remembers of its clients during a round: not their updates, only what was hashed of them.

    Attributes:
        entries: what a client's delivery digest is over so far.
        samples: samples that it last stood for.
        reasons: why a client is left out of the rest of the round.
    """

    entries: dict[str, bytes]
    samples: dict[str, int]
    reasons: dict[str, str]

    def delivery(self, client: str, edge: str, number: int) -> Delivery:
        """The delivery of a client that either sent every update or has a reason why not."""
        if client in self.reasons:
            return Delivery(client, edge, number, False, sentence(self.reasons[client]), samples=0, digest=NO_DIGEST)
        digest = hashlib.sha256(self.entries[client]).digest()
        return Delivery(client, edge, number, True, "", self.samples[client], digest)


@dataclass(frozen=True, slots=True)
class LocalSteps:
    """The local steps of a client, as a function that an engine can call; or of several, bit for bit the same."""

    task: Task
    federation: Federation
    plan: Plan

    def __call__(self, client: str, sent: StartingPoint) -> Any:
        """One client's local steps."""
        seed = local_seed(self.plan, sent, client)
        answer = self.task.train(sent.model, self.federation.data[client], self.plan.local_steps, seed)
        model, samples = trained(self.task, sent.model, answer, aggregate.MAX_SAMPLES)
        return clipped(sent.model, model, self.plan.norm_bound) if self.plan.private else (model, samples)

    def at_once(self, sent: StartingPoint) -> int:
        """As many clients as have ``STACK_BYTES`` of models together; 1 if those are few or the task has no stacks."""
        clients = STACK_BYTES // sum(array.nbytes for array in sent.model)
        return 1 if self.task.train_stack is None or clients < SMALLEST_STACK else clients

    def together(self, clients: Sequence[str], sent: StartingPoint) -> aggregate.Stack:
        """Several clients' local steps as one computation; raises if one of them fails, and they are run one by one."""
        if self.task.train_stack is None:
            raise TypeError("the task cannot be stacked")
        data = [self.federation.data[client] for client in clients]
        seeds = [local_seed(self.plan, sent, client) for client in clients]
        rows, samples = self.task.train_stack(sent.model, data, self.plan.local_steps, seeds)
        if not _stacked(rows, samples, len(clients), sent.model):
            raise ValueError("a client fails; which one, and why, is said when they train one by one")
        if self.plan.private:
            clip_rows(flat(sent.model), rows, self.plan.norm_bound)
            samples = [1] * len(clients)
        return aggregate.Stack(clients, samples, rows, sent.model)


def _stacked(rows: Any, samples: Any, clients: int, model: Model) -> bool:
    """Whether these are finite values of as many models as there are clients, with their samples."""
    values = sum(array.size for array in model)
    if not isinstance(rows, np.ndarray) or (rows.dtype, rows.shape) != (DTYPE, (clients, values)):
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        finite = math.isfinite(float(rows.sum()))
    whole = len(samples) == clients and all(isinstance(own, int | np.integer) for own in samples)
    return finite and whole and all(1 <= own <= aggregate.MAX_SAMPLES for own in samples)


def run_edge(
    task: Task,
    engine: Engine,
    federation: Federation,
    plan: Plan,
    *,
    edge: str,
    clients: Sequence[str],
    work: StartingPoint,
) -> EdgeResult:
    """All edge rounds of one edge in one round (training.md, "A round").

    A client that fails in one edge round is left out of the rest of the round and is not accepted. The edge's weight is
    the samples of its accepted clients; with none of them the edge contributes nothing.
    """
    books = _Books(dict.fromkeys(clients, b""), {}, {})
    steps = LocalSteps(task, federation, plan)
    change, samples, model = aggregate.zeros_like(work.model), 0, work.model
    total = change
    for edge_round in range(1, plan.edge_rounds + 1):
        if samples:
            change = change + aggregate.mean(total, samples)
            model = aggregate.moved(work.model, change)
        reachable = [client for client in clients if client not in books.reasons]
        total, samples = _edge_round(engine, steps, books, reachable, StartingPoint(work.round, edge_round, model))
    deliveries = tuple(books.delivery(client, edge, work.round) for client in clients)
    if plan.edge_rounds > 1:
        total += change * samples
    return EdgeResult(total, samples, deliveries)


def unfit(plan: Plan, sent: StartingPoint, edge: str, clients: Sequence[str], result: Any) -> str:
    """Why what an edge handed on cannot be its part of a round; empty if it can. It may come from anybody's machine."""
    if not (isinstance(result, EdgeResult) and fits(sent.model, result.total)):
        return "What it handed on is no sum of updates of this model."
    if not (
        isinstance(result.deliveries, tuple)
        and [_who(each) for each in result.deliveries] == [(client, edge, sent.round) for client in clients]
    ):
        return "What it handed on has not one delivery for each of its clients."
    if not all(_sound(each, plan) for each in result.deliveries):
        return "A delivery that it handed on is neither accepted with its samples nor refused with a reason."
    if type(result.samples) is not int or result.samples != sum(each.samples for each in result.deliveries):
        return "The samples that it handed on are not those of its deliveries."
    most = result.samples * plan.edge_rounds * math.ceil(plan.norm_bound * aggregate.SCALE + 1)
    if not -most <= int(result.total.min()) <= int(result.total.max()) <= most:
        return "The sum that it handed on is larger than updates within the norm bound can be."
    return ""


def fits(model: Model, total: Any) -> bool:
    """Whether something is a sum of updates of a model."""
    nothing = aggregate.zeros_like(model)
    return isinstance(total, np.ndarray) and (total.dtype, total.shape) == (nothing.dtype, nothing.shape)


def _who(delivery: Any) -> tuple[str, str, int] | None:
    return (delivery.client, delivery.edge, delivery.round) if isinstance(delivery, Delivery) else None


def _sound(delivery: Delivery, plan: Plan) -> bool:
    """Whether everything in a delivery has its type and fits together."""
    if type(delivery.samples) is not int or type(delivery.reason) is not str or type(delivery.digest) is not bytes:
        return False
    if delivery.accepted is True:
        return 1 <= delivery.samples <= plan.most_samples and not delivery.reason and len(delivery.digest) == 32
    refused = (False, 0, NO_DIGEST)
    return (delivery.accepted, delivery.samples, delivery.digest) == refused and delivery.reason != ""


def _edge_round(
    engine: Engine, steps: LocalSteps, books: _Books, clients: Sequence[str], sent: StartingPoint
) -> tuple[Fixed, int]:
    """Let clients train; the sum of their updates times samples, in fixed point, and the samples of all of them.

    Updates are added and forgotten as they come, so memory does not grow with the number of clients; only a robust
    rule needs all of an edge's updates together.
    """
    plan, weight, kept = steps.plan, 0, []
    total = aggregate.zeros_like(sent.model)
    for answers, failures in stream(engine, clients, steps, sent, plan.timeout):
        updates, refused = aggregate.checked(sent.model, answers, plan.norm_bound, plan.most_samples)
        books.reasons |= failures | refused
        digests = row_digests(sent.model, updates.changes)
        for client, samples, digest in zip(updates.clients, updates.samples, digests, strict=True):
            books.entries[client] += samples.to_bytes(8) + digest
            books.samples[client] = samples
        weight += sum(updates.samples)
        if plan.rule == MEAN:
            aggregate.add(total, updates.changes, updates.samples)
        else:
            kept.append(aggregate.rounded(updates.changes).astype(np.int64))
    if weight and plan.rule != MEAN:
        total = RULES[plan.rule](np.concatenate(kept), plan.tolerated) * weight
    return total, weight
