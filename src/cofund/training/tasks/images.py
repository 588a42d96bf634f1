"""Task: which class is this image, from a folder of IDX files, the format of MNIST and Fashion-MNIST.

``apt install dataset-fashion-mnist`` puts 70,000 images of clothes (Xiao, Rasul and Vollgraf 2017) under ``FOLDER``.
A file: two zero bytes, the type (8: unsigned bytes), the number of dimensions, each as a big-endian 32-bit word, data.
"""

import gzip
import math
import zlib
from pathlib import Path
from typing import Final

import numpy as np

from cofund.errors import InputError
from cofund.training import draws
from cofund.training.network import Samples, samples
from cofund.training.plan import Plan
from cofund.training.task import Task
from cofund.training.tasks import classification
from cofund.training.tasks.labelled import LabelledTask

FOLDER: Final = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package puts its files."""

HIDDEN: Final = 64
BRIGHTEST: Final = np.float32(255)


def load(folder: Path = FOLDER, rows: int | None = None, test_rows: int | None = None) -> tuple[Samples, Samples]:
    """Rows to train on and rows to test on: all of them, or as many drawn at random, the same for everybody.

    Raises:
        InputError: a file is missing or is no IDX file of images or labels, or there are not as many rows.
    """
    return _part(folder, "train", rows), _part(folder, "t10k", test_rows)


def task(plan: Plan, data: Samples) -> Task:
    """The task for images of this size, with the plan's learning rate and batch."""
    sizes = (data.inputs.shape[1] - 1, HIDDEN, int(data.labels.max()) + 1)
    return classification.task("which class, from an image", sizes, plan)


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """Unsigned bytes of an IDX file, plain or compressed (``.gz``).

    Raises:
        InputError: no such file, or not an IDX file of bytes with this many dimensions.
    """
    found = next((each for each in (path, path.with_name(path.name + ".gz")) if each.exists()), None)
    if found is None:
        raise InputError(str(path), "", "no such file, plain or .gz (IDX; Debian: apt install dataset-fashion-mnist)")
    expected = f"an IDX file of unsigned bytes with {dimensions} dimensions"
    try:
        raw = gzip.decompress(found.read_bytes()) if found.suffix == ".gz" else found.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(str(found), "", f"a whole gzip file ({error})") from error
    start = 4 + 4 * dimensions
    if len(raw) < start or raw[:4] != bytes((0, 0, 8, dimensions)):
        raise InputError(str(found), "header", expected)
    shape = tuple(int(side) for side in np.frombuffer(raw[4:start], ">u4"))
    if len(raw) != start + math.prod(shape):
        raise InputError(str(found), "length", f"{math.prod(shape):,} bytes after the header")
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)


def _part(folder: Path, name: str, rows: int | None) -> Samples:
    """One of the two parts, scaled to 0 to 1."""
    images, labels = (
        read_idx(folder / f"{name}-images-idx3-ubyte", 3),
        read_idx(folder / f"{name}-labels-idx1-ubyte", 1),
    )
    if len(images) != len(labels):
        raise InputError(str(folder), name, f"as many labels as images, {len(images)}, got {len(labels)}")
    if rows is not None:
        if not 1 <= rows <= len(labels):
            raise InputError(str(folder), name, f"at least {rows} rows, got {len(labels)}")
        kept = draws.order(f"cofund.images/1/{name}", len(labels))[:rows]
        images, labels = images[kept], labels[kept]
    return samples(images.reshape(len(images), -1) / BRIGHTEST, labels)


TASK: Final = LabelledTask(
    lambda folder: load(folder or FOLDER), task, Plan(local_steps=30, rounds=20, learning_rate=0.05, batch=20)
)
