"""Task: which digit is this, from 8 x 8 pixels? 1,797 images that scikit-learn carries (extra ``digits``).

Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998.
"""

import functools
from typing import Final

import numpy as np

from cofund.errors import InputError
from cofund.training import draws
from cofund.training.network import Samples, samples
from cofund.training.plan import Plan
from cofund.training.task import Task
from cofund.training.tasks import classification
from cofund.training.tasks.labelled import LabelledTask

SIZES: Final = (64, 32, 10)
"""Pixels, hidden units, digits."""

TEST_ROWS: Final = 360
"""Every fifth image or so, drawn once for all."""

DARKEST: Final = np.float32(16)


@functools.cache
def load() -> tuple[Samples, Samples]:
    """Rows to train on and rows to test on.

    Raises:
        InputError: if scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise InputError("", "digits", "needs scikit-learn: pip install 'cofund[digits]'") from error
    pixels, labels = load_digits(return_X_y=True)
    rows = samples(pixels.astype(np.float32) / DARKEST, labels)
    order = draws.order("cofund.digits/1", len(rows))
    return rows.take(order[TEST_ROWS:]), rows.take(order[:TEST_ROWS])


def task(plan: Plan) -> Task:
    """The task with the plan's learning rate and batch."""
    return classification.task("which digit, from 8 x 8 pixels", SIZES, plan)


TASK: Final = LabelledTask(
    lambda _: load(), lambda plan, _: task(plan), Plan(local_steps=10, rounds=30, learning_rate=0.1, batch=16)
)
