"""What functions of the user's return, held against what was expected of them; where they are wrong, one sentence.

A sentence names the function and its file, because whoever reads it (a client's log, a record) did not write either.
"""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cofund.errors import CheckFailed, CofundError, InputError, words_of
from cofund.training.aggregate import malformed, not_finite
from cofund.training.metric import number
from cofund.training.model import DTYPE, Model, as_model
from cofund.training.task import Task


class WrongAnswer(CheckFailed):
    """A function of the user's returned what it should not; the message is a whole sentence."""


def place(function: Callable[..., Any]) -> str:
    """Name and file of a function, such as ``train in task.py, line 7``."""
    while isinstance(function, functools.partial):
        function = function.func
    code = getattr(inspect.unwrap(function), "__code__", None)
    name = getattr(function, "__qualname__", type(function).__name__).rpartition(".")[2]
    return name if code is None else f"{name} in {Path(code.co_filename).name}, line {code.co_firstlineno}"


def asked(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function of the user's returns, before a training; what it raises is one sentence.

    Raises:
        InputError: it raised.
    """
    try:
        return function(*arguments)
    except (CofundError, KeyboardInterrupt):
        raise
    except BaseException as error:
        said = words_of(error)[:200]
        raise InputError(
            place(function), "", f"it raised {type(error).__name__}{f': {said}' if said else ''}"
        ) from error


def adopted(function: Callable[..., Any], arrays: Any) -> Model:
    """Arrays of a function of the user's as a model.

    Raises:
        WrongAnswer: they are no arrays of numbers that float32 has.
    """
    try:
        return as_model(arrays)
    except (TypeError, ValueError) as error:
        said = str(error).partition("\n")[0]
        raise WrongAnswer(f"The arrays are no model: {said}. (Returned by {place(function)}.)") from error


def initial_model(task: Task, seed: int) -> Model:
    """The model before the first round.

    Raises:
        InputError: the task's ``initial`` raised, or returned something else than a model.
    """
    model = asked(task.initial, seed)
    if not isinstance(model, tuple) or not all(isinstance(a, np.ndarray) and a.dtype == DTYPE for a in model):
        raise InputError(place(task.initial), "", f"expected a tuple of arrays of float32, got {_kind(model)}")
    if not sum(array.size for array in model):
        raise InputError(place(task.initial), "", "expected a model with at least one value")
    if not all(np.isfinite(array).all() for array in model):
        raise InputError(place(task.initial), "", "expected values that are finite")
    return model


def trained(task: Task, before: Model, answer: Any, most_samples: int) -> tuple[Model, int]:
    """What a client's local steps returned, if it can be sent to an edge.

    Raises:
        WrongAnswer: it cannot, for the reason that an edge would give.
    """
    reason = malformed(before, answer, most_samples) or not_finite(answer[0])
    if reason:
        raise WrongAnswer(f"{reason} (Returned by {place(task.train)}.)")
    model, samples = answer
    return model, int(samples)


def measured(task: Task, model: Model, data: Any) -> float:
    """The task's metric of a model.

    Raises:
        WrongAnswer: ``evaluate`` returned something else than a finite number; whatever it raises itself comes through.
    """
    value = task.evaluate(model, data)
    try:
        return number(value)
    except ValueError as error:
        raise WrongAnswer(f"No metric: {error}. (From {place(task.evaluate)}.)") from error


def _kind(value: Any) -> str:
    if isinstance(value, tuple):
        kinds = (str(each.dtype) if isinstance(each, np.ndarray) else type(each).__name__ for each in value)
        return f"a tuple of {', '.join(dict.fromkeys(kinds))}" if value else "an empty tuple"
    return type(value).__name__
