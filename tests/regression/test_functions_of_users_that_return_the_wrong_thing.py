"""What a user's function returns and should not was an error of a library; now one sentence names function and file."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from torch import nn
from torch.nn import functional

from cofund.cli.main import cli
from cofund.training.engines.in_process import InProcess
from cofund.training.hierfavg import Round, train_rounds
from cofund.training.plan import Federation, Plan
from cofund.training.tasks.numpy_task import numpy_task
from cofund.training.tasks.torch_task import torch_task

ROWS = (torch.ones(4, 3), torch.tensor([0, 1, 0, 1]))
PLAN = Plan(local_steps=2, edge_rounds=1, rounds=1)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def said(task: Any, data: Any = ROWS) -> tuple[str, Round]:
    (finished,) = train_rounds(
        task, InProcess(), Federation((("e", ("c",)),), {"c": data}, {"c": data, "t": data}), PLAN
    )
    return finished.deliveries[0].reason, finished


def of_torch(**wrong: Any) -> Any:
    terms: dict[str, Any] = {
        "build": lambda: nn.Linear(3, 2),
        "optimiser": lambda parameters: torch.optim.SGD(parameters, lr=0.1),
        "loss": functional.cross_entropy,
        "batches": lambda data, _: [data],
        "evaluate": lambda *_: 0.5,
    }
    return torch_task("toy", **terms | wrong)


HERE = r"test_functions_of_users_that_return_the_wrong_thing\.py, line \d+"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"optimiser": lambda _: None}, "expected a torch.optim.Optimizer, got NoneType"),
        ({"batches": lambda *_: None}, "expected batches, one after the other, got NoneType"),
        ({"batches": lambda data, _: [data[0]]}, r"pairs \(inputs, targets\), got a tensor of float32 \(4, 3\)"),
        ({"batches": lambda *_: [{"x": 1}]}, r"pairs \(inputs, targets\), got dict"),
        ({"loss": lambda *_: 0.5}, "expected a tensor of one element that depends on the parameters, got float"),
        ({"loss": lambda out, _: out}, r"depends on the parameters, got a tensor of float32 \(4, 2\)"),
        ({"loss": lambda *_: torch.ones(1)}, r"depends on the parameters, got a tensor of float32 \(1,\)"),
        ({"loss": lambda out, _: out.sum() * float("nan")}, "The model holds a value that is not finite"),
        ({"samples": lambda _: -3}, "The number of samples is not an integer from 1 to 1048576.*-3"),
        ({"samples": lambda _: 2.5}, "The number of samples is not an integer.*2.5"),
        ({"samples": lambda _: None}, "The number of samples is not an integer.*None"),
    ],
)
def test_a_wrong_function_of_torch_is_one_sentence_that_names_it(wrong: dict[str, Any], sentence: str) -> None:
    reason, _ = said(of_torch(**wrong))
    assert_says(reason, sentence)


def assert_says(reason: str, sentence: str) -> None:
    assert re.search(sentence, reason), reason
    assert re.search(f"in {HERE}", reason), reason
    assert "\n" not in reason


@pytest.mark.parametrize(
    ("returned", "sentence"),
    [
        (lambda _: None, "^The answer is not a model with a number of samples"),
        (lambda arrays: (arrays,), "^The answer is not a model with a number of samples"),
        (lambda arrays: (arrays, 0), "^The number of samples is not an integer from 1 to 1048576"),
        (lambda arrays: (arrays, 2.0), "^The number of samples is not an integer"),
        (lambda arrays: (arrays[:1], 2), "^The arrays are 1, expected 2"),
        (lambda arrays: ([arrays[0], arrays[1][:1]], 2), r"array 1 is float32 \(1,\), expected float32 \(2,\)"),
        (lambda _: (3, 2), "^The arrays are no model: 'int' object is not iterable"),
        (lambda _: (["a", "b"], 2), "an array of <U1; expected real numbers, which float32 has"),
        (lambda arrays: ([arrays[0] > 0, arrays[1]], 2), "an array of bool; expected real numbers"),
        (lambda arrays: ([arrays[0] * 1j, arrays[1]], 2), "an array of complex64; expected real numbers"),
        (lambda arrays: ([arrays[0] + np.inf, arrays[1]], 2), "^The model holds a value that is not finite"),
    ],
)
def test_a_wrong_function_over_arrays_is_one_sentence_that_names_it(
    returned: Callable[[Any], Any], sentence: str
) -> None:
    def train(arrays: Any, data: Any, steps: int, seed: int) -> Any:
        del data, steps, seed
        return returned(arrays)

    task = numpy_task("toy", lambda _: [np.zeros((2, 2)), np.zeros(2)], train, lambda *_: 0.5)
    reason, _ = said(task)
    assert_says(reason, sentence)
    assert "Returned by train in" in reason


def test_a_metric_that_is_none_says_why() -> None:
    reason, finished = said(of_torch(evaluate=lambda *_: torch.tensor([0.1, 0.2])))
    assert (reason, finished.metric) == ("", None)
    assert_says(finished.unmeasured["t"], "^No metric: expected a metric that is a number, got Tensor")
    _, finished = said(of_torch(evaluate=lambda *_: torch.tensor([-0.25])))
    assert finished.metric == -0.25


def test_a_function_that_keeps_its_arrays_changes_nobody_s_answer() -> None:
    kept = [np.zeros(2, "<f4")]

    def train(arrays: Any, data: float, steps: int, seed: int) -> Any:
        del arrays, steps, seed
        kept[0][:] = data
        return kept, 1

    task = numpy_task("toy", lambda _: [np.zeros(2)], train, lambda *_: 0.5)
    (finished,) = train_rounds(task, InProcess(), Federation((("e", ("a", "b")),), {"a": 1.0, "b": 2.0}), PLAN)
    assert finished.model[0].tolist() == [1.5, 1.5]


def test_a_training_alone_ends_with_the_rounds_before_and_one_sentence() -> None:
    done = CliRunner().invoke(cli, ["train", "digits", "--rounds", "3", "--norm-bound", "0.0001", "-q"])
    assert done.exit_code == 1
    assert str(done.exception).startswith("round 1: nobody delivered. client-")
