"""A task of plain functions over lists of NumPy arrays, whatever their layout and width."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeAlias

import numpy as np

from cofund.training.model import Model
from cofund.training.returned import adopted
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

    def first(seed: int) -> Model:
        return adopted(initial, initial(seed))

    def trained(model: Model, data: Any, steps: int, seed: int) -> Trained:
        answer: Any = train(copies(model), data, steps, seed)
        pair = isinstance(answer, tuple | list) and len(answer) == 2
        return (tuple(copies(adopted(train, answer[0]))), answer[1]) if pair else answer  # the user may keep its own

    return Task(
        name=name,
        initial=wraps(initial)(first),  # whoever names these functions names the user's
        train=wraps(train)(trained),
        evaluate=wraps(evaluate)(lambda model, data: evaluate(copies(model), data)),
    )
