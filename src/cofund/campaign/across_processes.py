"""A campaign's training with every party as processes of this host: NVFlare, certificates, real outages.

``kits/`` in the campaign's folder holds what each party would have on its own machine, its edges' books included
(``training/edge_books.py``); an interrupted campaign goes on with the same kits. The models, deliveries and metrics
are those of one process.
"""

import contextlib
import shutil
import socket
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.edge_results import Signatures, SignedOnly, give_key
from cofund.campaign.engines import Assignment
from cofund.campaign.workspace import KITS
from cofund.errors import CheckFailed, InputError
from cofund.training.engine import Answers, Function
from cofund.training.engines.nvflare import parties, require_nvflare
from cofund.training.engines.nvflare.kits import open_kit
from cofund.training.engines.nvflare.layout import EdgeServer, Layout, dump_layout, load_layout, parse_layout
from cofund.training.engines.nvflare.local_parties import HOST, end_party, local_kits, parties_on_this_host, start_party
from cofund.training.engines.nvflare.roles import Edges, present

if TYPE_CHECKING:
    import subprocess

TIMEOUT_S: Final = 60.0
"""What a client has for its local steps; the terms know no limit, and one that hangs must not hold up the others."""

PRESENT_WITHIN_S: Final = 600.0
"""How long all parties may take to start; 33 of them on two processors take minutes."""

FREE_WITHIN_S: Final = 10.0
"""How long servers of an earlier run may take to end."""

TICK_S: Final = 0.5


@contextlib.contextmanager
def across_processes(assignment: Assignment) -> Iterator["Rehearsed"]:
    """Start every party and wait until all are there; end them however it ends.

    Raises:
        InputError: the extra nvflare is missing, a name cannot be that of a kit, or the folder has other kits.
        CheckFailed: a party did not start.
    """
    require_nvflare()
    kits = _kits(assignment)
    edges = {edge: account.address for edge, account in assignment.edges.items()}
    signatures = Signatures(assignment.chain_id, assignment.campaign, edges)
    assignment.watch.phase("Start of all processes", len(assignment.federation.clients))
    with contextlib.ExitStack() as started:
        running = started.enter_context(parties_on_this_host(kits))
        reach = started.enter_context(parties.coordinator(open_kit(kits / "coordinator", "coordinator")))
        engine = Rehearsed(assignment, kits, running, reach, signatures)
        engine.wait_for(assignment.federation.clients)
        yield engine


@dataclass(slots=True)
class Rehearsed:
    """Engine of a rehearsed training across processes.

    Who has an outage is ended, and started again when it is over.
    """

    assignment: Assignment
    kits: Path
    running: "dict[str, subprocess.Popen[bytes]]"
    edges: Edges
    signatures: Signatures

    def call(self, members: Sequence[str], function: Function, payload: Any, timeout: float | None = None) -> Answers:
        """See ``Engine.call``; outages begin and end with a round."""
        if payload is not None:  # nobody is asked for a round, only whether it is there
            self._suffer(payload.round)
        return SignedOnly(self.edges, self.signatures).call(members, function, payload, timeout)

    def wait_for(self, clients: Collection[str]) -> None:
        """Wait until all these clients can be reached by way of their edges.

        Raises:
            CheckFailed: naming one that cannot.
        """
        until, missing = time.monotonic() + PRESENT_WITHIN_S, list(clients)
        while missing:
            found, failures = self.edges.call(missing, present, None)
            for _ in found:
                self.assignment.watch.step("present")
            missing = [client for client in missing if client not in found]
            for name in {name for client in missing for name in self._way_to(client)}:
                self._check_running(name)
            if missing and time.monotonic() > until:
                raise CheckFailed(f"{missing[0]}: not there after {PRESENT_WITHIN_S:g} s. {failures[missing[0]]}")
            time.sleep(TICK_S if missing else 0)

    def _suffer(self, number: int) -> None:
        """End who has an outage in a round, start again whose outage is over, and wait for them."""
        outages = self.assignment.outages
        lost = {each.member for each in outages if each.first_round <= number <= each.last_round}
        ways = {client: self._way_to(client) for client in self.assignment.federation.clients}
        of = {name.partition("-")[2]: name for way in ways.values() for name in way}  # kit by member
        for name in {of[member] for member in lost & of.keys()} & self.running.keys():
            end_party(self.running.pop(name))
        over = {of[each.member] for each in outages if each.member in of.keys() - lost} - self.running.keys()
        self.running.update({name: start_party(self.kits / name) for name in over})
        self.wait_for([c for c, way in ways.items() if over & set(way) and self.running.keys() >= set(way)])

    def _way_to(self, client: str) -> tuple[str, str]:
        """The kits of a client's edge and of the client."""
        return f"edge-{self.edges.layout.edge_of(client).id}", f"client-{client}"

    def _check_running(self, name: str) -> None:
        """A party that ended by itself will not come; its last words say why."""
        if self.running[name].poll() is not None:
            log = self.kits / name / "cofund.log"
            said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise CheckFailed(f"{name} ended: {said[-1] if said else 'it said nothing'} (see {log})")


def _kits(assignment: Assignment) -> Path:
    """The kits of this training: those in the folder, or new ones, in place once they are complete."""
    plan = replace(assignment.plan, timeout=TIMEOUT_S)
    stations = tuple(EdgeServer(edge, f"{HOST}:1", clients) for edge, clients in assignment.federation.edges)
    layout = parse_layout(dump_layout(Layout(assignment.task, plan, f"{HOST}:1", stations)), "campaign")
    kits, unfinished = assignment.folder / KITS, assignment.folder / f"{KITS}.new"
    if not kits.exists():
        shutil.rmtree(unfinished, ignore_errors=True)
        assignment.watch.phase("Kits with certificates", 1)
        local_kits(layout, unfinished)
        for edge, _ in assignment.federation.edges:
            give_key(unfinished / f"edge-{edge}", assignment.edges[edge], assignment.chain_id, assignment.campaign)
        unfinished.replace(kits)
    found = load_layout(kits / "coordinator" / "training.toml")
    if (found.task, found.plan, found.federation) != (layout.task, layout.plan, layout.federation):
        raise InputError(str(kits), "", "expected the kits of this training; start in a new folder")
    for address in (found.address, *(edge.address for edge in found.edges)):
        _wait_until_free(kits, int(address.rpartition(":")[2]))
    return kits


def _wait_until_free(kits: Path, port: int) -> None:
    """The ports of kits are written in them; an earlier run may just be ending.

    Raises:
        InputError: another program listens there.
    """
    until = time.monotonic() + FREE_WITHIN_S
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)):
                return
        time.sleep(TICK_S)
    raise InputError(str(kits), "", f"port {port} is in use: end what listens there")
