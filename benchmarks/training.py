"""How fast the in-process engine trains, against a plain loop in PyTorch and three frameworks, on the same work.

Work of the first table: 100 clients with 17 digits each, ten clients a round, one epoch with batches of 16, a network
64-32-10. Ours and the plain loop alternate, each in a process of its own on one thread, with the same rows and cohorts;
the ratio is the median over pairs, by processor time, which a busy machine disturbs least, and by the clock. Frameworks
that start processes are timed by the clock only.
Frameworks are installed into environments of their own under the cache folder (``--frameworks``); one that cannot be
installed is said to be skipped. Accuracy is that of the engine and, behind the stroke, of the plain loop after as many
rounds. All tables are Markdown.

Run: ``make bench-training``, or ``python benchmarks/training.py [--frameworks]``.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import numpy as np

from cofund.training.tasks import digits

HERE = Path(__file__).parent / "training_rivals"
sys.path.insert(0, str(HERE))

from work import Work, save  # noqa: E402 - shared with the rivals, which are scripts

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "cofund" / "bench"
REPEATS = 5

FRAMEWORKS = {
    "pfl 0.6.0": ("pfl_loop.py", ["pfl==0.6.0", "torch==2.13.0"], 100),
    "Flower 1.41, Ray": ("flower_simulation.py", ["flwr[simulation]==1.41.0", "torch==2.13.0"], 20),
    "NVFlare 2.9, 10 sites": ("nvflare_simulator.py", ["nvflare==2.9.0", "torch==2.13.0"], 5),
}
"""Name -> script, what is installed for it, rounds to time."""


def digits_work(convolutions: bool = False) -> Work:
    """All 1,797 digits but the last 97, 17 a client."""
    train, test = digits.load()
    inputs = np.concatenate([train.inputs, test.inputs])[:1700, :-1].reshape(100, 17, 64)
    labels = np.concatenate([train.labels, test.labels])[:1700].reshape(100, 17)
    return Work(inputs, labels, (64, 32, 10), convolutions, batch=16, learning_rate=0.1, a_round=10)


def noise(sizes: tuple[int, ...], clients: int, rows: int, a_round: int, *, convolutions: bool = False) -> Work:
    """Random rows, for speed and memory only."""
    draw = np.random.default_rng(1)
    inputs = draw.random((clients, rows, sizes[0]), dtype=np.float32)
    return Work(inputs, draw.integers(0, sizes[-1], (clients, rows)), sizes, convolutions, 20, 0.01, a_round)


def run(script: str, path: Path, rounds: int, *more: str, python: str = sys.executable) -> dict[str, float]:
    """What one process prints."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        [python, str(HERE / script), str(path), str(rounds), *more],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | one | {"PYTHONPATH": str(HERE)},
    )
    if done.returncode:
        raise RuntimeError(f"{script} failed: {done.stderr.strip().splitlines()[-1:]}")
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def against_torch(label: str, path: Path, rounds: int, how: str) -> None:
    """Alternate ours with the plain loop; medians of the pairs' ratios."""
    pairs = []
    for _ in range(REPEATS):
        torch = run("torch_loop.py", path, rounds)
        pairs.append((run("cofund_engine.py", path, rounds, how), torch))
    row(label, pairs)


def framework(label: str, path: Path, script: str, packages: list[str], rounds: int) -> None:
    """Install a framework if need be and time it once, between two runs of the plain loop."""
    python = CACHE / label.split(maxsplit=1)[0].lower() / "bin" / "python"
    try:
        if not python.exists():
            venv.create(python.parents[1], with_pip=True)
            subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True, capture_output=True)
        before = run("torch_loop.py", path, 200)
        found = run(script, path, rounds, python=str(python))
        after = run("torch_loop.py", path, 200)
        same = run("torch_loop.py", path, rounds)["accuracy"]
    except (OSError, subprocess.SubprocessError, RuntimeError) as error:
        print(f"| {label} | skipped: {error} | | | |", flush=True)
        return
    row(label, [(found, each | {"accuracy": same}) for each in (before, after)])


def row(label: str, pairs: list[tuple[dict[str, float], dict[str, float]]]) -> None:
    """One row of the table: an engine and the plain loop beside it, as many rounds of each for the accuracies."""

    def ratio(key: str) -> str:
        found = [ours[key] / torch[key] for ours, torch in pairs if key in ours]
        return f"{statistics.median(found):.3g}" if found else "-"

    rate = statistics.median(ours["rounds_per_second"] for ours, _ in pairs)
    speed = f"{rate:,.0f}" if rate >= 10 else f"{rate:.2f}"
    right = " / ".join(f"{each['accuracy']:.3f}" for each in pairs[-1])
    ratios = f"{ratio('per_processor_second')} | {ratio('rounds_per_second')}"
    print(f"| {label} | {speed} | {ratios} | {right} |", flush=True)


def integers(path: Path) -> None:
    """What whole numbers cost: time, and accuracy over five seeds."""
    share = run("cofund_engine.py", path, 1, "integers")["share"]
    kinds = ("stacked", "floats")
    means = [
        statistics.mean(run("cofund_engine.py", path, 100, kind, str(seed))["accuracy"] for seed in range(1, 6))
        for kind in kinds
    ]
    print("\n| aggregation | over integers | over floats |\n| --- | --- | --- |")
    print(f"| accuracy after 100 rounds, mean of 5 seeds | {means[0]:.4f} | {means[1]:.4f} |")
    print(f"| share of a round on digits more than over floats | {share:.1%} | 0 |", flush=True)


def memory(path: Path) -> None:
    """Time and peak memory of one round, in a process of its own."""
    print("\n| 784-64-10, clients in one round, 4 rows each | seconds | peak memory, GiB |\n| --- | --- | --- |")
    for clients in (100, 1000, 10_000):
        save(noise((784, 64, 10), clients, 4, clients), path)
        found = run("cofund_engine.py", path, 1, "memory")
        print(f"| {clients:,} | {found['seconds']:.2f} | {found['gib']:.2f} |", flush=True)


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "work.npz"
        print(
            "| ten clients a round, one epoch each | rounds/s | x torch, processor time | x torch, clock | accuracy |"
        )
        print("| --- | --- | --- | --- | --- |")
        save(digits_work(), path)
        against_torch("digits, 64-32-10, as one computation", path, 400, "stacked")
        against_torch("digits, 64-32-10, one by one", path, 400, "loop")
        if "--frameworks" in sys.argv:
            for label, (script, packages, rounds) in FRAMEWORKS.items():
                framework(label, path, script, packages, rounds)
        save(noise((784, 64, 10), 100, 200, 10), path)
        against_torch("784-64-10, 10 steps of 20", path, 50, "loop")
        save(noise((784, 512, 256, 10), 100, 200, 10), path)
        against_torch("784-512-256-10, 10 steps of 20", path, 20, "loop")
        save(noise((784, 120, 84, 10), 100, 200, 10, convolutions=True), path)
        against_torch("LeNet of PyTorch, 10 steps of 20", path, 10, "torch")
        save(digits_work(), path)
        integers(path)
        memory(path)


if __name__ == "__main__":
    main()
