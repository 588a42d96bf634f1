"""Weighted averages of updates over integers: the same result in any order, under any grouping, on any processor.

An update is rounded once to multiples of 2**-24 (ties to even), and everything after that is 64-bit integers. No sum
can overflow: entries are at most 16 * 2**24 = 2**28, a client stands for at most 2**20 samples, and a round holds at
most 2**14 updates (clients times edge rounds), so |sum| <= 2**62. What exceeds a bound is refused, not wrapped.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from cofund.training.model import DTYPE, Model, flat, unflat

SCALE: Final = 2**24
"""Fixed-point units in 1; finer than float32 resolves values from 1 up."""

MAX_NORM: Final = 16.0
"""Largest Euclidean norm of an update, hence largest size of an entry, before scaling."""

MAX_SAMPLES: Final = 2**20
"""Largest weight of one client."""

MAX_UPDATES_PER_ROUND: Final = 2**14
"""Largest number of clients times edge rounds."""

EXACT_IN_FLOAT64: Final = 2**53
"""Whole numbers up to here are float64 numbers."""

PART: Final = 2**14
"""Values of an update that are worked on at a time, so that what is made of them on the way stays in a cache."""

Fixed: TypeAlias = np.ndarray
"""All values of an update in order, (values,) int64 in units of 1 / SCALE."""


@dataclass(frozen=True, slots=True)
class Updates:
    """Updates that can be aggregated. Shapes: ``changes`` (clients, values) float32, ``samples`` a number each."""

    clients: tuple[str, ...]
    samples: tuple[int, ...]
    changes: np.ndarray


@dataclass(frozen=True, slots=True)
class Stack(Mapping[str, Any]):
    """Answers of clients trained as one computation; in ``rows`` the values of their models, (clients, values)."""

    clients: Sequence[str]
    samples: Sequence[int]
    rows: np.ndarray
    form: Model

    def __getitem__(self, client: str) -> tuple[Model, int]:
        at = self.clients.index(client)
        return unflat(self.rows[at], self.form), self.samples[at]

    def __iter__(self) -> Iterator[str]:
        return iter(self.clients)

    def __len__(self) -> int:
        return len(self.clients)


def checked(
    before: Model, answers: Mapping[str, Any], norm_bound: float, most_samples: int = MAX_SAMPLES
) -> tuple[Updates, dict[str, str]]:
    """Sort answers into updates that can be aggregated and, for every other client, one sentence why not.

    Args:
        before: the model that the clients started from.
        answers: what they sent; fit is a model of the same shapes with its number of samples.
        norm_bound: largest Euclidean norm of an update.
        most_samples: largest weight of one client.
    """
    refused: dict[str, str] = {}
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows here is refused below
        if isinstance(answers, Stack):
            clients, samples, changes = list(answers.clients), list(answers.samples), answers.rows - flat(before)
        else:
            unfit = {client: malformed(before, answer, most_samples) for client, answer in answers.items()}
            refused = {client: reason for client, reason in unfit.items() if reason}
            clients = [client for client, reason in unfit.items() if not reason]
            samples = [int(answers[client][1]) for client in clients]
            changes = _changes(before, [answers[client][0] for client in clients])
        far_within = _far_within(changes, norm_bound)
    if not far_within:
        lengths = norms(changes)
        near = lengths <= norm_bound  # false for what is not a number
        refused |= {clients[at]: _too_far(float(lengths[at]), norm_bound) for at in np.flatnonzero(~near)}
        kept = np.flatnonzero(near)
        clients, samples, changes = [clients[at] for at in kept], [samples[at] for at in kept], changes[kept]
    return Updates(tuple(clients), tuple(samples), changes), refused


def _changes(before: Model, models: Sequence[Model]) -> np.ndarray:
    """What each model changed, (models, values) float32."""
    changes = np.empty((len(models), sum(array.size for array in before)), DTYPE)
    for row, model in zip(changes, models, strict=True):
        for change, after, prior in zip(unflat(row, before), model, before, strict=True):
            np.subtract(after, prior, out=change)
    return changes


def _far_within(changes: np.ndarray, bound: float) -> bool:
    """Whether a glance in float32 shows that no norm can be above the bound; it says no where that is in doubt.

    A sum of n squares in float32, in any order, is off by n / (2**24 - n) of it: a third for 2**22 values. What is
    lost below float32's range is less than 2**-104 together.
    """
    squares = np.matmul(changes[:, None, :], changes[:, :, None])
    return changes.shape[1] <= 2**22 and bool((squares + 2.0**-100 <= bound * bound / 2).all())


def norms(changes: np.ndarray) -> np.ndarray:
    """Euclidean norm of each row, (n,) float64; added up in one order, so everybody gets the same."""
    squares = np.zeros(len(changes))
    for part in _parts(changes):
        squares += np.square(changes[:, part], dtype=np.float64).sum(axis=1)
    return np.sqrt(squares)


def _parts(rows: np.ndarray) -> Iterator[slice]:
    """All columns of the rows, ``PART`` at a time."""
    for start in range(0, rows.shape[1], PART):
        yield slice(start, start + PART)


def malformed(before: Model, answer: Any, most_samples: int) -> str:
    """Why an answer is not a model of the same form with its samples; empty if it is."""
    if not isinstance(answer, tuple) or len(answer) != 2:
        return "The answer is not a model with a number of samples."
    after, samples = answer
    if not isinstance(after, tuple) or not all(isinstance(array, np.ndarray) for array in after):
        return "The model is not a tuple of arrays."
    if [array.shape for array in after] != [array.shape for array in before] or any(a.dtype != DTYPE for a in after):
        return _other_arrays(before, after)
    if isinstance(samples, bool) or not isinstance(samples, int | np.integer) or not 1 <= samples <= most_samples:
        return f"The number of samples is not an integer from 1 to {most_samples}."
    return ""


def _other_arrays(before: Model, after: Model) -> str:
    """The first array that is not as expected, in one sentence."""
    if len(after) != len(before):
        return f"The arrays are {len(after)}, expected {len(before)}."
    got, expected = ([f"{array.dtype.name} {array.shape}" for array in model] for model in (after, before))
    at = next(at for at in range(len(got)) if got[at] != expected[at])
    return f"The arrays are not of the model's form: array {at} is {got[at]}, expected {expected[at]}."


def not_finite(model: Model) -> str:
    """Why no model with such values is accepted; empty if all are finite."""
    return "" if all(np.isfinite(array).all() for array in model) else _too_far(math.nan, 0)


def _too_far(norm: float, bound: float) -> str:
    """Why an update with this norm is refused; values that are not finite have no finite norm."""
    if not math.isfinite(norm):
        return "The model holds a value that is not finite."
    return f"The norm of the update is {norm:.3g}, above the bound of {bound:g}."


def rounded(changes: np.ndarray) -> np.ndarray:
    """Updates in fixed point, rounded to the nearest unit, ties to even; whole numbers as float32, same shape.

    That is exact: a power of 2 moves a float32's exponent only, and where its last bit is worth 1 or more it is whole.
    """
    scaled: np.ndarray = np.multiply(changes, DTYPE.type(SCALE))
    np.rint(scaled, out=scaled)
    return scaled


def add(total: Fixed, changes: np.ndarray, samples: Sequence[int]) -> None:
    """Add each update in fixed point times its samples to the total, in place."""
    for part in _parts(changes):
        total[part] += exact_sum(rounded(changes[:, part]), samples)


def exact_sum(units: np.ndarray, samples: Sequence[int]) -> np.ndarray:
    """Sum of each client's whole numbers times its samples, (values,) int64, exact, so in any order the same.

    If the samples together are at most 2**25, every product and partial sum is a whole number of at most 2**28 * 2**25
    = 2**53; float64 holds those exactly, so one matrix product does it, in whatever order that adds. Above, int64.
    """
    if len(samples) == 1:
        total: np.ndarray = np.multiply(units[0].astype(np.int32), samples[0], dtype=np.int64)
    elif sum(samples) * int(MAX_NORM) * SCALE <= EXACT_IN_FLOAT64:
        total = (np.array(samples, np.float64) @ units.astype(np.float64)).astype(np.int64)
    else:
        total = np.array(samples, np.int64) @ units.astype(np.int64)
    return total


def zeros_like(model: Model) -> Fixed:
    """The update that changes nothing."""
    return np.zeros(sum(array.size for array in model), np.int64)


def mean(total: Fixed, weight: int) -> Fixed:
    """Total over weight, rounded to the nearest unit, ties up."""
    means = total + weight // 2
    means //= weight
    return means


def moved(model: Model, update: Fixed) -> Model:
    """The model after an update: added in float64, rounded once to float32."""
    values = flat(model)
    np.add(values, update / SCALE, out=values, casting="same_kind")
    return unflat(values, model)
