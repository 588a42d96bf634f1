"""Rounds of a training across processes: seconds a round, memory, and the bytes that cross each link.

One coordinator, two edges and four clients train the air-quality task, each on a host of its own: a network namespace
if this machine lets us make them (root on Linux), otherwise all on loopback and without the bytes.
"""

import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import hosts

from cofund.training.engines.in_process import InProcess
from cofund.training.engines.nvflare.kits import make_kits
from cofund.training.engines.nvflare.layout import EdgeServer, Layout
from cofund.training.engines.nvflare.local_parties import local_kits
from cofund.training.hierfavg import train_rounds
from cofund.training.plan import Plan
from cofund.training.tasks import air_quality
from cofund.training.tasks.air_quality_parties import federation

EDGES = {"BB": ("DEBB053", "DEBB075"), "NI": ("DENI019", "DENI051")}
PLAN = Plan(rounds=80, edge_rounds=2)
FIRST = 10
"""Rounds before the first that is measured."""


def main() -> None:
    """Train once and print what it took."""
    separate = hosts.possible()
    parties = ["coordinator", *(f"edge-{edge}" for edge in EDGES)]
    parties += [f"client-{client}" for clients in EDGES.values() for client in clients]
    with tempfile.TemporaryDirectory(prefix="cofund-bench-") as folder, contextlib.ExitStack() as stack:
        kits = Path(folder) / "kits"
        prefixes = stack.enter_context(hosts.hosts(parties)) if separate else {party: [] for party in parties}
        _make(kits, separate)
        for party in parties[1:]:
            stack.enter_context(_running(prefixes[party], kits / party))
        coordinator = stack.enter_context(_running(prefixes["coordinator"], kits / "coordinator"))
        measure(coordinator, kits, parties, separate)


def measure(coordinator: "subprocess.Popen[str]", kits: Path, parties: list[str], separate: bool) -> None:
    """Follow the coordinator's lines; count from round FIRST to the last."""
    at: list[float] = []
    digests: list[str] = []
    started, before = time.perf_counter(), dict.fromkeys(parties, 0)
    for line in coordinator.stdout or ():
        if line.startswith("round "):
            at.append(time.perf_counter())
            digests.append(line.split()[-1])
            if len(at) == FIRST and separate:
                before = {party: hosts.sent_and_received(party) for party in parties}
            if len(at) == PLAN.rounds - 1:
                processes, kilobytes = _memory(kits)
    if len(at) < PLAN.rounds:
        sys.exit(f"the training ended after {len(at)} rounds")
    after = {party: hosts.sent_and_received(party) for party in parties} if separate else before
    seconds = [later - earlier for earlier, later in zip(at[FIRST:], at[FIRST + 1 :], strict=False)]
    print(f"to the first round   {at[0] - started:.1f} s")
    print(
        f"a round, median      {statistics.median(seconds):.3f} s over {len(seconds)} rounds (most {max(seconds):.3f})"
    )
    print(f"memory (PSS)         {kilobytes / 1e6:.2f} GB in {processes} processes")
    _print_bytes({party: (after[party] - before[party]) / (PLAN.rounds - FIRST) for party in parties}, separate)
    members = federation([client for clients in EDGES.values() for client in clients])
    same = [each.digest.hex() for each in train_rounds(air_quality.task(PLAN), InProcess(), members, PLAN)]
    print(f"models               {'equal' if digests == same else 'DIFFERENT from'} those of one process, every round")


def _print_bytes(a_round: dict[str, float], separate: bool) -> None:
    if not separate:
        print("bytes                not measured: needs root and network namespaces")
        return
    rest = a_round["coordinator"]
    for edge, clients in EDGES.items():
        above = a_round[f"edge-{edge}"] - sum(a_round[f"client-{client}"] for client in clients)
        rest -= above
        print(f"edge {edge}: to the coordinator {above / 1e3:.1f} kB a round")
        for client in clients:
            print(f"  client {client} to its edge {a_round[f'client-{client}'] / 1e3:.1f} kB a round")
    carried = f"the coordinator's link carries {a_round['coordinator'] / 1e3:.1f} kB a round"
    print(f"{carried}, {abs(rest) / 1e3:.1f} kB of it not its edges'")


def _make(kits: Path, separate: bool) -> None:
    stations = tuple(EdgeServer(edge, f"edge-{edge}.test:8002", clients) for edge, clients in EDGES.items())
    layout = Layout("air-quality", PLAN, "coordinator.test:8002", stations)
    if separate:
        make_kits(layout, kits)
    else:
        local_kits(layout, kits)


@contextlib.contextmanager
def _running(prefix: list[str], kit: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [*prefix, sys.executable, "-u", "-m", "cofund", kit.name.partition("-")[0], "run", str(kit)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def _memory(kits: Path) -> tuple[int, int]:
    """Processes that name a kit, and their proportional set size together, in kB."""
    found, kilobytes = 0, 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(kits).encode() in (process / "cmdline").read_bytes():
                line = next(x for x in (process / "smaps_rollup").read_text().splitlines() if x.startswith("Pss:"))
                found, kilobytes = found + 1, kilobytes + int(line.split()[1])
    return found, kilobytes


if __name__ == "__main__":
    main()
