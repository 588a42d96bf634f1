"""A round's aggregations computed again from what was kept of it; the first one that is wrong is named.

From the bottom up, so that whoever comes first in the error is where it began: clients' digests, edges' sums, the
coordinator's average (training.md, "A round" and "Deliveries").
"""

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from operator import add

import numpy as np

from cofund.errors import CheckFailed
from cofund.training import aggregate
from cofund.training.aggregate import Fixed
from cofund.training.deliveries import Delivery
from cofund.training.edge import StartingPoint
from cofund.training.hierfavg import Round, averaged
from cofund.training.model import Model, flat, model_digest, row_digests
from cofund.training.plan import Plan
from cofund.training.robust import MEAN, RULES
from cofund.training.updates import KeptRound, KeptUpdate, shapes_of


@dataclass(frozen=True, slots=True)
class RecomputedTraining:
    """How much was computed again.

    Attributes:
        updates: hashed and found in a delivery.
        uncovered: updates of clients that did not finish their round: no delivery has their digest.
        sums: averages of an edge over its clients, one an edge round.
        averages: of the coordinator.
        signed: results that edges signed.
    """

    updates: int = 0
    uncovered: int = 0
    sums: int = 0
    averages: int = 0
    signed: int = 0

    def __add__(self, other: "RecomputedTraining") -> "RecomputedTraining":
        return RecomputedTraining(*map(add, astuple(self), astuple(other)))


def recompute_round(
    plan: Plan, before: Model, finished: Round, kept: KeptRound, noise_key: bytes | None = None
) -> RecomputedTraining:
    """Hold one round against what was kept of it.

    Args:
        plan: the terms.
        before: the model that the round started from.
        finished: its deliveries and model, as recorded.
        kept: its updates and the edges' results.
        noise_key: the coordinator's secret, if the plan has noise.

    Raises:
        CheckFailed: naming the round and the first client, edge or coordinator that is wrong.
    """
    if kept.shapes != shapes_of(before):
        raise CheckFailed(f"round {finished.number}: what is kept has shapes {kept.shapes}, not those of the model")
    by_client = _by_client(plan, finished, kept)
    covered = 0
    for delivery in finished.deliveries:
        covered += _check_client(plan, before, delivery, by_client[delivery.client])
    edges = _check_edges(plan, before, finished, kept, by_client)
    _check_coordinator(plan, before, finished, kept, noise_key)
    return RecomputedTraining(covered, len(kept.updates) - covered, edges * plan.edge_rounds, 1)


def edge_total(plan: Plan, values: int, updates: Sequence[KeptUpdate]) -> tuple[Fixed, int]:
    """What an edge hands to the coordinator after these updates of its clients: total and samples (``EdgeResult``)."""
    change = total = np.zeros(values, np.int64)
    samples = 0
    for edge_round in range(1, plan.edge_rounds + 1):
        if samples:
            change = change + aggregate.mean(total, samples)
        now = [update for update in updates if update.edge_round == edge_round]
        weights = [update.samples for update in now]
        total, samples = np.zeros(values, np.int64), sum(weights)
        if now:
            units = aggregate.rounded(np.stack([update.change for update in now]))
            robust = None if plan.rule == MEAN else RULES[plan.rule](units.astype(np.int64), plan.tolerated) * samples
            total = aggregate.exact_sum(units, weights) if robust is None else robust
    return total + change * samples, samples


def _by_client(plan: Plan, finished: Round, kept: KeptRound) -> dict[str, list[KeptUpdate]]:
    """Every client's updates in the order of the edge rounds; only of clients of this round, each once, in bounds."""
    found: dict[str, list[KeptUpdate]] = {delivery.client: [] for delivery in finished.deliveries}
    for update in sorted(kept.updates, key=lambda update: update.edge_round):
        where = f"round {finished.number}: client {update.client}"
        if update.client not in found or update.edge_round > plan.edge_rounds:
            raise CheckFailed(
                f"{where}: an update is kept of edge round {update.edge_round}, where it had none to send"
            )
        found[update.client].append(update)
        if len({one.edge_round for one in found[update.client]}) < len(found[update.client]):
            raise CheckFailed(f"{where}: two updates are kept of edge round {update.edge_round}")
    return found


def _check_client(plan: Plan, before: Model, delivery: Delivery, updates: Sequence[KeptUpdate]) -> int:
    """Updates of a client that its delivery covers: all of them have its digest, or it was not accepted."""
    where = f"round {delivery.round}: client {delivery.client}"
    if delivery.accepted:
        if len(updates) != plan.edge_rounds or updates[-1].samples != delivery.samples:
            expected = f"{plan.edge_rounds} updates, the last with {delivery.samples} samples"
            raise CheckFailed(f"{where}: what is kept is not what it delivered, {expected}")
        digests = row_digests(before, np.stack([update.change for update in updates]))
        entries = [update.samples.to_bytes(8) + digest for update, digest in zip(updates, digests, strict=True)]
        if hashlib.sha256(b"".join(entries)).digest() != delivery.digest:
            raise CheckFailed(f"{where}: its updates do not have the digest that it delivered")
    for update in updates:
        if update.samples > plan.most_samples:
            raise CheckFailed(f"{where}: it stands for {update.samples} samples, above {plan.most_samples}")
        norm = float(aggregate.norms(update.change.reshape(1, -1))[0])
        if not norm <= plan.norm_bound:  # also false for what is not a number
            raise CheckFailed(f"{where}: the norm of an update is {norm:.3g}, above the bound of {plan.norm_bound:g}")
    return len(updates) if delivery.accepted else 0


def _check_edges(
    plan: Plan, before: Model, finished: Round, kept: KeptRound, by_client: dict[str, list[KeptUpdate]]
) -> int:
    """Number of edges that handed on a result; each is the one that its clients' updates give."""
    values, results = flat(before).size, {result.edge: result for result in kept.results}
    edges = dict.fromkeys(delivery.edge for delivery in finished.deliveries)
    strangers = [result.edge for result in kept.results if result.edge not in edges]
    if strangers or len(results) < len(kept.results):
        named = strangers[0] if strangers else "twice the same"
        raise CheckFailed(f"round {finished.number}: edge {named}: a result is kept where there was none to hand on")
    for edge in edges:
        where, own = f"round {finished.number}: edge {edge}", [d for d in finished.deliveries if d.edge == edge]
        if edge not in results:
            if any(delivery.accepted for delivery in own):
                raise CheckFailed(f"{where}: its result is missing, though clients of it were accepted")
            continue
        updates = [update for delivery in own for update in by_client[delivery.client]]
        total, samples = edge_total(plan, values, updates)
        if samples != results[edge].samples or not np.array_equal(total, results[edge].total):
            raise CheckFailed(f"{where}: what it handed on is not the sum of its clients' updates{_hint(own, updates)}")
    return len(results)


def _hint(deliveries: Sequence[Delivery], updates: Sequence[KeptUpdate]) -> str:
    """An update that no delivery covers may be what is wrong; then nobody but the edge passed it on."""
    missing = {delivery.client for delivery in deliveries if not delivery.accepted}
    named = sorted({update.client for update in updates if update.client in missing})
    return f" (or the update of {', '.join(named)} is changed, which no delivery covers)" if named else ""


def _check_coordinator(plan: Plan, before: Model, finished: Round, kept: KeptRound, noise_key: bytes | None) -> None:
    """The model after the round is the one that the edges' results give, with the noise of the key if there is any."""
    samples, total = sum(result.samples for result in kept.results), aggregate.zeros_like(before)
    for result in kept.results:
        total = total + result.total
    work, clients = StartingPoint(finished.number, 0, before), len(finished.deliveries)
    model = averaged(plan, work, total, samples, clients=clients, noise_key=noise_key)
    if model_digest(model) != finished.digest:
        raise CheckFailed(
            f"round {finished.number}: coordinator: its model is not the average of what the edges handed on; "
            f"recorded is {finished.digest.hex()[:16]}…, computed again {model_digest(model).hex()[:16]}…"
        )
