"""What an edge holds during a round does not grow with its clients, but for the deliveries that it reports."""

import tracemalloc

import numpy as np
import pytest

from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import train_rounds
from cofund.training.network import samples
from cofund.training.plan import Federation, Plan
from cofund.training.tasks import classification

SIZES = (64, 32, 10)
UPDATE_BYTES = 4 * (65 * 32 + 33 * 10)
PLAN = Plan(local_steps=1, edge_rounds=1, rounds=1, learning_rate=0.1, batch=2)


def peak_bytes(clients: int, *, stacked: bool) -> int:
    """Most that one round allocates over what was there before it."""
    own = samples(np.ones((2, 64)), np.array([0, 1]))
    names = tuple(f"client {n}" for n in range(clients))
    members = Federation((("edge", names),), dict.fromkeys(names, own))
    task = classification.task("toy", SIZES, PLAN)
    tracemalloc.start()
    try:
        (finished,) = train_rounds(task, InProcess(stacked=stacked), members, PLAN)
        assert all(delivery.accepted for delivery in finished.deliveries)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("stacked", [True, False])
def test_a_client_more_costs_a_round_an_eighth_of_an_update_at_most(stacked: bool) -> None:
    peak_bytes(200, stacked=stacked)  # what is made once and kept
    slope = (peak_bytes(2000, stacked=stacked) - peak_bytes(200, stacked=stacked)) / 1800
    assert slope < UPDATE_BYTES / 8
