"""Tasks with labelled rows: a network (``network.py``) that names each row's class; the metric is the accuracy."""

from collections.abc import Sequence

import numpy as np

from cofund.training import network
from cofund.training.model import Model, unflat
from cofund.training.network import Samples
from cofund.training.plan import Plan
from cofund.training.task import Task, Trained


def task(name: str, sizes: Sequence[int], plan: Plan) -> Task:
    """A task over ``network.Samples`` with the plan's learning rate and batch.

    Args:
        name: what is learnt.
        sizes: features, units of each hidden layer, classes.
        plan: its ``learning_rate`` and ``batch`` are used.
    """

    def train_stack(
        model: Model, data: Sequence[Samples], steps: int, seeds: Sequence[int]
    ) -> tuple[np.ndarray, list[int]]:
        rate, batch = plan.learning_rate, plan.batch
        trained = network.descend(model, data, steps=steps, learning_rate=rate, batch=batch, seeds=seeds)
        return trained, [len(own) for own in data]

    def train(model: Model, data: Samples, steps: int, seed: int) -> Trained:
        rows, samples = train_stack(model, [data], steps, [seed])
        return unflat(rows[0], model), samples[0]

    return Task(name, lambda seed: network.initial(sizes, seed), train, network.accuracy, train_stack)
