"""Values as bytes: a JSON outline and the arrays' bytes behind it. Nothing that is read can run code, as pickle would.

Bytes: length of the outline (4, big-endian), the outline, every array in the order of its number, in C order.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Final

import numpy as np

from cofund.market.document import parse_shallow
from cofund.training.deliveries import Delivery
from cofund.training.edge import EdgeResult, StartingPoint
from cofund.training.model import octets, shapes_from

RECORDS: Final = {kind.__name__: kind for kind in (StartingPoint, EdgeResult, Delivery)}
DTYPES: Final = ("<f4", "<i8")

MOST_OUTLINE: Final = 2**24
"""Bytes of the longest outline that is read, which is the part that costs more memory than it has bytes."""

SPOKEN: Final = 2**12
"""Bytes that an answer may have for each client besides what it was asked with: names, reasons, digests."""


def most_bytes(asked: bytes, clients: int) -> int:
    """The longest answer to what was asked, if ``clients`` are spoken of in it.

    Nobody is asked for more values than it was sent; an edge returns each as 8 bytes, where it got 4.
    """
    return 2 * len(asked) + SPOKEN * (clients + 1)


class NotOnWire(ValueError):
    """A value or bytes that this format does not know."""


def refused(answer: Any, most: int) -> str | None:
    """Why an answer of a member is not even looked into, None if it may be."""
    if not isinstance(answer, bytes):
        return "The answer cannot be read."
    return (
        None if len(answer) <= most else f"The answer has {len(answer):,} bytes, more than {most:,}; it was not read."
    )


def pack(value: Any) -> bytes:
    """Bytes of a value: None, bool, int, float, str, bytes, tuple, dict by str, array, or a record of a training.

    Raises:
        NotOnWire: anything else.
    """
    arrays: list[np.ndarray] = []
    outline = json.dumps(_outline(value, arrays), separators=(",", ":")).encode()
    return b"".join([len(outline).to_bytes(4), outline, *map(octets, arrays)])


def unpack(data: bytes) -> Any:
    """The value of ``pack``; arrays are copies that may be written to.

    Raises:
        NotOnWire: bytes that ``pack`` does not make, or an outline longer than ``MOST_OUTLINE``.
    """
    length = int.from_bytes(data[:4])
    if length > MOST_OUTLINE:
        raise NotOnWire(f"an outline of {length:,} bytes, more than {MOST_OUTLINE:,}")
    try:
        outline = parse_shallow(data[4 : 4 + length].decode())
        body = memoryview(data)[4 + length :]
        value = _value(outline, _Reader(body))
    except NotOnWire:
        raise
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, ArithmeticError) as error:
        raise NotOnWire("bytes that are no packed value") from error
    return value


def _outline(value: Any, arrays: list[np.ndarray]) -> Any:
    outline: Any = value
    match value:
        case None | bool() | int() | float() | str():
            pass
        case np.integer():
            outline = int(value)
        case bytes():
            outline = {"bytes": value.hex()}
        case tuple() | list():
            outline = {"tuple": [_outline(item, arrays) for item in value]}
        case dict() if all(isinstance(key, str) for key in value):
            outline = {"dict": {key: _outline(item, arrays) for key, item in value.items()}}
        case np.ndarray() if value.dtype.str in DTYPES:
            arrays.append(value)
            outline = {"array": [value.dtype.str, *value.shape]}
        case _ if type(value) in RECORDS.values():
            record = {each.name: _outline(getattr(value, each.name), arrays) for each in fields(value)}
            outline = {"record": [type(value).__name__, record]}
        case _:
            raise NotOnWire(f"a value of type {type(value).__name__} cannot be sent")
    return outline


class _Reader:
    """Arrays of a body, one after the other."""

    def __init__(self, body: memoryview) -> None:
        self.body, self.at = body, 0

    def array(self, dtype: str, shape: list[int]) -> np.ndarray:
        if dtype not in DTYPES:
            raise NotOnWire("an array of another type")
        (sides,) = shapes_from([shape])
        size = math.prod(sides) * np.dtype(dtype).itemsize
        part, self.at = self.body[self.at : self.at + size], self.at + size
        return np.frombuffer(part, dtype).reshape(sides).copy() if size else np.zeros(sides, dtype)


def _value(outline: Any, reader: _Reader) -> Any:
    if not isinstance(outline, dict):
        return outline
    ((kind, content),) = outline.items()
    match kind:
        case "bytes":
            return bytes.fromhex(content)
        case "tuple":
            return tuple(_values(content, reader))
        case "dict":
            return dict(zip(content, _values(content.values(), reader), strict=True))
        case "array":
            return reader.array(content[0], content[1:])
        case "record":
            name, record = content
            return RECORDS[name](**dict(zip(record, _values(record.values(), reader), strict=True)))
    raise NotOnWire(f"a value of kind {kind}")


def _values(outlines: Any, reader: _Reader) -> Iterator[Any]:
    return (_value(outline, reader) for outline in outlines)
