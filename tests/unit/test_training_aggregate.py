"""Aggregation is exact, does not depend on order, and refuses what could leave its bounds."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cofund.training import aggregate
from cofund.training.model import Model, as_model

MODEL = as_model((np.zeros((2, 2)), np.zeros(1)))
UPDATES = st.lists(
    st.tuples(st.lists(st.floats(-8, 8, width=32), min_size=5, max_size=5), st.integers(1, aggregate.MAX_SAMPLES)),
    min_size=1,
    max_size=8,
)


def as_fixed(values: list[float]) -> aggregate.Fixed:
    return aggregate.to_fixed(as_model((np.array(values[:4]).reshape(2, 2), np.array(values[4:]))))


@given(UPDATES, st.randoms(use_true_random=False))
def test_sum_and_mean_are_exact_in_any_order(updates: list[tuple[list[float], int]], random: Any) -> None:
    pairs = [(as_fixed(values), weight) for values, weight in updates]
    total = aggregate.weighted_sum(aggregate.zeros_like(MODEL), pairs)
    random.shuffle(pairs)
    again = aggregate.weighted_sum(aggregate.zeros_like(MODEL), pairs)
    assert all(np.array_equal(a, b) for a, b in zip(total, again, strict=True))
    weight = sum(weight for _, weight in updates)
    exact = [
        sum(Fraction(round(Fraction(values[place]) * aggregate.SCALE)) * w for values, w in updates)
        for place in range(5)
    ]
    assert [int(value) for array in total for value in array.flat] == exact
    rounded = [int(value) for array in aggregate.mean(total, weight) for value in array.flat]
    assert all(
        Fraction(-1, 2) < mean - value / weight <= Fraction(1, 2) for mean, value in zip(rounded, exact, strict=True)
    )


def test_the_stated_bounds_fit_into_64_bits() -> None:
    largest = int(aggregate.MAX_NORM * aggregate.SCALE) * aggregate.MAX_SAMPLES * aggregate.MAX_UPDATES_PER_ROUND
    assert largest == 2**62
    extreme = aggregate.to_fixed((np.full(1, aggregate.MAX_NORM, "<f4"),))
    weight = aggregate.MAX_SAMPLES * aggregate.MAX_UPDATES_PER_ROUND
    total = aggregate.weighted_sum((np.zeros(1, np.int64),), [(extreme, weight)])
    assert int(total[0][0]) == largest
    assert aggregate.mean(total, weight)[0].tolist() == extreme[0].tolist()


def test_a_moved_model_is_the_sum_rounded_once_to_float32() -> None:
    model = as_model((np.array([1.0, -0.5]),))
    after = aggregate.moved(model, (np.array([1, -(2**23)], np.int64),))
    assert after[0].tolist() == [float(np.float32(1 + 2**-24)), -1.0]


def changed(value: float) -> Model:
    return as_model((np.full((2, 2), value), np.zeros(1)))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "The answer is not a model with a number of samples."),
        ((changed(0), 1, 1), "The answer is not a model with a number of samples."),
        ((list(changed(0)), 1), "The model is not a tuple of arrays."),
        (((1.0, 2.0), 1), "The model is not a tuple of arrays."),
        ((changed(0)[:1], 1), "The arrays are"),
        ((as_model((np.zeros(4), np.zeros(1))), 1), "The arrays are"),
        (((np.zeros((2, 2)), np.zeros(1)), 1), "The arrays are"),
        ((changed(0), 0), "The number of samples is not an integer from 1 to 1048576."),
        ((changed(0), 2**20 + 1), "The number of samples is not"),
        ((changed(0), 1.0), "The number of samples is not"),
        ((changed(0), True), "The number of samples is not"),
        ((changed(np.nan), 1), "The model holds a value that is not finite."),
        ((changed(-np.inf), 1), "The model holds a value that is not finite."),
        ((changed(3e38), 1), "The norm of the update is 6e+38, above the bound of 2."),
        ((changed(1.001), 1), "The norm of the update is 2, above the bound of 2."),
    ],
)
def test_a_malformed_answer_is_named(answer: Any, reason: str) -> None:
    fault = aggregate.fault(MODEL, answer, norm_bound=2.0)
    assert fault is not None
    assert fault.startswith(reason)
    assert fault.endswith(".")


def test_an_answer_at_the_bounds_is_accepted() -> None:
    assert aggregate.fault(MODEL, (changed(1.0), 2**20), norm_bound=2.0) is None
    assert aggregate.fault(MODEL, (changed(0.0), np.int64(1)), norm_bound=2.0) is None
