"""Aggregation is exact, does not depend on order, and refuses what could leave its bounds."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cofund.training import aggregate
from cofund.training.model import DTYPE, Model, as_model, unflat

MODEL = as_model((np.zeros((2, 2)), np.zeros(1)))
UPDATES = st.lists(
    st.tuples(st.lists(st.floats(-8, 8, width=32), min_size=5, max_size=5), st.integers(1, aggregate.MAX_SAMPLES)),
    min_size=1,
    max_size=40,
)


@given(UPDATES, st.randoms(use_true_random=False))
def test_sum_and_mean_are_exact_in_any_order(updates: list[tuple[list[float], int]], random: Any) -> None:
    exact = [
        sum(Fraction(round(Fraction(values[place]) * aggregate.SCALE)) * w for values, w in updates)
        for place in range(5)
    ]
    weight = sum(weight for _, weight in updates)
    for _ in range(2):
        units = aggregate.rounded(np.array([values for values, _ in updates], DTYPE))
        total = aggregate.exact_sum(units, [weight for _, weight in updates])
        assert total.dtype == np.int64
        assert total.tolist() == exact
        random.shuffle(updates)
    means = aggregate.mean(total, weight).tolist()
    assert all(
        Fraction(-1, 2) < mean - value / weight <= Fraction(1, 2) for mean, value in zip(means, exact, strict=True)
    )


@pytest.mark.parametrize("clients", [32, 33])
def test_the_sum_is_exact_on_both_sides_of_what_float64_holds(clients: int) -> None:
    """Odd entries times odd samples need every bit: 33 clients make an odd sum above 2^53, which no float64 is."""
    weight, entry = aggregate.MAX_SAMPLES - 1, 2**28 - 1
    total = aggregate.exact_sum(np.full((clients, 2), float(entry)), [weight] * clients)
    assert total.tolist() == [clients * weight * entry] * 2
    assert (clients * weight * entry > 2**53) == (clients == 33)


def test_the_stated_bounds_fit_into_64_bits() -> None:
    largest = int(aggregate.MAX_NORM * aggregate.SCALE) * aggregate.MAX_SAMPLES * aggregate.MAX_UPDATES_PER_ROUND
    assert largest == 2**62
    extreme = aggregate.rounded(np.full((2**14, 1), aggregate.MAX_NORM, DTYPE))
    total = aggregate.exact_sum(extreme, [aggregate.MAX_SAMPLES] * 2**14)
    assert total.tolist() == [largest]
    assert aggregate.mean(total, aggregate.MAX_SAMPLES * 2**14).tolist() == [2**28]


@pytest.mark.parametrize("clients", [1, 3])
def test_large_updates_are_added_and_measured_whole(clients: int) -> None:
    """40,001 values are worked on in three parts, the last one short."""
    units = np.random.default_rng(clients).integers(-(2**20), 2**20, (clients, 40_001))
    changes, samples = (units / aggregate.SCALE).astype(DTYPE), [3, 5, 2**20][:clients]
    total = np.arange(40_001)
    aggregate.add(total, changes, samples)
    assert total.tolist() == (np.arange(40_001) + np.array(samples) @ units).tolist()
    exact = [math.sqrt(sum(unit * unit for unit in row)) / aggregate.SCALE for row in units.tolist()]
    assert aggregate.norms(changes).tolist() == pytest.approx(exact, rel=1e-12)


@given(st.floats(-40, 4), st.integers(-40, 40))
def test_whole_numbers_of_float32_are_those_of_exact_arithmetic(exponent: float, off: int) -> None:
    value = np.float32(min(2**exponent + off / 2**25, aggregate.MAX_NORM))
    (unit,) = aggregate.rounded(np.array([value]))
    assert int(unit) == round(Fraction(float(value)) * aggregate.SCALE)


@pytest.mark.parametrize("bound", [1e-30, 1.0, 16.0])
@pytest.mark.parametrize(
    ("length", "accepted"), [(0.5, True), (0.99, True), (1.01, False), (1.5, False), (40.0, False)]
)
def test_the_norm_decides_also_where_float32_cannot(bound: float, length: float, accepted: bool) -> None:
    answers = {"one": (as_model((np.full((2, 2), bound * length / 2), np.zeros(1))), 1)}
    updates, refused = aggregate.checked(MODEL, answers, bound)
    assert (updates.clients == ("one",), "one" not in refused) == (accepted, accepted)


def test_a_moved_model_is_the_sum_rounded_once_to_float32() -> None:
    model = as_model((np.array([1.0, -0.5]),))
    after = aggregate.moved(model, np.array([1, -(2**23)]))
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
def test_a_malformed_answer_is_named_and_the_others_are_taken(answer: Any, reason: str) -> None:
    answers = {"first": (changed(0.5), 3), "bad": answer, "last": (changed(-0.5), 4)}
    updates, refused = aggregate.checked(MODEL, answers, norm_bound=2.0)
    assert list(refused) == ["bad"]
    assert refused["bad"].startswith(reason)
    assert refused["bad"].endswith(".")
    assert (updates.clients, updates.samples) == (("first", "last"), (3, 4))
    assert updates.changes.tolist() == [[0.5] * 4 + [0], [-0.5] * 4 + [0]]


def test_an_answer_at_the_bounds_is_accepted() -> None:
    answers = {"far": (changed(1.0), 2**20), "near": (changed(0.0), np.int64(1))}
    updates, refused = aggregate.checked(MODEL, answers, norm_bound=2.0)
    assert (updates.samples, refused) == ((2**20, 1), {})


def test_a_stack_is_checked_like_its_answers() -> None:
    rows = np.array([[0.5, 0, 0, 0, 1], [9, 0, 0, 0, 0], [np.nan, 0, 0, 0, 0]], DTYPE)
    stack = aggregate.Stack(("a", "b", "c"), (1, 2, 3), rows, MODEL)
    single = {
        client: (unflat(row, MODEL), samples) for client, samples, row in zip("abc", (1, 2, 3), rows, strict=True)
    }
    one, other = (aggregate.checked(MODEL, answers, norm_bound=2.0) for answers in (stack, single))
    assert one[1] == other[1] != {}
    assert (one[0].clients, one[0].samples) == (other[0].clients, other[0].samples) == (("a",), (1,))
    assert one[0].changes.tobytes() == other[0].changes.tobytes()
    assert rows[0, 0] == 0.5, "the stack is left as it was"
