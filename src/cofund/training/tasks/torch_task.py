"""A task of any PyTorch module, optimiser, loss and data loader (extra ``torch``).

The model is the module's floating-point state in the order of ``state_dict``: parameters, and buffers such as running
means. Everything else of a module is as ``build`` leaves it, anew for every client, edge round and evaluation: buffers
of whole numbers such as counts of batches, buffers that are not in the state, and whatever its forward pass keeps in
attributes. Training happens on the processor, seeded by the client's seed alone. So what a client sends does not depend
on who trained before it in the same process, or on whether the training was interrupted.
"""

import copy
import operator
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from itertools import count, islice
from typing import Any, Final, TypeAlias

import numpy as np
import torch
from torch import nn

from cofund.errors import InputError
from cofund.training import draws
from cofund.training.aggregate import MAX_SAMPLES
from cofund.training.model import Model, as_model
from cofund.training.returned import WrongAnswer, place
from cofund.training.task import Task, Trained
from cofund.training.tasks.torch_rows import rows_of

Batch: TypeAlias = tuple[torch.Tensor, torch.Tensor]
Loss: TypeAlias = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Optimiser: TypeAlias = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]

FLOATS: Final = frozenset({torch.float16, torch.bfloat16, torch.float32, torch.float64})
"""What is sent, as float32; a module keeps its own precision while it trains."""

WHOLE: Final = frozenset({torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64})
"""What stays as it is built."""


def torch_task(
    name: str,
    build: Callable[[], nn.Module],
    *,
    optimiser: Optimiser,
    loss: Loss,
    batches: Callable[[Any, int], Iterable[Batch]],
    evaluate: Callable[[nn.Module, Any], float],
    samples: Callable[[Any], int] | None = None,
) -> Task:
    """The task of a module.

    Args:
        name: what is learnt.
        build: makes the module; its random initial state follows the seed of the plan.
        optimiser: makes the optimiser of the parameters, anew for every client and edge round.
        loss: of the module's output and the targets.
        batches: ``batches(data, seed)`` gives the batches of one pass, such as a data loader; it is started again when
            it ends before the local steps do.
        evaluate: ``evaluate(module, data)`` gives the metric, larger is better; called without gradients, in ``eval``.
        samples: the number of samples that a client's data stands for; without it its rows are counted
            (``torch_rows.py``).
    """
    pristine = _Pristine(build)

    @wraps(build)  # whoever names the functions of a task names the user's
    def initial(seed: int) -> Model:
        with _seeded(seed if -(2**63) <= seed < 2**64 else seed % 2**63):
            return _arrays(build, _built(build))

    @wraps(build)
    def train(model: Model, data: Any, steps: int, seed: int) -> Trained:
        with _seeded(seed % 2**63):
            own = pristine.holding(model).train()
            stepper = optimiser(own.parameters())
            if not isinstance(stepper, torch.optim.Optimizer):
                raise _wrong(optimiser, "a torch.optim.Optimizer", stepper)
            for inputs, targets in islice(_endless(batches, data, seed), steps):
                stepper.zero_grad()
                _slope(loss, loss(own(inputs), targets))
                stepper.step()
            number = rows_of(data, lambda: batches(data, seed % 2**63)) if samples is None else samples(data)
        return _arrays(build, own), _whole(number, samples)

    @wraps(evaluate)
    def evaluated(model: Model, data: Any) -> float:
        with torch.no_grad(), _seeded(0):
            return evaluate(pristine.holding(model).eval(), data)

    return Task(name, initial, train, evaluated)


def drawn(batch: int, steps: int) -> Callable[[Batch, int], Iterator[Batch]]:
    """Batches of a pair of tensors, drawn with replacement, equal under every version of PyTorch."""

    def batches(data: Batch, seed: int) -> Iterator[Batch]:
        inputs, targets = data
        for rows in torch.from_numpy(draws.below([f"cofund.batch/1/{seed}"], [len(targets)], (steps, batch))[0]):
            yield inputs[rows], targets[rows]

    return batches


class _Pristine:
    """A module as it is built, of which everybody gets a copy; built with one seed, so alike on every machine."""

    def __init__(self, build: Callable[[], nn.Module]) -> None:
        self._build, self._lock = build, threading.Lock()
        self._kept: nn.Module | None = None
        self._can_be_copied = True

    def holding(self, model: Model) -> nn.Module:
        """A module of one's own with these values as its floating-point state.

        Raises:
            WrongAnswer: the model is another module's.
        """
        with self._lock:
            own = self._own()
        tensors = _floats(self._build, own)
        shapes = [tuple(tensor.shape) for tensor in tensors]
        if shapes != [array.shape for array in model]:
            raise WrongAnswer(f"The model is not one of this module. (Built by {place(self._build)}.)")
        with torch.no_grad():
            for tensor, array in zip(tensors, model, strict=True):
                tensor.copy_(torch.from_numpy(array))
        return own

    def _own(self) -> nn.Module:
        if self._can_be_copied:
            if self._kept is None:
                self._kept = self._built()
            try:
                return copy.deepcopy(self._kept)
            except Exception:  # noqa: BLE001 - tensors that hang in a graph, open files: then it is built again
                self._can_be_copied, self._kept = False, None
        return self._built()

    def _built(self) -> nn.Module:
        with _seeded(0):
            return _built(self._build)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """All random numbers that a module or a loader may draw follow the seed; whoever called goes on with its own."""
    plain, arrays = random.getstate(), np.random.get_state()  # noqa: NPY002 - users draw from it
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        try:
            yield
        finally:
            random.setstate(plain)
            np.random.set_state(arrays)  # noqa: NPY002


def _built(build: Callable[[], nn.Module]) -> nn.Module:
    """A new module.

    Raises:
        WrongAnswer: it is none.
    """
    module: Any = build()
    if not isinstance(module, nn.Module):
        raise _wrong(build, "a torch.nn.Module", module)
    return module


def _endless(batches: Callable[[Any, int], Iterable[Batch]], data: Any, seed: int) -> Iterator[Batch]:
    """Pass after pass, each with its own seed.

    Raises:
        ValueError: a pass without a batch, which would go on for ever.
        WrongAnswer: what the loader gives are no batches.
    """
    for number in count():
        passed: Any = batches(data, (seed + number) % 2**63)
        if not isinstance(passed, Iterable):
            raise _wrong(batches, "batches, one after the other", passed)
        empty = True
        for batch in passed:
            if not isinstance(batch, tuple | list) or len(batch) != 2:
                raise _wrong(batches, "batches that are pairs (inputs, targets)", batch)
            empty = False
            yield batch[0], batch[1]
        if empty:
            raise ValueError("the client has no samples")


def _slope(loss: Loss, value: Any) -> None:
    """Gradients of a batch's loss.

    Raises:
        WrongAnswer: it is not one number that depends on the parameters.
    """
    if not isinstance(value, torch.Tensor) or value.numel() != 1 or not value.requires_grad:
        raise _wrong(loss, "a tensor of one element that depends on the parameters", value)
    value.backward()  # type: ignore[no-untyped-call]


def _floats(build: Callable[[], nn.Module], module: nn.Module) -> list[torch.Tensor]:
    """The module's floating-point state, in a fixed order.

    Raises:
        InputError: there is state that could neither be sent nor stay as it is built.
    """
    found = []
    for name, value in module.state_dict().items():
        if not isinstance(value, torch.Tensor) or nn.parameter.is_lazy(value) or value.is_meta:
            raise InputError(place(build), name, f"expected state that is a tensor with values, got {_kind(value)}")
        if value.dtype not in FLOATS | WHOLE or value.layout != torch.strided:
            expected = "expected real numbers of 16 to 64 bits or whole numbers (or a buffer with persistent=False)"
            raise InputError(place(build), name, f"{expected}, got {_kind(value)}")
        if value.dtype in FLOATS:
            found.append(value)
    return found


def _arrays(build: Callable[[], nn.Module], module: nn.Module) -> Model:
    """Copies of the module's floating-point state as a model."""
    return as_model([tensor.detach().to("cpu", torch.float32).numpy().copy() for tensor in _floats(build, module)])


def _whole(number: Any, samples: Callable[[Any], int] | None) -> int:
    """The number of samples.

    Raises:
        WrongAnswer: it is no whole number above 0.
    """
    try:
        whole = 0 if isinstance(number, bool) else operator.index(number)
    except TypeError:
        whole = 0
    if not 1 <= whole <= MAX_SAMPLES:
        where = "" if samples is None else f" (Returned by {place(samples)}: {str(number)[:40]}.)"
        raise WrongAnswer(f"The number of samples is not an integer from 1 to {MAX_SAMPLES}.{where}")
    return whole


def _wrong(function: Callable[..., Any], expected: str, got: Any) -> WrongAnswer:
    return WrongAnswer(f"{place(function)}: expected {expected}, got {_kind(got)}.")


def _kind(value: Any) -> str:
    if not isinstance(value, torch.Tensor):
        return type(value).__name__
    layout = "" if value.layout == torch.strided else f"{str(value.layout).removeprefix('torch.')} "
    shape = "without a shape" if nn.parameter.is_lazy(value) else tuple(value.shape)
    return f"a {layout}tensor of {str(value.dtype).removeprefix('torch.')} {shape}"
