"""A task of any PyTorch module, optimiser, loss and data loader (extra ``torch``).

The model is the module's floating-point state in the order of ``state_dict``: parameters, and buffers such as running
means. Buffers of whole numbers, such as counts of batches, stay as they are built. Training happens on the processor,
seeded by the client's seed alone; one module a thread is kept and filled anew, so nothing carries over between clients.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import count, islice
from typing import Any, TypeAlias

import torch
from torch import nn

from cofund.training import draws
from cofund.training.model import Model, as_model
from cofund.training.task import Task, Trained

Batch: TypeAlias = tuple[torch.Tensor, torch.Tensor]
Loss: TypeAlias = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Optimiser: TypeAlias = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]


def torch_task(
    name: str,
    build: Callable[[], nn.Module],
    *,
    optimiser: Optimiser,
    loss: Loss,
    batches: Callable[[Any, int], Iterable[Batch]],
    evaluate: Callable[[nn.Module, Any], float],
    samples: Callable[[Any], int] = len,
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
        samples: the number of samples that a client's data stands for.
    """
    kept = threading.local()

    def module(model: Model) -> nn.Module:
        if not hasattr(kept, "module"):
            with torch.random.fork_rng(devices=[]):
                kept.module = build()
        own: nn.Module = kept.module
        with torch.no_grad():
            for tensor, array in zip(_floats(own), model, strict=True):
                tensor.copy_(torch.from_numpy(array))
        return own

    def initial(seed: int) -> Model:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return _arrays(build())

    def train(model: Model, data: Any, steps: int, seed: int) -> Trained:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed % 2**63)
            own = module(model).train()
            stepper = optimiser(own.parameters())
            for inputs, targets in islice(_endless(batches, data, seed), steps):
                stepper.zero_grad()
                loss(own(inputs), targets).backward()  # type: ignore[no-untyped-call]
                stepper.step()
        return _arrays(own), samples(data)

    def evaluated(model: Model, data: Any) -> float:
        with torch.no_grad():
            return evaluate(module(model).eval(), data)

    return Task(name, initial, train, evaluated)


def drawn(batch: int, steps: int) -> Callable[[Batch, int], Iterator[Batch]]:
    """Batches of a pair of tensors, drawn with replacement, equal under every version of PyTorch."""

    def batches(data: Batch, seed: int) -> Iterator[Batch]:
        inputs, targets = data
        for rows in torch.from_numpy(draws.below([f"cofund.batch/1/{seed}"], [len(targets)], (steps, batch))[0]):
            yield inputs[rows], targets[rows]

    return batches


def _endless(batches: Callable[[Any, int], Iterable[Batch]], data: Any, seed: int) -> Iterator[Batch]:
    """Pass after pass, each with its own seed.

    Raises:
        ValueError: a pass without a batch, which would go on for ever.
    """
    for number in count():
        empty = True
        for batch in batches(data, (seed + number) % 2**63):
            empty = False
            yield batch
        if empty:
            raise ValueError("the client has no samples")


def _floats(module: nn.Module) -> list[torch.Tensor]:
    """The module's floating-point state, in a fixed order."""
    return [tensor for tensor in module.state_dict().values() if tensor.is_floating_point()]


def _arrays(module: nn.Module) -> Model:
    """Copies of the module's floating-point state as a model."""
    return as_model([tensor.detach().numpy().copy() for tensor in _floats(module)])
