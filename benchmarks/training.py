"""How fast the in-process engine trains, against a plain loop in PyTorch and three frameworks, on the same work.

Work of the first table: 100 clients with 17 digits each, ten clients a round, one epoch with batches of 16, a network
64-32-10. Ours and the plain loop alternate, each in a process of its own on one thread, with the same rows and cohorts;
for them rounds are counted by second of processor time, which a busy machine disturbs least, and the ratio is the
median over pairs. Frameworks that start processes are timed by the clock, and so is the plain loop beside them.
Frameworks are installed into environments of their own under the cache folder (``--frameworks``); one that cannot be
installed is said to be skipped.

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
    """Alternate ours with the plain loop; medians."""
    ours, torch, ratios, right = [], [], [], {}
    for _ in range(REPEATS):
        a = run("torch_loop.py", path, rounds)
        b = run("cofund_engine.py", path, rounds, how)
        torch.append(a["per_processor_second"])
        ours.append(b["per_processor_second"])
        ratios.append(ours[-1] / torch[-1])
        right = {"torch": a["accuracy"], "ours": b["accuracy"]}
    line(f"{label}, {how}", statistics.median(ours), statistics.median(ratios), right["ours"])
    line(f"{label}, plain torch loop", statistics.median(torch), 1.0, right["torch"])


def line(label: str, rounds_per_second: float, ratio: float, right: float) -> None:
    """One row of the table."""
    print(f"{label:<44} {rounds_per_second:>10.2f} {ratio:>10.3f} {right:>9.3f}", flush=True)


def framework(label: str, path: Path, script: str, packages: list[str], rounds: int) -> None:
    """Install a framework if need be and time it once, between two runs of the plain loop."""
    python = CACHE / label.split(maxsplit=1)[0].lower() / "bin" / "python"
    try:
        if not python.exists():
            venv.create(python.parents[1], with_pip=True)
            subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True, capture_output=True)
        before = run("torch_loop.py", path, 100)
        found = run(script, path, rounds, python=str(python))
        after = run("torch_loop.py", path, 100)
    except (OSError, subprocess.CalledProcessError, RuntimeError) as error:
        print(f"{label:<44} skipped: {error}", flush=True)
        return
    torch = (before["rounds_per_second"] + after["rounds_per_second"]) / 2
    line(label, found["rounds_per_second"], found["rounds_per_second"] / torch, found["accuracy"])


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "work.npz"
        save(digits_work(), path)
        print(f"{'':<44} {'rounds/s':>10} {'x torch':>10} {'accuracy':>9}")
        against_torch("digits, 64-32-10", path, 400, "stacked")
        against_torch("digits, 64-32-10", path, 400, "loop")
        share = run("cofund_engine.py", path, 1, "integers")
        if "--frameworks" in sys.argv:
            for label, (script, packages, rounds) in FRAMEWORKS.items():
                framework(label, path, script, packages, rounds)
        save(noise((784, 64, 10), 100, 200, 10), path)
        against_torch("784-64-10, 10 steps of 20", path, 50, "loop")
        save(noise((784, 512, 256, 10), 100, 200, 10), path)
        against_torch("784-512-256-10, 10 steps of 20", path, 20, "loop")
        save(noise((784, 120, 84, 10), 100, 200, 10, convolutions=True), path)
        against_torch("LeNet, 10 steps of 20", path, 20, "torch")
        print(f"integer aggregation: {share['share']:.1%} of a round on digits more than float aggregation")
        for clients in (100, 1000, 10_000):
            save(noise((784, 64, 10), clients, 4, clients), path)
            found = run("cofund_engine.py", path, 1, "memory")
            took = f"{found['seconds']:6.2f} s, peak memory {found['gib']:.2f} GiB"
            print(f"784-64-10, {clients:>6,} clients in one round: {took}", flush=True)


if __name__ == "__main__":
    main()
