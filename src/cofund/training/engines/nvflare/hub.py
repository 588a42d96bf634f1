"""The engine of one NVFlare deployment: calls its members by way of the job that the server's keeper keeps running."""

import contextlib
import itertools
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cofund.training.deliveries import sentence
from cofund.training.engine import Answers, Function
from cofund.training.engines.nvflare import wire
from cofund.training.engines.nvflare.frames import Closed, Link, SocketListener
from cofund.training.engines.nvflare.programs import GATHER_S

LONGEST_S: Final = 3600.0
"""Limit of a call that has none of its own; a member that is lost is noticed long before by its heartbeats."""

PATIENCE_S: Final = 2 * GATHER_S
"""How long a call waits for a server and its job; starting them takes 10 to 30 s, members included."""

MARGIN_S: Final = 2.0
"""NVFlare knows of a time limit too, and says more precisely that it has passed."""

ATTEMPTS: Final = 3
"""How often a call is made if jobs end under it."""

TICK_S: Final = 0.25


@dataclass(slots=True)
class _Job:
    """A running NVFlare job, and where to put what its members answer to each call."""

    link: Link
    name: str
    inboxes: dict[int, "queue.Queue[tuple[str, str | None, bytes]]"] = field(default_factory=dict)
    replaced: bool = False
    ended: bool = False

    def end_if_idle(self) -> None:
        """End a job that another one has replaced, once its calls are answered."""
        if self.replaced and not self.inboxes:
            self.link.close()


@dataclass(frozen=True, slots=True)
class _Report:
    """What the keeper sees: tokens of the members that are alive, and the tokens that each running job holds."""

    alive: dict[str, str]
    jobs: dict[str, frozenset[str]]

    def runs(self, job: _Job) -> bool:
        """Whether NVFlare has not given up the job."""
        return job.name in self.jobs

    def reaches(self, job: _Job, member: str) -> bool:
        """Whether a member is alive and in the job; one that came back after the job started is not in it."""
        return self.alive.get(member) in self.jobs.get(job.name, ())


class Hub:
    """Engine for the members of one server (``Engine``): edges at the coordinator, clients at an edge.

    A function travels as its name; the member's ``Desk`` knows what to do. If the job ends while a call is out (a
    member's job process was killed), those who had not answered are called again in the next job.
    """

    def __init__(self, path: Path, clients: int = 1) -> None:
        """Listen on a Unix socket for the keeper and for jobs; a member speaks of so many ``clients`` at most."""
        self.clients = clients
        self._changed = threading.Condition()
        self._job: _Job | None = None
        self._report = _Report({}, {})
        self._seen = False  # whether the report is of a server that runs
        self._gathered, self._gathering_until = False, 0.0
        self._numbers = itertools.count()
        self._listener = SocketListener(path, self._serve)

    def close(self) -> None:
        """End the current job's link and listen no more."""
        self._listener.close()
        if self._job:
            self._job.link.close()

    def call(self, members: Sequence[str], function: Function, payload: Any, timeout: float | None = None) -> Answers:
        """See ``Engine.call``."""
        name = getattr(function, "__name__", type(function).__name__)
        body, limit_s = wire.pack(payload), timeout or LONGEST_S
        results: dict[str, Any] = {}
        failures: dict[str, str] = {}
        for _ in range(ATTEMPTS):
            waiting = [member for member in members if member not in results | failures]
            job, reachable = self._reach(waiting)
            failures |= {member: f"{member} cannot be reached." for member in waiting if member not in reachable}
            if job is None or not reachable:
                break
            for member, failure, answer in self._ask(job, name, reachable, body, limit_s):
                result, reason = _read(answer) if failure is None else (None, failure)
                if reason is None:
                    results[member] = result
                else:
                    failures[member] = reason
        missing = [member for member in members if member not in results | failures]
        ordered = failures | {member: f"{member} was called {ATTEMPTS} times and its job ended." for member in missing}
        return {m: results[m] for m in members if m in results}, {m: ordered[m] for m in members if m in ordered}

    def _reach(self, members: Sequence[str]) -> tuple[_Job | None, list[str]]:
        """The job to call, once it reaches all members that are alive, and those that it reaches.

        When the server has just started, all members are waited for; a member that is lost later is not.
        """
        until = time.monotonic() + PATIENCE_S
        with self._changed:
            while time.monotonic() < until and not self._reaches_all_that_it_can(members):
                self._changed.wait(TICK_S)
            job = self._job
            reachable = [m for m in members if job is not None and self._report.reaches(job, m)]
        return job, reachable

    def _reaches_all_that_it_can(self, members: Sequence[str]) -> bool:
        alive = [member for member in members if member in self._report.alive]
        job = self._job
        complete = job is not None and not job.ended and all(self._report.reaches(job, member) for member in alive)
        if time.monotonic() > self._gathering_until or (complete and len(alive) == len(members)):
            self._gathered = True
        return self._seen and self._gathered and (complete or not alive)

    def _ask(self, job: _Job, name: str, members: Sequence[str], body: bytes, limit_s: float) -> Any:
        """Make one call in one job; yields member, failure, answer until all answered or the job ended."""
        number, inbox = next(self._numbers), queue.Queue()  # type: ignore[var-annotated]
        job.inboxes[number] = inbox
        waiting, until = set(members), time.monotonic() + limit_s
        header = {"call": number, "function": name, "members": list(members), "timeout_s": limit_s}
        header["most_bytes"] = wire.most_bytes(body, self.clients)
        with contextlib.suppress(Closed):  # then the reader notices it too
            job.link.send(header, body)
        while waiting:
            try:
                member, failure, answer = inbox.get(timeout=TICK_S)
            except queue.Empty:
                if job.ended or (self._seen and not self._report.runs(job)):
                    break
                for member, reason in self._given_up(job, waiting, until, limit_s):
                    waiting.discard(member)
                    yield member, reason, b""
                continue
            if member in waiting:  # it may have been given up a moment ago
                waiting.discard(member)
                yield member, failure, answer
        del job.inboxes[number]
        job.end_if_idle()

    def _given_up(self, job: _Job, waiting: set[str], until: float, limit_s: float) -> list[tuple[str, str]]:
        """Members whose answer is not waited for any longer, with the reason."""
        if time.monotonic() > until + MARGIN_S:
            return [(member, f"No answer within {limit_s:g} seconds.") for member in sorted(waiting)]
        lost = [member for member in sorted(waiting) if self._seen and not self._report.reaches(job, member)]
        return [(member, f"{member} cannot be reached.") for member in lost]

    def _serve(self, link: Link) -> None:
        hello, _ = link.receive()
        if hello["from"] == "keeper":
            self._follow_keeper(link)
        else:
            self._follow_job(_Job(link, hello["job"]))

    def _follow_keeper(self, link: Link) -> None:
        self._gathered, self._gathering_until = False, time.monotonic() + GATHER_S
        try:
            while True:
                report, _ = link.receive()
                jobs = {job: frozenset(tokens) for job, tokens in report["jobs"].items()}
                with self._changed:
                    self._report, self._seen = _Report(report["alive"], jobs), True
                    self._changed.notify_all()
        finally:  # the server is gone; it is started again, and members connect to it again
            with self._changed:
                self._seen = False

    def _follow_job(self, job: _Job) -> None:
        with self._changed:
            if self._job is not None:
                self._job.replaced = True
                self._job.end_if_idle()
            self._job = job
            self._changed.notify_all()
        try:
            while True:
                header, answer = job.link.receive()
                inbox = job.inboxes.get(header["call"])
                if inbox is not None:  # otherwise the call was given up
                    inbox.put((header["member"], header["failure"], answer))
        finally:
            job.ended = True
            with self._changed:
                if self._job is job:
                    self._job = None


def _read(answer: bytes) -> tuple[Any, str | None]:
    """A desk's answer: result and reason. What cannot be read counts as a failure of the member."""
    try:
        result, reason = wire.unpack(answer)
    except (wire.NotOnWire, TypeError, ValueError):
        return None, "The answer cannot be read."
    return result, reason if reason is None else sentence(str(reason))
