"""A module kept what a client left in it: counts of batches, hidden buffers, attributes. Now everybody gets a new one.

So a client sends the same whoever trained before it in the process, after a resume too; and what cannot be sent is
refused by name instead of staying behind.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from cofund.errors import InputError
from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import train_rounds
from cofund.training.plan import Federation, Plan
from cofund.training.task import Task
from cofund.training.tasks.torch_rows import rows_of
from cofund.training.tasks.torch_task import torch_task

PLAN = Plan(local_steps=3, edge_rounds=2, rounds=3, seed=3)
ROWS = torch.linspace(-1, 1, 32).reshape(8, 4)
DATA = {name: (ROWS * (at + 1), (ROWS.sum(1) > 0).long()) for at, name in enumerate("abcd")}
MEMBERS = Federation((("north", ("a", "b")), ("south", ("c", "d"))), DATA, {"a": DATA["a"], "test": DATA["b"]})


class Hidden(nn.Module):
    """Three ways to remember: an attribute, a buffer outside the state, a tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 2)
        self.epoch, self.seen = 0, torch.zeros(4)
        self.register_buffer("scale", torch.rand(4), persistent=False)
        self.register_buffer("order", torch.randperm(4))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        self.epoch += 1
        self.seen = self.seen + rows.mean(0).detach()
        self.scale *= 1.01
        found: torch.Tensor = self.layer(rows[:, self.order] * self.scale + self.seen) / self.epoch
        return found


class Noisy(nn.Module):
    """Draws from all generators that there are, while it is built and while it is used."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.shift = nn.Linear(4, 2), random.random()

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.layer(rows + random.random() + np.random.rand() + torch.rand(1) + self.shift)  # noqa: NPY002
        return found


class InAGraph(nn.Module):
    """Has a tensor that cannot be copied, because it hangs in a graph."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.calls = nn.Linear(4, 2), 0
        self.norm = self.layer.weight.norm() * 1

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        found: torch.Tensor = self.layer(rows) / self.calls
        return found


def normalised(layer: nn.Module) -> Callable[[], nn.Module]:
    return lambda: nn.Sequential(nn.Linear(4, 4), layer, nn.Dropout(0.3), nn.Linear(4, 2))


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads that wait for each other take longer than these modules do."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


MODULES: dict[str, Callable[[], nn.Module]] = {
    "batch norm": normalised(nn.BatchNorm1d(4)),
    "batch norm without momentum": normalised(nn.BatchNorm1d(4, momentum=None)),
    "batch norm without statistics": normalised(nn.BatchNorm1d(4, track_running_stats=False)),
    "spectral norm": lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(4, 2)),
    "weight norm by a hook": lambda: nn.utils.weight_norm(nn.Linear(4, 2)),
    "hidden state": Hidden,
    "other generators": Noisy,
    "in a graph": InAGraph,
    "half precision": lambda: nn.Linear(4, 2).to(torch.bfloat16),
    "a script": lambda: torch.jit.script(
        nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4, momentum=None), nn.Linear(4, 2))
    ),
}


def learnt(build: Callable[[], nn.Module], **changes: Any) -> Task:
    kind = next(build().parameters()).dtype
    terms: dict[str, Any] = {
        "optimiser": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
        "loss": lambda out, right: functional.cross_entropy(out.float(), right),
        "batches": lambda data, _: [(data[0].to(kind), data[1])],
        "evaluate": lambda net, data: float(net(data[0].to(kind)).double().sum()),
    }
    return torch_task("toy", build, **terms | changes)


def digests(task: Task, members: Federation, start: Any = None) -> list[tuple[bytes, float | None, dict[str, bytes]]]:
    rounds = train_rounds(task, InProcess(), members, PLAN, start)
    return [(each.digest, each.metric, {d.client: d.digest for d in each.deliveries}) for each in rounds]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("build", MODULES.values(), ids=MODULES)
def test_models_updates_and_metrics_are_the_same_in_any_order_and_after_a_resume(
    build: Callable[[], nn.Module],
) -> None:
    whole = digests(learnt(build), MEMBERS)
    turned = replace(MEMBERS, edges=tuple((edge, own[::-1]) for edge, own in MEMBERS.edges[::-1]))
    torch.rand(3), np.random.rand(), random.random()  # noqa: NPY002
    assert digests(learnt(build), turned) == whole
    task = learnt(build)
    first = next(train_rounds(task, InProcess(), MEMBERS, PLAN))
    for _ in range(2):  # by the same process, and by another
        assert digests(task, MEMBERS, (1, first.model)) == whole[1:]
        task = learnt(build)


def test_an_optimiser_starts_anew_and_a_module_of_the_user_s_is_left_alone() -> None:
    shared = nn.Linear(4, 2)
    before = {name: value.clone() for name, value in shared.state_dict().items()}
    task = learnt(lambda: shared)
    model = task.initial(1)
    one, two = (task.train(model, DATA["a"], 3, 5) for _ in range(2))
    assert all(np.array_equal(x, y) for x, y in zip(one[0], two[0], strict=True))
    assert all(torch.equal(before[name], value) for name, value in shared.state_dict().items())


def test_training_leaves_every_generator_where_it_was() -> None:
    task = learnt(Noisy)
    states = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # noqa: NPY002
    task.evaluate(task.train(task.initial(1), DATA["a"], 2, 2**64 - 1)[0], DATA["a"])
    assert (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()) == states  # noqa: NPY002


class With(nn.Module):
    def __init__(self, state: Any) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 2)
        self.register_buffer("state", state)


class WithMore(nn.Linear):
    def get_extra_state(self) -> Any:
        return {"epoch": 1}

    def set_extra_state(self, state: Any) -> None:
        del state


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: With(torch.zeros(2, dtype=torch.complex64)), r"state: .*got a tensor of complex64 \(2,\)"),
        (lambda: With(torch.zeros(2, dtype=torch.bool)), r"state: .*persistent=False.*got a tensor of bool \(2,\)"),
        (lambda: With(torch.zeros(2).to(torch.float8_e4m3fn)), "got a tensor of float8_e4m3fn"),
        (lambda: With(torch.quantize_per_tensor(torch.zeros(2), 1.0, 0, torch.quint8)), "got a tensor of quint8"),
        (lambda: With(torch.zeros(2, 2).to_sparse()), "got a sparse_coo tensor of float32"),
        (lambda: With(torch.zeros(2, device="meta")), "a tensor with values, got a tensor of float32"),
        (lambda: nn.LazyLinear(2), "weight: expected state that is a tensor with values"),
        (lambda: WithMore(4, 2), "_extra_state: expected state that is a tensor with values, got dict"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_state_that_cannot_be_sent_is_refused_by_name(build: Callable[[], nn.Module], said: str) -> None:
    task = torch_task(
        "toy", build, optimiser=torch.optim.SGD, loss=functional.mse_loss, batches=lambda *_: [], evaluate=lambda *_: 0
    )
    with pytest.raises(InputError, match=f"^<lambda> in test_a_module_.*py, line \\d+: .*{said}"):
        next(train_rounds(task, InProcess(), MEMBERS, PLAN))


class Items(torch.utils.data.Dataset[Any]):
    """Eight rows, as whoever wrote it likes: dictionaries, or whole batches of four."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return 8 // self.size

    def __getitem__(self, at: int) -> dict[str, torch.Tensor]:
        if at >= len(self):
            raise IndexError(at)
        return {"x": torch.ones(self.size, 4).squeeze(0), "y": torch.ones(self.size).squeeze(0)}


X, Y, LIST = torch.ones(8, 4), torch.ones(8, dtype=torch.int64), [(torch.ones(4), 1)] * 8
LOADER = torch.utils.data.DataLoader
BATCHES = [(X[:5], Y[:5]), (X[5:], Y[5:])]


@pytest.mark.parametrize(
    "data",
    [
        X,
        X.numpy(),
        (X, Y),
        [X, Y],
        (X.numpy(), Y.tolist()),
        (X.tolist(), Y.tolist()),
        {"x": X, "y": Y, "site": "north"},
        {"x": {"ids": X, "mask": X}, "y": Y},
        LIST,
        tuple(LIST),
        [torch.ones(4)] * 8,
        torch.utils.data.TensorDataset(X, Y),
        torch.utils.data.Subset(torch.utils.data.TensorDataset(torch.cat([X, X]), torch.cat([Y, Y])), range(8)),
        Items(1),
        LOADER(Items(1), batch_size=3),
        LOADER(Items(1), batch_size=3, drop_last=True),
        LOADER(Items(4), batch_size=None),
        LOADER(
            torch.utils.data.TensorDataset(torch.cat([X, X])), sampler=torch.utils.data.SubsetRandomSampler(range(8))
        ),
        range(8),
    ],
)
def test_samples_are_rows_in_whatever_form_they_are_kept(data: Any) -> None:
    assert rows_of(data) == 8


def test_samples_are_rows_where_a_client_s_data_are_batches() -> None:
    assert rows_of(BATCHES, lambda: BATCHES) == 8
    assert rows_of(BATCHES, lambda: iter(BATCHES[::-1])) == 8
    assert rows_of(Items(4), lambda: LOADER(Items(4), batch_size=None)) == 8
    assert rows_of(LIST, lambda: LOADER(LIST, batch_size=2)) == 8
    assert (
        learnt(lambda: nn.Linear(4, 2)).train(tuple(np.zeros(s, "<f4") for s in ((2, 4), (2,))), DATA["a"], 1, 1)[1]
        == 8
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ((X, Y[:7]), "columns of 7 and 8 rows; samples= of torch_task can"),
        ({"site": "north"}, "there is no column"),
        (iter(LIST), "a list_iterator without a length"),
        (7, "a int without a length"),
    ],
)
def test_rows_that_cannot_be_counted_are_one_sentence(data: Any, said: str) -> None:
    with pytest.raises(Exception, match=said):
        rows_of(data)
