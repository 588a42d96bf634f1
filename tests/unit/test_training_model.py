"""Canonical bytes of a model are fixed for ever, and reading them back gives the model."""

import hashlib
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from cofund.errors import InputError
from cofund.training.model import as_model, from_base64, from_bytes, model_digest, to_base64, to_bytes

GOLDEN = as_model((np.array([[0.0, 1.0, -1.5], [0.25, 1e-3, 3.0]]), np.array([-2.0])))
MODELS = st.lists(arrays("<f4", array_shapes(max_dims=3, max_side=4)), max_size=4).map(as_model)


def test_golden_bytes_and_digest() -> None:
    expected = b"cofund.model/1\n[[2,3],[1]]\n" + struct.pack("<7f", 0.0, 1.0, -1.5, 0.25, 1e-3, 3.0, -2.0)
    assert to_bytes(GOLDEN) == expected
    assert model_digest(GOLDEN) == hashlib.sha256(expected).digest()
    assert model_digest(GOLDEN).hex() == "abd9a80ce4a5dfe686665b43d7aa6efc1de59eb05e5bc970cc21d2c6677e3148"


def test_memory_layout_and_byte_order_do_not_matter() -> None:
    other = tuple(np.asfortranarray(array).astype(">f4") for array in GOLDEN)
    assert to_bytes(other) == to_bytes(GOLDEN)


@given(MODELS)
def test_bytes_and_text_read_back(model: tuple[np.ndarray, ...]) -> None:
    for read in (from_bytes(to_bytes(model)), from_base64(to_base64(model))):
        assert [array.shape for array in read] == [array.shape for array in model]
        assert to_bytes(read) == to_bytes(model)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[[1]]\n\0\0\0\0",
        b"cofund.model/1\n[[2,3]\n" + bytes(24),
        b"cofund.model/1\n[2]\n" + bytes(8),
        b"cofund.model/1\n[[-1]]\n",
        to_bytes(GOLDEN)[:-1],
        to_bytes(GOLDEN) + b"\0",
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"^model: "):
        from_bytes(data)
