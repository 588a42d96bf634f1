"""Whether digests depend on NumPy's version or on the number of threads: aggregates must not, trainings may.

In an environment of its own for each version, under the cache folder, and with one and two threads: the digest of the
model that 100 given updates aggregate to, and that of a training on random rows, whose local steps are matrix products
of whatever linear algebra comes with that NumPy. Exit code 1 if the aggregates differ.

Run: ``make bench-numpy``.
"""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "cofund" / "bench"
SOURCE = Path(__file__).resolve().parents[1] / "src"
VERSIONS = ("1.26.4", "2.0.2", "2.4.6")
THREADS = ("1", "2")


def here() -> dict[str, str]:
    """What this process finds."""
    import numpy as np  # noqa: PLC0415 - of this environment

    from cofund.training import aggregate, draws  # noqa: PLC0415
    from cofund.training.engines.in_process import InProcess  # noqa: PLC0415
    from cofund.training.hierfavg import train_rounds  # noqa: PLC0415
    from cofund.training.model import as_model, model_digest  # noqa: PLC0415
    from cofund.training.network import samples  # noqa: PLC0415
    from cofund.training.plan import Federation, Plan  # noqa: PLC0415
    from cofund.training.tasks import classification  # noqa: PLC0415

    total = aggregate.exact_sum(aggregate.rounded(draws.uniform("updates", 0.5, (100, 50_000))), range(1, 101))
    given = aggregate.moved(as_model((np.zeros((100, 500)),)), aggregate.mean(total, 5050))
    plan = Plan(local_steps=5, edge_rounds=2, rounds=5, learning_rate=0.1, batch=16)
    data = {
        f"client {n}": samples(draws.uniform(f"rows {n}", 1.0, (40, 64)), draws.below([f"{n}"], [10], (40,))[0])
        for n in range(20)
    }
    members = Federation((("a", tuple(data)[:9]), ("b", tuple(data)[9:])), data)
    *_, last = train_rounds(classification.task("bench", (64, 32, 10), plan), InProcess(), members, plan)
    return {"numpy": np.__version__, "aggregate": model_digest(given).hex(), "training": last.digest.hex()}


def found_with(version: str, threads: str) -> dict[str, str]:
    """What a process with this version finds; the environment is made if it is not there."""
    python = CACHE / f"numpy-{version}" / "bin" / "python"
    if not python.exists():
        venv.create(python.parents[1], with_pip=True)
        packages = [f"numpy=={version}", "eth-abi", "eth-utils", "eth-hash[pycryptodome]"]
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True, capture_output=True)
    names = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
    done = subprocess.run(
        [str(python), __file__, "--here"],
        env=os.environ | names | {"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, str] = json.loads(done.stdout)
    if result["numpy"] != version:
        raise RuntimeError(f"{python} has NumPy {result['numpy']}, not {version}")
    return result


def main() -> int:
    """Print the table."""
    print("| NumPy | threads | aggregate of given updates | model after training |\n| --- | --- | --- | --- |")
    aggregates = set()
    for version in VERSIONS:
        for threads in THREADS:
            found = found_with(version, threads)
            aggregates.add(found["aggregate"])
            print(f"| {version} | {threads} | {found['aggregate'][:16]} | {found['training'][:16]} |", flush=True)
    return int(len(aggregates) > 1)


if __name__ == "__main__":
    if sys.argv[1:] == ["--here"]:
        print(json.dumps(here()))
    else:
        sys.exit(main())
