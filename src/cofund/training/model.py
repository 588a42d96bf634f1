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
from typing import Final, TypeAlias

import numpy as np

from cofund.errors import InputError

Model: TypeAlias = tuple[np.ndarray, ...]
"""Arrays of float32 in the task's own, fixed order."""

MAGIC: Final = b"cofund.model/1\n"
DTYPE: Final = np.dtype("<f4")


def as_model(arrays: Sequence[np.ndarray]) -> Model:
    """The arrays as little-endian float32 in C order; rounds to nearest where they were wider."""
    return tuple(np.ascontiguousarray(array, dtype=DTYPE).reshape(np.shape(array)) for array in arrays)


def to_bytes(model: Model) -> bytes:
    """Canonical bytes of a model; equal models, and only those, have equal bytes (0 and -0 differ)."""
    return b"".join([_header(*(array.shape for array in model)), *(array.tobytes() for array in as_model(model))])


def flat(model: Model) -> np.ndarray:
    """All values of a model in order, (values,) float32."""
    return np.concatenate([array.ravel() for array in model])


def unflat(values: np.ndarray, form: Model) -> Model:
    """The model of these values in order, with the shapes of ``form``; views, not copies."""
    start, arrays = 0, []
    for array in form:
        arrays.append(values[start : start + array.size].reshape(array.shape))
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
    header, _, body = data.removeprefix(MAGIC).partition(b"\n")
    try:
        shapes = [tuple(int(side) for side in shape) for shape in json.loads(header)]
    except (ValueError, TypeError) as error:
        raise InputError("model", "header", "a JSON list of shapes on the second line") from error
    sizes = [math.prod(shape) for shape in shapes]
    if not data.startswith(MAGIC) or min(sizes, default=0) < 0 or len(body) != DTYPE.itemsize * sum(sizes):
        raise InputError("model", "bytes", "cofund.model/1, shapes, and exactly the values that they need")
    values, ends = np.frombuffer(body, DTYPE), np.cumsum(sizes, dtype=int)
    return tuple(
        values[end - size : end].reshape(shape).copy() for end, size, shape in zip(ends, sizes, shapes, strict=True)
    )


def model_digest(model: Model) -> bytes:
    """SHA-256 of the canonical bytes, 32 bytes."""
    return hashlib.sha256(to_bytes(model)).digest()


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
    """The model of ``to_base64``."""
    return from_bytes(base64.b64decode(text, validate=True))
