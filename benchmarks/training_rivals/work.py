"""The work that is timed: clients with rows, a network, ten clients a round, one epoch each.

NumPy only, so that every rival's own environment can import it. A script of this folder is called with a file of
``save`` and the rounds to time, and prints one line of JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

WARM_UP = 3


@dataclass(frozen=True)
class Work:
    """Shapes: inputs (clients, rows, features) float32 with 0 to 1, labels (clients, rows) int64."""

    inputs: np.ndarray
    labels: np.ndarray
    sizes: tuple[int, ...]
    convolutions: bool
    batch: int
    learning_rate: float
    a_round: int

    @property
    def steps(self) -> int:
        """Steps of one epoch."""
        return -(-self.labels.shape[1] // self.batch)

    def cohort(self, number: int) -> list[int]:
        """Clients of a round, the same for every rival."""
        draw = np.random.default_rng(number)
        return sorted(draw.choice(len(self.labels), self.a_round, replace=False).tolist())


def save(work: Work, path: Path) -> None:
    """Write the work for ``load``."""
    terms = {k: getattr(work, k) for k in ("sizes", "convolutions", "batch", "learning_rate", "a_round")}
    np.savez(path, inputs=work.inputs, labels=work.labels, terms=json.dumps(terms))


def load(path: str) -> Work:
    """Read what ``save`` wrote."""
    with np.load(path) as file:
        terms = json.loads(str(file["terms"]))
        return Work(file["inputs"], file["labels"], **terms | {"sizes": tuple(terms["sizes"])})


def timed(work: Work, run: Callable[[int, list[list[int]]], None], accuracy: Callable[[], float]) -> None:
    """Warm up, time, print. ``run(first, cohorts)`` makes a round a cohort; ``accuracy`` on all rows is not timed."""
    rounds = int(sys.argv[2])
    cohorts = [work.cohort(number) for number in range(WARM_UP + rounds)]
    run(0, cohorts[:WARM_UP])
    wall, processor = time.perf_counter(), time.process_time()
    run(WARM_UP, cohorts[WARM_UP:])
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    report(rounds_per_second=rounds / wall, per_processor_second=rounds / processor, accuracy=accuracy())


def report(**found: float) -> None:
    """Print the one line that the runner reads."""
    print(json.dumps(found))
