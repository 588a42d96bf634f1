"""What a user brings to be trained: three plain functions over models and data of any kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from cofund.training.model import Model

Trained: TypeAlias = tuple[Model, int]
"""The model after the local steps, and the samples that it stands for."""


@dataclass(frozen=True, slots=True)
class Task:
    """A learning task. Each function must depend on its arguments only, so that a round can be repeated.

    ``tasks/numpy_task.py`` and ``tasks/torch_task.py`` make one of functions over arrays or of a PyTorch module.

    Attributes:
        name: what is learnt, in a few words.
        initial: ``initial(seed)`` returns the model before the first round.
        train: ``train(model, data, steps, seed)`` makes ``steps`` local steps on one client's data and returns the new
            model with the number of samples it stands for; it may raise, which counts as not delivered.
        evaluate: ``evaluate(model, data)`` returns the task's metric, larger is better.
        train_stack: ``train_stack(model, data, steps, seeds)`` does what ``train`` does for several clients as one
            computation, bit for bit the same, or raises; None if the task has no such form. Its result are all values
            of the new models in order, (clients, values) float32, and a number of samples each.
    """

    name: str
    initial: Callable[[int], Model]
    train: Callable[[Model, Any, int, int], Trained]
    evaluate: Callable[[Model, Any], float]
    train_stack: Callable[[Model, Sequence[Any], int, Sequence[int]], tuple[np.ndarray, Sequence[int]]] | None = None
