"""What a user brings to be trained: three plain functions over models and data of any kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cofund.training.model import Model


@dataclass(frozen=True, slots=True)
class Task:
    """A learning task. Each function must depend on its arguments only, so that a round can be repeated.

    Attributes:
        name: what is learnt, in a few words.
        initial: ``initial(seed)`` returns the model before the first round.
        train: ``train(model, data, steps, seed)`` makes ``steps`` local steps on one client's data and returns the new
            model with the number of samples it stands for; it may raise, which counts as not delivered.
        evaluate: ``evaluate(model, data)`` returns the task's metric, larger is better.
    """

    name: str
    initial: Callable[[int], Model]
    train: Callable[[Model, Any, int, int], tuple[Model, int]]
    evaluate: Callable[[Model, Any], float]
