"""Networks for classes: layers with ReLU between them, softmax, cross-entropy, plain stochastic gradient descent.

Model: one array (inputs + 1, units) a layer, in order; its last row are the biases, which a constant input multiplies.
Without hidden layers it is logistic regression. Several clients can be trained as one computation: NumPy multiplies a
stack of matrices pair by pair, with the routine for a single pair, and everything else element by element; so a
client's result does not depend on who else is in the stack, bit for bit (tests/unit/test_training_stacked.py).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from cofund.training import draws
from cofund.training.model import DTYPE, Model, unflat

EVALUATED_AT_ONCE: Final = 1024

GATHERED_BYTES: Final = 2**18
"""Rows of several steps are gathered together if that is as much at most; it changes no bit."""

LARGE_LAYER: Final = 2**13
"""Entries from which OpenBLAS is faster if the transpose is on the side of the batch; the rule is the shape's alone."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Labelled rows; ``samples`` makes them.

    Shapes: ``inputs`` (n, features + 1) float32, the last column 1; ``labels`` (n,) int64, 0 to classes - 1.
    """

    inputs: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: np.ndarray) -> "Samples":
        """The rows with these numbers."""
        return Samples(self.inputs[rows], self.labels[rows])


def samples(features: np.ndarray, labels: np.ndarray) -> Samples:
    """Rows of features (n, features) with the constant beside them."""
    inputs = np.ones((len(features), features.shape[1] + 1), DTYPE)
    inputs[:, :-1] = features
    return Samples(inputs, labels.astype(np.int64))


def initial(sizes: Sequence[int], seed: int) -> Model:
    """Weights uniform within sqrt(6 / (inputs + units)) (Glorot and Bengio 2010), biases 0.

    Args:
        sizes: features, units of each hidden layer, classes.
        seed: of the draw.
    """
    arrays: list[np.ndarray] = []
    for layer, (inputs, units) in enumerate(pairwise(sizes)):
        limit = math.sqrt(6 / (inputs + units))
        arrays.append(np.zeros((inputs + 1, units), DTYPE))
        arrays[-1][:-1] = draws.uniform(f"cofund.initial/1/{seed}/{layer}", limit, (inputs, units))
    return tuple(arrays)


def scores(model: Model, inputs: np.ndarray) -> np.ndarray:
    """Logits of every row, (n, classes), in float64, so that classes rank alike on every processor."""
    values = inputs.astype(np.float64) @ model[0].astype(np.float64)
    for layer in model[1:]:
        values = np.maximum(values, 0) @ layer[:-1].astype(np.float64) + layer[-1]
    return values


def accuracy(model: Model, data: Samples) -> float:
    """Share of rows whose largest logit is their label's."""
    right = 0
    for start in range(0, len(data), EVALUATED_AT_ONCE):
        part = slice(start, start + EVALUATED_AT_ONCE)
        right += int((scores(model, data.inputs[part]).argmax(axis=1) == data.labels[part]).sum())
    return right / len(data)


@np.errstate(over="ignore", invalid="ignore")  # what diverges is refused, in words
def descend(
    model: Model, data: Sequence[Samples], *, steps: int, learning_rate: float, batch: int, seeds: Sequence[int]
) -> np.ndarray:
    """Values of the model after ``steps`` steps on each client's data, on batches drawn with replacement.

    Args:
        model: where every client starts; it is left as it was.
        data: a client's samples each; at least one row.
        steps: steps of every client.
        learning_rate: step size.
        batch: rows of a step.
        seeds: a client's seed each.

    Returns:
        All values of each client's model in order, (clients, values) float32.
    """
    lengths = [len(own) for own in data]
    if not all(lengths):
        raise ValueError("the client has no samples")
    clients, classes = len(data), model[-1].shape[1]
    values = np.empty((clients, sum(array.size for array in model)), DTYPE)
    gradient = np.empty_like(values)
    stack, gradients = unflat(values, model), unflat(gradient, model)
    for layer, array in zip(stack, model, strict=True):
        layer[:] = array
    hidden = [np.ones((clients, batch, len(array)), DTYPE) for array in model[1:]]
    drawn = draws.below([f"cofund.batch/1/{seed}" for seed in seeds], lengths, (steps, batch))
    right = np.empty_like(drawn)
    for own, rows, labels in zip(data, drawn, right, strict=True):
        own.labels.take(rows, None, labels, "clip")
    right += np.arange(0, clients * batch * classes, classes).reshape(clients, 1, batch)
    rate = DTYPE.type(learning_rate / batch)
    gathered = max(1, GATHERED_BYTES // (clients * batch * data[0].inputs[0].nbytes))
    for start in range(0, steps, gathered):
        inputs = _rows(data, drawn[:, start : start + gathered])
        for step in range(inputs.shape[1]):
            _gradients(stack, [inputs[:, step], *hidden], gradients, right[:, start + step].reshape(-1), rate)
            values -= gradient
    return values


def _rows(data: Sequence[Samples], drawn: np.ndarray) -> np.ndarray:
    """Each client's rows with the drawn numbers (clients, steps, batch); (clients, steps, batch, features + 1)."""
    rows = np.empty((*drawn.shape, data[0].inputs.shape[1]), DTYPE)
    for own, numbers, room in zip(data, drawn, rows, strict=True):
        own.inputs.take(numbers, 0, room, "clip")
    return rows


def _gradients(
    stack: Sequence[np.ndarray],
    layers: list[np.ndarray],
    gradients: Sequence[np.ndarray],
    right: np.ndarray,
    rate: np.floating,
) -> None:
    """Fill in every client's gradients times the rate of a step.

    Shapes: ``stack`` (clients, inputs + 1, units) a layer, and ``gradients`` the same, room for them; ``layers``
    (clients, batch, inputs + 1) a layer, the first holds the rows and all end in a column of ones; ``right``
    (clients * batch,), places of the labels in the logits.
    """
    last = len(stack) - 1
    for at in range(last):
        values = layers[at + 1]
        np.matmul(layers[at], stack[at], out=values[:, :, :-1])
        np.maximum(values, 0, out=values)
    slope = np.matmul(layers[last], stack[last])
    _logits_to_slope(slope, right, rate)
    for at in range(last, -1, -1):
        np.matmul(layers[at].swapaxes(1, 2), slope, out=gradients[at])
        if at:
            slope = (_back(slope, stack[at]) * (layers[at] > 0))[:, :, :-1]


def _back(slope: np.ndarray, layer: np.ndarray) -> np.ndarray:
    """Slope in what a layer got, from the slope in what it gave."""
    if layer[0].size < LARGE_LAYER:
        found: np.ndarray = np.matmul(slope, layer.swapaxes(1, 2))
    else:
        found = np.matmul(layer, slope.swapaxes(1, 2)).swapaxes(1, 2)
    return found


def _logits_to_slope(logits: np.ndarray, right: np.ndarray, rate: np.floating) -> None:
    """Slope of the cross-entropy in the logits times the rate, in their place: probabilities, minus 1 at the label."""
    highest = np.maximum.reduce(logits.transpose(2, 0, 1).copy(), axis=0)  # the copy makes it three times as fast
    logits -= highest[:, :, None]
    np.exp(logits, out=logits)
    ones = np.ones((logits.shape[2], 1), DTYPE)
    logits *= rate / np.matmul(logits, ones)  # sums, client by client
    logits.reshape(-1)[right] -= rate
