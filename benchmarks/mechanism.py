"""How fast the mechanism clears: medians, as ratios to ``np.sort`` of random doubles in the same run.

Every repetition sorts and clears a batch of markets and doubles that no branch predictor has seen before, one directly
after the other; medians are over batches, without the first, those of ratios over the ratios of each batch. Times are
of the thread, so that what else runs on the machine counts less. Rivals find the same Clarke payments by solving again
without each winner, each in a process of its own; a payment that differs from ours fails the benchmark. One thread.
Run by ``make bench-mechanism``.
"""

import gc
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from time import thread_time
from typing import Any, Final

import numpy as np
from market import EDGES, ROUNDS, market

from cofund.market.columns import Columns
from cofund.mechanism.array_charges import pivots_of_columns, sell_to_columns
from cofund.mechanism.array_cohort import ArrayCohort, choose_array_cohort
from cofund.mechanism.arrays import clear_columns

GOALS: Final = {10**3: (5.0, 50), 10**4: (3.0, 10), 10**5: (1.2, 2), 10**6: (0.6, 1)}
"""Clients -> the most that clearing them may cost, in sorts, and how many markets a batch has."""
BATCHES: Final = 26
OWNERS, OWNERS_GOAL, OWNERS_BATCH = 10_000, 2.0, 5
FEW_OWNERS: Final = 10
RIVALS: Final = {"HiGHS, warm": ("highs", "highspy"), "OR-Tools min-cost flow": ("min_cost_flow", "ortools")}
RIVAL_SIZES: Final = (10**2, 10**3, 10**4)
LARGEST, MEMORY_GOAL_GIB = 10**7, 3.0
HERE: Final = Path(__file__).parent

Timed = Callable[[Columns], object]
Batch = tuple[list[Columns], list[np.ndarray]]
COHORTS: Final[dict[int, ArrayCohort]] = {}
"""Cohorts of the markets of one batch."""


def main() -> None:
    """Print the tables; end with an error if a rival's payment differs."""
    if sys.argv[1:] == ["memory"]:
        _clear_largest()
        return
    gc.disable()
    print(f"{os.cpu_count()} cores, one thread; numpy {np.__version__}; {EDGES} edges, {ROUNDS} rounds; medians")
    print("\nClearing n clients (cohort, prices, every winner's pay), and with it everything for 10 owners")
    _head("clients", "sort ms", "clients ms", "ratio", "goal", "serial", "vcg")
    for clients, (goal, batch) in GOALS.items():
        batches = _batches(lambda seed: market(clients, FEW_OWNERS, seed), clients, batch)  # noqa: B023
        seconds, (_, ratio, *whole) = _medians(batches, [choose_array_cohort, clear_columns, _vcg])
        _row(f"{clients:,}", 1e3 * seconds[0], 1e3 * seconds[1], ratio, _verdict(ratio, goal), *whole)
    print(
        f"\nCharging {OWNERS:,} owners; ratio to a sort of {OWNERS:,} doubles (all: with 1,000 clients and all totals)"
    )
    _head("rule", "sort ms", "charges ms", "ratio", "goal", "all")
    for rule, charges in {"serial": _serial_charges, "vcg": _vcg_charges}.items():
        batches = _batches(lambda seed: market(1_000, OWNERS, seed), OWNERS, OWNERS_BATCH)
        seconds, (_, ratio, *whole) = _medians(batches, [charges, partial(clear_columns, rule=rule)])
        _row(rule, 1e3 * seconds[0], 1e3 * seconds[1], ratio, _verdict(ratio, OWNERS_GOAL), *whole)
    _rivals()
    subprocess.run([sys.executable, __file__, "memory"], check=True)


def _batches(draw: Callable[[int], Columns], doubles: int, size: int) -> Iterator[Batch]:
    for first in range(0, BATCHES * size, size):
        seeds = range(first, first + size)
        yield [draw(seed) for seed in seeds], [np.random.default_rng(seed).random(doubles) for seed in seeds]


def _medians(batches: Iterator[Batch], tasks: list[Timed]) -> tuple[list[float], list[float]]:
    """Median seconds of one sort and of every task, and the median ratios of all these to the sort beside them."""
    seconds: list[list[float]] = []
    for markets, numbers in batches:
        for columns in markets:  # what the charges alone start from is not part of their time
            COHORTS[id(columns)] = choose_array_cohort(columns)
        seconds.append([_seconds(np.sort, numbers), *(_seconds(task, markets) for task in tasks)])
        COHORTS.clear()
    ratios = [[each / row[0] for each in row] for row in seconds]
    return _columns(seconds), _columns(ratios)


def _columns(rows: list[list[float]]) -> list[float]:
    """The median of every column, without the first row."""
    return [statistics.median(column) for column in zip(*rows[1:], strict=True)]


def _seconds(task: Callable[[Any], object], inputs: Sequence[object]) -> float:
    start = thread_time()
    for one in inputs:
        task(one)
    return (thread_time() - start) / len(inputs)


def _serial_charges(columns: Columns) -> object:
    return sell_to_columns(columns, COHORTS[id(columns)].round_cost, columns.terms.goal)


def _vcg_charges(columns: Columns) -> object:
    return pivots_of_columns(columns, COHORTS[id(columns)].true_round_cost)


def _vcg(columns: Columns) -> object:
    return clear_columns(columns, "vcg")


def _rivals() -> None:
    print("\nThe same payments by solving again without each winner")
    _head("rival", "clients", "winners", "rival ms", "ours ms", "times ours")
    for name, (script, package) in RIVALS.items():
        if importlib.util.find_spec(package) is None:
            print(f"  {name}: skipped, {package} is not installed (pip install 'cofund[bench]')")
            continue
        for clients in RIVAL_SIZES:
            columns = market(clients, 0, 1)
            command = [sys.executable, str(HERE / "rivals" / f"{script}.py"), str(clients), "1"]
            rival = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            cohort = choose_array_cohort(columns)
            prices = cohort.prices[columns.edge[cohort.winners]].tolist()
            if rival["payments"] != {str(at): price for at, price in zip(cohort.winners.tolist(), prices, strict=True)}:
                sys.exit(f"{name} {rival['version']} pays differently with {clients} clients")
            ours = statistics.median(_seconds(choose_array_cohort, [columns]) for _ in range(51))
            ratio = round(rival["seconds"] / ours)
            _row(name, f"{clients:,}", f"{len(prices):,}", 1e3 * rival["seconds"], 1e3 * ours, f"{ratio:,}")


def _clear_largest() -> None:
    """In a process of its own: the peak of its memory, numpy and the market included."""
    columns = market(LARGEST, FEW_OWNERS, 1)
    spent = _seconds(clear_columns, [columns])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\n{LARGEST:,} clients: {spent:.2f} s, peak memory {peak:.2f} GiB, goal {_verdict(peak, MEMORY_GOAL_GIB)}")


def _verdict(measured: float, goal: float) -> str:
    return f"{goal:g} {'reached' if measured <= goal else 'MISSED'}"


def _head(*cells: str) -> None:
    _row(*cells)


def _row(first: str, *cells: object) -> None:
    shown = (f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in cells)
    print(f"  {first:24}", *(f"{cell:>14}" for cell in shown), flush=True)


if __name__ == "__main__":
    main()
