"""Who contributed how much: Shapley values of a round's members, by model reconstruction (training.md, "Contribution").

A coalition's model is the one that the round would have given with its members' updates only; nothing is trained
again. The value of a coalition is the metric of its model, and that of nobody the metric of the model before the round.
A member's Shapley value is its mean marginal value over all orders in which members could join (Shapley 1953). These
values stand beside the price that the mechanism set; they never change it.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from cofund.errors import CheckFailed, InputError
from cofund.training import aggregate, draws
from cofund.training.aggregate import Fixed
from cofund.training.edge import EdgeResult, StartingPoint
from cofund.training.engine import Engine, Function
from cofund.training.engines.observing import ObservedEngine
from cofund.training.hierfavg import Round, train_rounds, validated
from cofund.training.model import Model
from cofund.training.plan import Federation, Plan
from cofund.training.returned import initial_model
from cofund.training.robust import MEAN
from cofund.training.task import Task

EXACT_MEMBERS: Final = 12
"""Up to here all 2^n coalitions are evaluated (4,096); above, orders are drawn."""

SAMPLED_ORDERS: Final = 200

Part = tuple[Fixed, int]
"""Change times samples in fixed point, and the samples: what an edge or a client adds to a round's sums."""


def train_with_contributions(
    task: Task, engine: Engine, federation: Federation, plan: Plan
) -> Iterator[tuple[Round, dict[str, float]]]:
    """Train as ``train_rounds`` does; with each round the Shapley values of the edges that delivered.

    Raises:
        InputError: nobody validates, so coalitions have no value; or the plan has noise, which these values would undo.
    """
    if plan.private:
        raise InputError("contribution", "noise_multiplier", "0: these values are computed from updates without noise")
    if not federation.validation:
        raise InputError("contribution", "validation", "at least one member that validates")
    parts: dict[str, Part] = {}

    def see(_: Function, __: Any, answers: Mapping[str, Any]) -> None:
        edges = {name: each for name, each in answers.items() if isinstance(each, EdgeResult)}
        parts.update({name: (each.total, each.samples) for name, each in edges.items()})

    before = initial_model(task, plan.seed)
    for finished in train_rounds(task, ObservedEngine(engine, see), federation, plan):

        def metric(model: Model, finished: Round = finished) -> float:
            work = StartingPoint(finished.number, 0, model)
            found, why = validated(task, engine, federation, work, finished.deliveries)
            if found is None:
                said = "".join(f" {member}: {reason}" for member, reason in list(why.items())[:1])
                raise CheckFailed(f"contribution: round {finished.number}: a coalition's model has no metric.{said}")
            return found

        yield finished, round_contributions(before, parts, metric, plan.seed) if parts else {}
        parts.clear()
        before = finished.model


def one_edge_a_client(federation: Federation, plan: Plan) -> Federation:
    """The same clients, each under an edge of its own: with one edge round that changes no model by a bit.

    Raises:
        InputError: more than one edge round, or another rule than the mean.
    """
    if plan.edge_rounds != 1 or plan.rule != MEAN:
        raise InputError("contribution", "clients", "one edge round and the mean, where edges do not matter")
    return Federation(tuple((c, (c,)) for c in federation.clients), federation.data, federation.validation)


def round_contributions(
    before: Model, parts: Mapping[str, Part], metric: Callable[[Model], float], seed: int = 1
) -> dict[str, float]:
    """Shapley value of every member of a round; they add up to the metric after it less the metric before.

    Args:
        before: the model before the round.
        parts: what each edge (``EdgeResult``) or each client added to the sums.
        metric: of a model, larger is better.
        seed: of the orders, with more than ``EXACT_MEMBERS`` members.
    """
    members = list(parts)

    def value(coalition: int) -> float:
        chosen = [parts[member] for at, member in enumerate(members) if coalition >> at & 1]
        samples = sum(weight for _, weight in chosen)
        if not samples:
            return metric(before)
        total = sum((change for change, _ in chosen), aggregate.zeros_like(before))
        return metric(aggregate.moved(before, aggregate.mean(total, samples)))

    return dict(zip(members, shapley(len(members), value, seed), strict=True))


def shapley(members: int, value: Callable[[int], float], seed: int = 1) -> list[float]:
    """Shapley values of a game; a coalition is a whole number whose bit k says whether member k is in it.

    Exact up to ``EXACT_MEMBERS`` members, above the mean over ``SAMPLED_ORDERS`` random orders, each taken forwards and
    backwards. Either way they add up to the value of all less the value of nobody, but for rounding.

    Raises:
        InputError: no members.
    """
    if members < 1:
        raise InputError("contribution", "members", "at least 1")
    return _exact(members, value) if members <= EXACT_MEMBERS else _sampled(members, value, seed)


def _exact(members: int, value: Callable[[int], float]) -> list[float]:
    """Sum over coalitions without the member of |S|! (n - |S| - 1)! / n! times what it adds to them."""
    worth = [value(coalition) for coalition in range(2**members)]
    weight = [1 / (members * math.comb(members - 1, size)) for size in range(members)]
    return [
        math.fsum(
            weight[coalition.bit_count()] * (worth[coalition | 1 << member] - worth[coalition])
            for coalition in range(2**members)
            if not coalition >> member & 1
        )
        for member in range(members)
    ]


def _sampled(members: int, value: Callable[[int], float], seed: int) -> list[float]:
    """Mean marginal value over random orders and their reverses."""
    nobody, gains = value(0), np.zeros(members)
    for number in range(SAMPLED_ORDERS // 2):
        order = draws.order(f"cofund.shapley/1/{seed}/{number}", members).tolist()
        for joining in (order, order[::-1]):
            gains += _marginal(joining, value, nobody)
    found: list[float] = (gains / (SAMPLED_ORDERS // 2 * 2)).tolist()
    return found


def _marginal(order: Sequence[int], value: Callable[[int], float], nobody: float) -> np.ndarray:
    """What each member adds when they join in this order."""
    gains, coalition, worth = np.zeros(len(order)), 0, nobody
    for member in order:
        coalition |= 1 << member
        joined = value(coalition)
        gains[member], worth = joined - worth, joined
    return gains
