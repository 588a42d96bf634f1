"""A task from a PyTorch module or from plain functions over arrays trains like any other."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import train_rounds
from cofund.training.model import to_bytes
from cofund.training.network import Samples
from cofund.training.partition import dirichlet
from cofund.training.plan import Federation, Plan
from cofund.training.tasks import digits
from cofund.training.tasks.numpy_task import numpy_task
from cofund.training.tasks.torch_task import Batch, drawn, torch_task

PLAN = Plan(local_steps=6, edge_rounds=2, rounds=4, learning_rate=0.3, batch=16, seed=3)


def tensors(data: Samples) -> Batch:
    return torch.from_numpy(data.inputs[:, :-1].copy()), torch.from_numpy(data.labels)


def accuracy(module: nn.Module, data: Batch) -> float:
    return float((module(data[0]).argmax(dim=1) == data[1]).double().mean())


def net() -> nn.Module:
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        nn.Conv2d(1, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.1),
        nn.Linear(128, 10),
    )


def batches(data: Batch, seed: int) -> Any:
    """An ordinary data loader."""
    order = torch.Generator().manual_seed(seed)
    rows = torch.utils.data.TensorDataset(*data)
    return torch.utils.data.DataLoader(rows, batch_size=16, shuffle=True, generator=order)


def sgd(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=0.1, momentum=0.9)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads that wait for each other take longer than these networks do."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def members() -> Federation:
    train, test = digits.load()
    parts = dirichlet(train.labels, clients=6, alpha=1.0, seed=1)
    names = [f"client {n}" for n in range(6)]
    data = {name: tensors(train.take(rows)) for name, rows in zip(names, parts, strict=True)}
    return Federation((("a", tuple(names[:3])), ("b", tuple(names[3:]))), data, {"test": tensors(test)})


def torch_digits(**changes: Any) -> Any:
    terms: dict[str, Any] = {"optimiser": sgd, "loss": functional.cross_entropy, "batches": batches}
    return torch_task("digits", net, evaluate=accuracy, samples=lambda data: len(data[1]), **terms | changes)


def test_a_module_with_convolutions_normalisation_and_dropout_learns(members: Federation) -> None:
    plan = replace(PLAN, local_steps=12, rounds=5)
    rounds = list(train_rounds(torch_digits(), InProcess(), members, plan))
    assert [each.deliveries[0].accepted for each in rounds] == [True] * 5
    assert rounds[0].metric is not None
    assert rounds[-1].metric is not None
    assert rounds[-1].metric > max(0.8, rounds[0].metric)


def test_the_module_s_state_goes_through_and_nothing_is_left_over(members: Federation) -> None:
    """Twice in one order and once in another: neither dropout, momentum nor running means depend on who came before."""
    runs = []
    for clients in (members.edges, members.edges, tuple((e, c[::-1]) for e, c in members.edges[::-1])):
        task = torch_digits()
        torch.rand(7)
        runs.append([r.digest for r in train_rounds(task, InProcess(), replace(members, edges=clients), PLAN)])
    assert runs[0] == runs[1] == runs[2]
    shapes = [array.shape for array in torch_digits().initial(1)]
    assert shapes == [(8, 1, 3, 3), (8,), (8,), (8,), (8,), (8,), (10, 128), (10,)], (
        "running means, no count of batches"
    )


def test_training_leaves_the_user_s_random_state_and_model_alone(members: Federation) -> None:
    task = torch_digits()
    model = task.initial(1)
    before, state = to_bytes(model), torch.get_rng_state()
    after, samples = task.train(model, members.data["client 1"], 3, 2**64 - 1)
    assert to_bytes(model) == before != to_bytes(after)
    assert torch.equal(torch.get_rng_state(), state)
    assert samples == len(members.data["client 1"][1])
    assert to_bytes(task.initial(1)) == before != to_bytes(task.initial(2))


def test_drawn_batches_equal_the_same_network_in_numpy() -> None:
    """The same batches from the same start: NumPy and PyTorch agree to rounding."""
    plan, own = replace(PLAN, local_steps=5), digits.load()[0].take(np.arange(40))
    reference = digits.task(plan)
    start = reference.initial(1)

    def linear() -> nn.Module:
        return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

    task = torch_task(
        "digits",
        linear,
        optimiser=lambda parameters: torch.optim.SGD(parameters, lr=plan.learning_rate),
        loss=functional.cross_entropy,
        batches=drawn(plan.batch, plan.local_steps),
        evaluate=accuracy,
        samples=lambda data: len(data[1]),
    )
    as_torch = tuple(part for layer in start for part in (np.ascontiguousarray(layer[:-1].T), layer[-1]))
    after, samples = task.train(as_torch, tensors(own), plan.local_steps, 77)
    expected, same = reference.train(start, own, plan.local_steps, 77)
    assert samples == same == 40
    for at, layer in enumerate(expected):
        weights, biases = after[2 * at].T, after[2 * at + 1]
        assert np.concatenate([weights, biases[None]]) == pytest.approx(layer, abs=1e-5)


def test_a_client_without_rows_is_left_out(members: Federation) -> None:
    nothing = (torch.zeros(0, 64), torch.zeros(0, dtype=torch.int64))
    broken = Federation(members.edges, members.data | {"client 2": nothing})
    (finished,) = train_rounds(
        torch_digits(batches=lambda data, seed: batches(data, seed) if len(data[1]) else []),
        InProcess(),
        broken,
        replace(PLAN, rounds=1),
    )
    assert finished.deliveries[2].reason == "ValueError: the client has no samples."


def test_functions_over_float64_arrays_may_change_them_in_place() -> None:
    def train(arrays: list[np.ndarray], data: np.ndarray, steps: int, seed: int) -> tuple[list[np.ndarray], int]:
        del seed
        for _ in range(steps):
            arrays[0] += 0.5 * (data.mean(axis=0) - arrays[0])
        return [arrays[0].astype(np.float64)], len(data)

    task = numpy_task(
        "a mean", lambda _: [np.zeros(3)], train, lambda arrays, data: -float(abs(arrays[0] - data).max())
    )
    data = {"x": np.full((3, 3), 0.5), "y": np.full((1, 3), 0.25)}
    plan = Plan(local_steps=20, edge_rounds=1, rounds=2)
    members = Federation((("e", ("x", "y")),), data, {"x": np.full(3, 0.4375)})
    first, second = train_rounds(task, InProcess(), members, plan)
    assert first.model[0].dtype == np.dtype("<f4")
    assert first.metric == pytest.approx(0, abs=1e-5)
    assert second.model[0].tolist() == pytest.approx([0.4375] * 3, abs=1e-5)
    assert task.initial(1)[0].tolist() == [0, 0, 0]
