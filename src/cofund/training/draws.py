"""Random numbers that are the same on every machine and under every version of every library: SHAKE-128 of a label.

NumPy does not promise that a generator's stream stays as it is from version to version; what a training draws must.
"""

import hashlib
import math
from collections.abc import Sequence

import numpy as np

from cofund.training.model import DTYPE


def words(label: str, count: int) -> np.ndarray:
    """``count`` uniform 32-bit words, the output of SHAKE-128 on the label; (count,) uint32."""
    return np.frombuffer(hashlib.shake_128(label.encode()).digest(4 * count), "<u4")


def below(labels: Sequence[str], bounds: Sequence[int], shape: tuple[int, ...]) -> np.ndarray:
    """Whole numbers 0 to bound - 1, drawn with replacement, for each label; (labels, *shape) int64.

    A word times the bound, divided by 2^32: no number is likelier than another by more than 1 in 2^32.
    """
    size = 4 * math.prod(shape)
    drawn = np.frombuffer(b"".join([hashlib.shake_128(each.encode()).digest(size) for each in labels]), "<u4")
    numbers = drawn.astype(np.int64).reshape(len(labels), -1)
    numbers *= np.array(bounds)[:, None]
    numbers >>= 32
    return numbers.reshape(-1, *shape)


def uniform(label: str, limit: float, shape: tuple[int, ...]) -> np.ndarray:
    """Uniform in [-limit, limit), float32 of this shape; two correctly rounded operations, so equal everywhere."""
    drawn = words(label, math.prod(shape)).astype(np.float64) - 2.0**31
    return (drawn * (limit / 2.0**31)).astype(DTYPE).reshape(shape)


def order(label: str, count: int) -> np.ndarray:
    """A random order of 0 to ``count - 1``: by 64-bit keys, equal ones (one in 2^64 a pair) by number; (count,)."""
    high, low = words(label, 2 * count).astype(np.uint64).reshape(2, count)
    return np.argsort((high << np.uint64(32)) | low, kind="stable")
