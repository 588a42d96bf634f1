"""One thread for matrix products: what a client multiplies is too small for more, which would wait for each other."""

import os
from typing import Final

NAMES: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def prefer_one() -> None:
    """Ask for one thread unless the user has asked for a number; of use only before NumPy is imported."""
    for name in NAMES:
        os.environ.setdefault(name, "1")
