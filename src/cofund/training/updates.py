"""What was aggregated in a round, kept: every update that an edge took, and what every edge handed on.

Format ``cofund.updates/1``: that line; a line of compact JSON with the round, the shapes of the model, rows
``[client, edge_round, samples]`` and rows ``[edge, samples, signature]``; then the values of every update in order as
little-endian binary32, and those of every edge's sum as little-endian int64, nothing between them. An update is kept as
it was sent, before it is rounded to integers, because that is what a delivery's digest is over.
"""

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from cofund.errors import InputError
from cofund.market.document import parse_shallow
from cofund.training.aggregate import MAX_SAMPLES, Fixed
from cofund.training.model import DTYPE, Model, shapes_from
from cofund.whole_files import write_whole

MAGIC: Final = b"cofund.updates/1\n"
TOTAL: Final = np.dtype("<i8")


@dataclass(frozen=True, slots=True)
class KeptUpdate:
    """An update that was aggregated. Shape: ``change`` (values,) float32."""

    client: str
    edge_round: int
    samples: int
    change: np.ndarray


@dataclass(frozen=True, slots=True)
class KeptResult:
    """What an edge handed to the coordinator (``edge.EdgeResult``). Shape: ``total`` (values,) int64."""

    edge: str
    samples: int
    total: Fixed
    signature: bytes = b""

    @property
    def digest(self) -> bytes:
        """SHA-256 over the total, little-endian; an edge signs it with round and samples."""
        return hashlib.sha256(self.total.astype(TOTAL).tobytes()).digest()


@dataclass(frozen=True, slots=True)
class KeptRound:
    """Everything that one round's aggregations were computed from."""

    number: int
    shapes: tuple[tuple[int, ...], ...]
    updates: tuple[KeptUpdate, ...]
    results: tuple[KeptResult, ...]


def path_of(directory: Path, number: int) -> Path:
    """File of a round."""
    return directory / f"round-{number:04d}.bin"


def shapes_of(model: Model) -> tuple[tuple[int, ...], ...]:
    """Shapes of a model's arrays."""
    return tuple(array.shape for array in model)


def save(directory: Path, kept: KeptRound) -> Path:
    """Write a round's file, whole or not at all; the checkpoint that is written after it makes it final."""
    return write_whole(path_of(directory, kept.number), _to_bytes(kept))


def load(directory: Path, number: int) -> KeptRound:
    """Read a round's file.

    Raises:
        InputError: it is missing, not such a file, or that of another round.
    """
    path = path_of(directory, number)
    try:
        kept = _from_bytes(path.read_bytes())
    except FileNotFoundError as error:
        raise InputError(str(path), "", f"expected the updates of round {number}: there is no such file") from error
    except OSError as error:
        raise InputError(str(path), "", f"expected a file that can be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(str(path), "", "expected updates as written by this program (cofund.updates/1)") from error
    if kept.number != number:
        raise InputError(str(path), "round", f"expected {number}")
    return kept


def _to_bytes(kept: KeptRound) -> bytes:
    header = {
        "round": kept.number,
        "shapes": kept.shapes,
        "updates": [(update.client, update.edge_round, update.samples) for update in kept.updates],
        "results": [(result.edge, result.samples, result.signature.hex()) for result in kept.results],
    }
    line = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    changes = [update.change.astype(DTYPE).tobytes() for update in kept.updates]
    return b"".join([MAGIC, line, *changes, *(result.total.astype(TOTAL).tobytes() for result in kept.results)])


def _from_bytes(data: bytes) -> KeptRound:
    """Raises ValueError, KeyError, TypeError if these are not the bytes of a round."""
    start = data.find(b"\n", len(MAGIC)) + 1
    header: dict[str, Any] = parse_shallow(data[len(MAGIC) : start].decode())
    shapes = shapes_from(header["shapes"])
    values = sum(math.prod(shape) for shape in shapes)
    updates = [
        (str(client), _whole(at, 1), _whole(samples, 1, MAX_SAMPLES)) for client, at, samples in header["updates"]
    ]
    results = [(str(edge), _whole(samples, 0), bytes.fromhex(signed)) for edge, samples, signed in header["results"]]
    end = start + len(updates) * values * DTYPE.itemsize
    if not data.startswith(MAGIC) or len(data) != end + len(results) * values * TOTAL.itemsize:
        raise ValueError("length")
    octets = np.frombuffer(data, np.uint8)
    changes = octets[start:end].view(DTYPE).reshape(len(updates), values)
    totals = octets[end:].view(TOTAL).reshape(len(results), values)
    return KeptRound(
        number=_whole(header["round"], 1),
        shapes=shapes,
        updates=tuple(KeptUpdate(*row, change) for row, change in zip(updates, changes, strict=True)),
        results=tuple(
            KeptResult(edge, samples, total, signed)
            for (edge, samples, signed), total in zip(results, totals, strict=True)
        ),
    )


def _whole(value: Any, least: int, most: int = 2**63 - 1) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError("not a whole number in range")
    return value
