"""A whole campaign whose parties are processes: it loses a job process, an edge and a client, and pays what is due.

One test, because starting the processes takes longer than everything else.
"""

import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cofund.campaign.demo import air_quality_script
from cofund.campaign.engines import Assignment
from cofund.campaign.script import Script
from cofund.campaign.workspace import KITS
from cofund.cli.main import cli
from cofund.running import run_campaign
from cofund.training import edge_books
from cofund.training.deliveries import updates_root
from cofund.training.engine import Answers
from cofund.training.engines.in_process import InProcess
from cofund.training.engines.unreliable import Outage, Unreliable
from cofund.training.hierfavg import train_rounds
from cofund.training.plan import Plan
from cofund.training.tasks import air_quality
from cofund.training.tasks.air_quality_parties import federation
from processes import process_of, processes_in

pytestmark = pytest.mark.nvflare

PLAN = Plan(local_steps=5, edge_rounds=2, rounds=6, seed=5)
JOB_DIES, EDGE_DIES, EDGE_IS_BACK = 2, 3, 5
AWAY = Outage("DENI051", EDGE_DIES, EDGE_IS_BACK - 1)


def small_script() -> Script:
    """Four agencies buy rounds from three clients at one edge and two at the other; one client leaves."""
    script = air_quality_script()
    return replace(
        script,
        plan=PLAN,
        cohort=5,
        min_cohort=2,
        goal=3,
        edges=tuple(edge for edge in script.edges if edge.id in {"BB", "NI"}),
        owners=tuple(replace(owner, bid=owner.bid // 4) for owner in script.owners[:4]),
        clients=tuple(client for client in script.clients if client.edge in {"BB", "NI"}),
        outages=(AWAY,),
    )


class Faults:
    """Kills processes by their ids before some rounds, and is the operator who starts the edge again."""

    def __init__(self, engine: Any) -> None:
        self.engine, self.kits, self.last = engine, engine.kits, 0

    def call(
        self, members: Sequence[str], function: Callable[[str, Any], Any], payload: Any, timeout: float | None = None
    ) -> Answers:
        if payload is not None and payload.round > self.last:  # nothing is asked who only has to be there
            self.last = payload.round
            self.before(function, payload)
        return self.engine.call(members, function, payload, timeout)

    def before(self, function: Callable[[str, Any], Any], payload: Any) -> None:
        from cofund.training.engines.nvflare.local_parties import start_party

        if payload.round == JOB_DIES:
            os.kill(process_of("client.worker_process", self.kits / "client-DENI019" / "client"), signal.SIGKILL)
        if payload.round == EDGE_DIES:
            for process in processes_in(self.kits / "edge-BB"):
                with contextlib.suppress(ProcessLookupError):  # it ended with the one before it
                    os.kill(process, signal.SIGKILL)
            self.engine.running["edge-BB"].wait()
        if payload.round == EDGE_IS_BACK:
            self.engine.running["edge-BB"] = start_party(self.kits / "edge-BB")
            self.engine.call([], function, payload)  # meanwhile the client comes back whose outage is over
            self.engine.wait_for(["DEBB053", "DEBB075"])


@contextlib.contextmanager
def with_faults(assignment: Assignment) -> Iterator[Faults]:
    from cofund.campaign.across_processes import across_processes

    with across_processes(assignment) as engine:
        yield Faults(engine)


def expected_rounds(reasons: dict[tuple[int, str], str]) -> list[tuple[str, str]]:
    """Model digest and updates root of every round of the same training in this process, in which who is missing gives
    the same reasons."""
    outages = (AWAY, Outage("BB", EDGE_DIES, EDGE_IS_BACK - 1))
    members = federation(["DEBB053", "DEBB075", "DENI019", "DENI051", "DENI058"])
    rounds = train_rounds(air_quality.task(PLAN), Unreliable(InProcess(), outages), members, PLAN)
    return [
        (
            each.digest.hex(),
            updates_root([replace(d, reason=reasons[d.round, d.client]) for d in each.deliveries]).hex(),
        )
        for each in rounds
    ]


def check_money(record: dict[str, Any], kits: Path) -> None:
    """Everybody has what the edges' own books say that it earned; nothing is left over, and nobody is owed anything."""
    assert record["conservation"]["held"] == "0"
    assert record["conservation"]["deposited"] == record["conservation"]["paid_out"]
    assert all(row["still_owed"] == "0" for row in record["payments"])
    net = {row["id"]: int(row["net"]) for row in record["payments"]}
    rounds = range(1, len(record["rounds"]) + 1)
    winners, served, missing = record["outcome"]["winners"], Counter[str](), Counter[str]()
    delivered: dict[str, int] = {}
    for winner in winners:
        books = edge_books.deliveries(kits / f"edge-{winner['edge']}")
        own = [each for number in rounds for each in books.get(number, ()) if each.client == winner["id"]]
        delivered[winner["id"]] = sum(each.accepted for each in own)
        served[winner["edge"]] += delivered[winner["id"]]
        missing[winner["edge"]] += len(rounds) - delivered[winner["id"]]
    fees = {edge["id"]: int(edge["fee"]) for edge in record["instance"]["edges"]}
    prices = {winner["edge"]: int(winner["pay_per_round"]) + fees[winner["edge"]] for winner in winners}
    penalty = {  # of the book of an edge where more than the tolerance is missing; to all who delivered
        edge: max(0, missing[edge] - (served[edge] + missing[edge]) * 333_333_333 // 10**9) * prices[edge]
        for edge in served
    }
    extra = sum(penalty.values()) // served.total()
    assert penalty["BB"] > 0 == penalty["NI"]
    assert {winner["id"]: net[winner["id"]] for winner in winners} == {
        winner["id"]: delivered[winner["id"]] * (int(winner["pay_per_round"]) + extra) for winner in winners
    }
    assert {edge: net[f"edge {edge}"] for edge in served} == {e: n * fees[e] - penalty[e] for e, n in served.items()}
    assert net["coordinator"] == len(rounds) * int(record["instance"]["coordinator_fee"])


def nobody_is_left(folder: Path) -> bool:
    for _ in range(100):
        if not processes_in(folder):
            return True
        time.sleep(0.2)
    return False


def test_a_campaign_across_processes_survives_kills_and_pays_exactly_what_was_delivered(tmp_path: Path) -> None:
    if not os.environ.get("CI"):  # CI installs the extra dev, and must not skip
        pytest.importorskip("nvflare", reason="the extra nvflare is not installed")
    folder = tmp_path / "campaign"
    record = run_campaign(small_script(), folder, engine=with_faults).record
    assert nobody_is_left(folder)

    missing = {(row["round"], row["client"]) for row in record["deliveries"] if not row["accepted"]}
    rounds = range(EDGE_DIES, EDGE_IS_BACK)
    lost = {(number, client) for number in rounds for client in ("DEBB053", "DEBB075")}
    assert missing == lost | {(number, AWAY.member) for number in rounds}
    reasons = [row["reason"] for row in record["deliveries"] if (row["round"], row["client"]) in lost]
    assert all(reason.startswith("Edge BB failed. ") for reason in reasons)
    given = {(row["round"], row["client"]): row["reason"] for row in record["deliveries"]}
    assert [(each["model_digest"], each["updates_root"]) for each in record["rounds"]] == expected_rounds(given)
    check_money(record, folder / KITS)

    shown = CliRunner().invoke(cli, ["verify", str(folder / "record.json"), "--replay"], catch_exceptions=False)
    assert shown.exit_code == 0, shown.output
    assert "  10 results signed by their edges" in shown.output
    updates = (5 * 6 - len(missing)) * PLAN.edge_rounds
    assert f"  {updates} updates hashed again: same digests as delivered" in shown.output
