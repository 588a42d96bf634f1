"""What a model is: arrays of 32-bit floats in a fixed order, and the bytes that stand for them.

Canonical bytes: the line ``cofund.model/1``, a line with the shapes as compact JSON (``[[18,16],[16],[1]]``), then
every array in order as little-endian IEEE 754 binary32 in C order, nothing between them. The digest is their SHA-256.
"""

import base64
import functools
import hashlib
import json
import math
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np

from cofund.errors import InputError
from cofund.market.document import parse_shallow

Model: TypeAlias = tuple[np.ndarray, ...]
"""Arrays of float32 in the task's own, fixed order."""

MAGIC: Final = b"cofund.model/1\n"
DTYPE: Final = np.dtype("<f4")

MOST_SIDES: Final = 32
"""Most dimensions of an array."""

MOST_VALUES: Final = 2**40
"""Most values of a model: more bytes than any machine holds, and far from what overflows on the way."""


def as_model(arrays: Sequence[np.ndarray]) -> Model:
    """The arrays as little-endian float32 in C order; rounds to nearest where they were wider.

    Raises:
        TypeError: an array is of something else than real numbers: complex, true or false, objects, texts.
    """
    return tuple(_as_float32(np.asarray(array)) for array in arrays)


def _as_float32(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "fiu":
        raise TypeError(f"an array of {array.dtype}; expected real numbers, which float32 has")
    with np.errstate(over="ignore"):  # infinity then, which nobody accepts
        return np.ascontiguousarray(array, dtype=DTYPE).reshape(array.shape)


def to_bytes(model: Model) -> bytes:
    """Canonical bytes of a model; equal models, and only those, have equal bytes (0 and -0 differ)."""
    return b"".join([_header(*(array.shape for array in model)), *map(octets, as_model(model))])


def octets(array: np.ndarray) -> memoryview:
    """The bytes of an array in C order, copied only if it is in another."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def flat(model: Model) -> np.ndarray:
    """All values of a model in order, (values,) float32."""
    return np.concatenate([array.ravel() for array in model])


def unflat(values: np.ndarray, form: Model) -> Model:
    """The model of these values in order, with the shapes of ``form``; views, not copies.

    Of rows of values, (rows, values), each array of all rows, (rows, ...).
    """
    start, arrays = 0, []
    for array in form:
        arrays.append(values[..., start : start + array.size].reshape(*values.shape[:-1], *array.shape))
        start += array.size
    return tuple(arrays)


@functools.lru_cache(maxsize=64)
def _header(*shapes: tuple[int, ...]) -> bytes:
    """The two lines before the values."""
    return MAGIC + json.dumps(shapes, separators=(",", ":")).encode() + b"\n"


def from_bytes(data: bytes) -> Model:
    """The model that has these canonical bytes.

    Raises:
        InputError: the header is not the one above, or the length does not fit the shapes.
    """
    start = data.find(b"\n", len(MAGIC)) + 1
    try:
        shapes = shapes_from(parse_shallow(data[len(MAGIC) : start].decode()))
    except (ValueError, TypeError) as error:
        raise InputError("model", "header", "a JSON list of shapes on the second line") from error
    sizes = [math.prod(shape) for shape in shapes]
    if not data.startswith(MAGIC) or len(data) - start != DTYPE.itemsize * sum(sizes):
        raise InputError("model", "bytes", "cofund.model/1, shapes, and exactly the values that they need")
    values, ends = np.frombuffer(data, np.uint8)[start:].view(DTYPE), np.cumsum(sizes, dtype=int)
    return tuple(
        values[end - size : end].reshape(shape).copy() for end, size, shape in zip(ends, sizes, shapes, strict=True)
    )


def shapes_from(rows: Any) -> tuple[tuple[int, ...], ...]:
    """The shapes of a model's arrays, out of a list of lists that somebody else wrote.

    Raises:
        ValueError, TypeError: they are none, or of more than ``MOST_VALUES`` values.
    """
    shapes = tuple(tuple(shape) for shape in rows)
    if any(type(side) is not int or side < 0 for shape in shapes for side in shape):
        raise ValueError("a side is not a whole number")
    if any(len(shape) > MOST_SIDES or math.prod(max(side, 1) for side in shape) > MOST_VALUES for shape in shapes):
        raise ValueError("too many values")
    return shapes


def model_digest(model: Model) -> bytes:
    """SHA-256 of the canonical bytes, 32 bytes."""
    digest = hashlib.sha256(_header(*(array.shape for array in model)))
    for array in as_model(model):
        digest.update(octets(array))
    return digest.digest()


def row_digests(form: Model, rows: np.ndarray) -> list[bytes]:
    """Digest of every model whose values, in order, are a row; shapes as in ``form``, rows (n, values) float32."""
    start, digests = hashlib.sha256(_header(*(array.shape for array in form))), []
    for row in np.ascontiguousarray(rows, dtype=DTYPE):
        whole = start.copy()
        whole.update(row)
        digests.append(whole.digest())
    return digests


def to_base64(model: Model) -> str:
    """Canonical bytes as base64 text, for JSON files."""
    return base64.b64encode(to_bytes(model)).decode()


def from_base64(text: str) -> Model:
    """The model of ``to_base64``.

    Raises:
        InputError: the bytes are no model's.
        ValueError: it is not base64.
    """
    data = base64.b64decode(text, validate=True)
    del text  # a caller that hands over its only reference does not pay for both
    return from_bytes(data)
