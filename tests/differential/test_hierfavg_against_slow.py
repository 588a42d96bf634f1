"""Hierarchical federated averaging against a slow one in float64, written from the definition."""

from dataclasses import replace

import numpy as np
import pytest

from cofund.training.edge import StartingPoint, local_seed
from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import train_rounds
from cofund.training.model import Model, as_model
from cofund.training.plan import Federation, Plan
from cofund.training.tasks import air_quality
from cofund.training.tasks.air_quality_parties import federation

CLIENTS = ("DEBB053", "DEBB075", "DEBE032", "DENI019", "DENI051", "DEUB004")
PLAN = Plan(local_steps=3, rounds=3, seed=11)


def average(models: list[Model], weights: list[int]) -> list[np.ndarray]:
    return [
        sum(weight * array.astype(np.float64) for weight, array in zip(weights, arrays, strict=True)) / sum(weights)
        for arrays in zip(*models, strict=True)
    ]


def slow(members: Federation, plan: Plan) -> Model:
    """Clients within edge rounds within edges within rounds, all averages of whole models in float64."""
    task = air_quality.task(plan)
    model = task.initial(plan.seed)
    for number in range(1, plan.rounds + 1):
        edge_models, edge_weights = [], []
        for _, clients in members.edges:
            edge_model = model
            for edge_round in range(1, plan.edge_rounds + 1):
                work = StartingPoint(number, edge_round, edge_model)
                trained = [
                    task.train(edge_model, members.data[c], plan.local_steps, local_seed(plan, work, c))
                    for c in clients
                ]
                edge_model = as_model(average([t[0] for t in trained], [t[1] for t in trained]))
            edge_models.append(edge_model)
            edge_weights.append(sum(samples for _, samples in trained))
        model = as_model(average(edge_models, edge_weights))
    return model


def regrouped(members: Federation, groups: tuple[tuple[str, tuple[str, ...]], ...]) -> Federation:
    return Federation(groups, members.data)


GROUPINGS = (
    (("one", CLIENTS),),
    (("b", CLIENTS[3:]), ("a", CLIENTS[:3])),
    tuple((client, (client,)) for client in reversed(CLIENTS)),
)


@pytest.mark.parametrize("edge_rounds", [1, 2, 4])
def test_equals_the_slow_one_to_within_rounding(edge_rounds: int) -> None:
    members, plan = federation(CLIENTS), replace(PLAN, edge_rounds=edge_rounds)
    *_, last = train_rounds(air_quality.task(plan), InProcess(), members, plan)
    for fast, reference in zip(last.model, slow(members, plan), strict=True):
        assert fast == pytest.approx(reference, abs=2e-6)


def test_with_one_edge_round_edges_do_not_matter_to_the_bit() -> None:
    members, plan = federation(CLIENTS), replace(PLAN, edge_rounds=1)
    runs = [
        [r.digest for r in train_rounds(air_quality.task(plan), InProcess(), regrouped(members, groups), plan)]
        for groups in GROUPINGS
    ]
    assert runs[0] == runs[1] == runs[2]


def test_with_two_edge_rounds_edges_matter_but_their_order_does_not() -> None:
    members, plan = federation(CLIENTS), replace(PLAN, edge_rounds=2)
    task = air_quality.task(plan)
    groups = GROUPINGS[1]
    turned = tuple((edge, tuple(reversed(clients))) for edge, clients in reversed(groups))
    one, two, other = (
        [r.digest for r in train_rounds(task, InProcess(), regrouped(members, each), plan)]
        for each in (groups, turned, GROUPINGS[0])
    )
    assert one == two != other
