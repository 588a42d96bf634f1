"""Rounding to whole numbers costs no accuracy: over five seeds it stays within a tenth of a point of float sums."""

from dataclasses import replace

import numpy as np
import pytest

from cofund.training import aggregate
from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import train_rounds
from cofund.training.plan import Plan
from cofund.training.tasks import digits
from cofund.training.tasks.labelled import Division, federation

PLAN = Plan(local_steps=8, edge_rounds=2, rounds=8, learning_rate=0.1, batch=16)


def accuracies() -> list[float]:
    found = []
    for seed in range(1, 6):
        plan = replace(PLAN, seed=seed)
        members = federation(*digits.load(), Division(20, 4, seed=seed))
        *_, last = train_rounds(digits.task(plan), InProcess(), members, plan)
        found.append(last.metric or 0.0)
    return found


def test_integer_aggregation_is_as_accurate_as_float_aggregation(monkeypatch: pytest.MonkeyPatch) -> None:
    integers = accuracies()
    monkeypatch.setattr(aggregate, "rounded", lambda changes: changes.astype(np.float64) * aggregate.SCALE)
    monkeypatch.setattr(aggregate, "exact_sum", lambda units, samples: np.array(samples, np.float64) @ units)
    monkeypatch.setattr(aggregate, "zeros_like", lambda model: np.zeros(sum(array.size for array in model)))
    monkeypatch.setattr(aggregate, "mean", lambda total, weight: total / weight)
    floats = accuracies()
    assert min(integers) > 0.7
    assert float(np.mean(integers)) == pytest.approx(float(np.mean(floats)), abs=0.001)
