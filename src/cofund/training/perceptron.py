"""A two-layer network for one probability: ``tanh`` hidden units, logistic loss, plain stochastic gradient descent.

Model: first layer (features, hidden), output weights (hidden,), output bias (1,); a constant feature gives the biases.
"""

import math

import numpy as np

from cofund.training.model import Model, as_model


def initial(features: int, hidden: int, output_bias: float, seed: int) -> Model:
    """First layer drawn from N(0, 1 / features), output weights zero: every seed starts at the same prediction."""
    first = np.random.default_rng(seed).normal(0.0, 1.0 / math.sqrt(features), (features, hidden))
    return as_model((first, np.zeros(hidden), np.full(1, output_bias)))


def scores(model: Model, inputs: np.ndarray) -> np.ndarray:
    """Log-odds of every row; inputs (n, features), result (n,) float64.

    In double precision, so that scores of a recorded model rank alike on every processor.
    """
    first, output, bias = (array.astype(np.float64) for array in model)
    result: np.ndarray = np.tanh(inputs @ first) @ output + bias
    return result


@np.errstate(over="ignore", invalid="ignore")  # what diverges is refused, in words
def descend(
    model: Model, inputs: np.ndarray, labels: np.ndarray, *, steps: int, learning_rate: float, batch: int, seed: int
) -> Model:
    """The model after ``steps`` steps on batches drawn with replacement; the argument is left as it was.

    Shapes: inputs (n, features) float32, labels (n,) float32 of 0 and 1.
    """
    first, output, bias = (array.copy() for array in model)
    drawn = np.random.default_rng(seed).integers(len(labels), size=(steps, batch))
    half = np.float32(0.5)
    rate = np.float32(learning_rate / batch)
    for rows, targets in zip(inputs[drawn], labels[drawn], strict=True):
        hidden = np.tanh(rows @ first)
        # The logistic function by way of tanh never overflows.
        error = (half + half * np.tanh(half * (hidden @ output + bias)) - targets) * rate
        slope = error[:, None] * output * (1 - hidden * hidden)
        output -= error @ hidden
        bias -= error.sum()
        first -= rows.T @ slope
    return first, output, bias
