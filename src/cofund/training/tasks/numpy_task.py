"""A task of plain functions over lists of NumPy arrays, whatever their layout and width."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from cofund.training.model import Model, as_model
from cofund.training.task import Task, Trained

Arrays: TypeAlias = list[np.ndarray]


def numpy_task(
    name: str,
    initial: Callable[[int], Sequence[np.ndarray]],
    train: Callable[[Arrays, Any, int, int], tuple[Sequence[np.ndarray], int]],
    evaluate: Callable[[Arrays, Any], float],
) -> Task:
    """The task of functions that know nothing of cofund.

    Args:
        name: what is learnt.
        initial: ``initial(seed)`` gives the arrays of the first model.
        train: ``train(arrays, data, steps, seed)`` gives the arrays after the local steps and the number of samples. It
            gets its own copies and may change them in place.
        evaluate: ``evaluate(arrays, data)`` gives the metric, larger is better.
    """

    def copies(model: Model) -> Arrays:
        return [array.copy() for array in model]

    def trained(model: Model, data: Any, steps: int, seed: int) -> Trained:
        arrays, samples = train(copies(model), data, steps, seed)
        return as_model(arrays), samples

    return Task(
        name=name,
        initial=lambda seed: as_model(initial(seed)),
        train=trained,
        evaluate=lambda model, data: evaluate(copies(model), data),
    )
