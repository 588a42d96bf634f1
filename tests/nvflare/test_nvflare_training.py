"""Real processes with certificates on loopback: same models as in one process, through every fault.

One test, because starting the 16 processes of NVFlare takes longer than all rounds together.
"""

import json
import os
import signal
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cofund.training.deliveries import Delivery, updates_root
from cofund.training.engines.in_process import InProcess
from cofund.training.engines.unreliable import Outage, Unreliable
from cofund.training.hierfavg import Round, train_rounds
from cofund.training.plan import Plan
from cofund.training.tasks import air_quality
from cofund.training.tasks.air_quality_parties import federation
from processes import process_of

pytestmark = pytest.mark.nvflare

EDGES = {"BB": ("DEBB075",), "NI": ("DENI019", "DENI051")}
PLAN = Plan(local_steps=5, edge_rounds=2, rounds=120, seed=5, timeout=4.0)


def with_reasons(deliveries: Sequence[Delivery], given: Sequence[Delivery]) -> list[Delivery]:
    """The same deliveries, but who is missing says why as it did in the other ones."""
    reasons = {delivery.client: delivery.reason for delivery in given}
    return [replace(delivery, reason=reasons[delivery.client]) for delivery in deliveries]


@pytest.fixture
def kits(tmp_path: Path) -> Path:
    """Kits of one coordinator, two edges and three clients on this host."""
    if not os.environ.get("CI"):  # CI installs the extra dev, and must not skip
        pytest.importorskip("nvflare", reason="the extra nvflare is not installed")
    from cofund.training.engines.nvflare.layout import EdgeServer, Layout
    from cofund.training.engines.nvflare.local_parties import local_kits

    stations = tuple(EdgeServer(edge, "localhost:1", clients) for edge, clients in EDGES.items())
    local_kits(Layout("air-quality", PLAN, "localhost:1", stations), tmp_path / "kits")
    return tmp_path / "kits"


def missing(finished: Round) -> dict[str, str]:
    return {each.client: each.reason for each in finished.deliveries if not each.accepted}


def is_let_in(kit: Path, server: Path) -> bool:
    """Whether a server answers whoever has the certificate of a kit; refusals come with the first byte in TLS 1.3."""
    host, port = json.loads((server / "startup/fed_server.json").read_text())["servers"][0]["service"]["target"].split(
        ":"
    )
    context = ssl.create_default_context(cafile=server / "startup/rootCA.pem")
    context.load_cert_chain(kit / "client/startup/client.crt", kit / "client/startup/client.key")
    try:
        with (
            socket.create_connection((host, int(port)), 5) as plain,
            context.wrap_socket(plain, server_hostname=host) as tls,
        ):
            tls.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return bool(tls.recv(1))
    except (ssl.SSLError, ConnectionResetError):
        return False


def until_all_deliver(rounds: Iterator[Round]) -> list[Round]:
    """Rounds up to the first in which nobody is missing."""
    made: list[Round] = []
    for finished in rounds:
        made.append(finished)
        if not missing(finished):
            return made
        assert len(made) < 60, missing(finished)
        time.sleep(1)
    raise AssertionError("no rounds are left")


def test_a_training_across_processes_survives_faults_and_equals_the_one_in_process(kits: Path) -> None:
    from cofund.training.engines.nvflare import parties
    from cofund.training.engines.nvflare.kits import open_kit
    from cofund.training.engines.nvflare.local_parties import parties_on_this_host, start_party

    kit, task = open_kit(kits / "coordinator", "coordinator"), air_quality.task(PLAN)
    with parties_on_this_host(kits) as running, parties.coordinator(kit) as engine:
        rounds = train_rounds(task, engine, kit.layout.federation, PLAN)
        made = [next(rounds), next(rounds)]
        assert not missing(made[0]) | missing(made[1])
        assert is_let_in(kits / "edge-BB", kits / "coordinator" / "server")
        assert not is_let_in(kits / "client-DENI019", kits / "coordinator" / "server")
        assert not is_let_in(kits / "client-DENI019", kits / "edge-BB" / "server")

        # a job process of NVFlare dies: the job fails, the next one calls again, and nobody loses the round
        os.kill(process_of("client.worker_process", kits / "client-DEBB075" / "client"), signal.SIGKILL)
        made.append(next(rounds))
        assert not missing(made[-1])

        # a client and an edge are lost, and come back
        for lost in ("client-DENI019", "edge-BB"):
            running[lost].kill()
            running[lost].wait()
        made.append(next(rounds))
        assert missing(made[-1]).keys() == {"DEBB075", "DENI019"}
        assert missing(made[-1])["DEBB075"].startswith("Edge BB failed. ")
        for lost in ("client-DENI019", "edge-BB"):
            running[lost] = start_party(kits / lost)
        made += until_all_deliver(rounds)

        # a client hangs: it is left out when its time is over
        running["client-DEBB075"].send_signal(signal.SIGSTOP)
        made.append(next(rounds))
        running["client-DEBB075"].send_signal(signal.SIGCONT)
        assert missing(made[-1]) == {"DEBB075": "No answer within 4 seconds."}

        # the coordinator's server dies: it is started again, and the edges come back
        os.kill(process_of("server.server_train", kits / "coordinator" / "server"), signal.SIGKILL)
        made += until_all_deliver(rounds)

    lost = [Outage(client, each.number, each.number) for each in made for client in missing(each)]
    members = federation([client for clients in EDGES.values() for client in clients])
    same = train_rounds(task, Unreliable(InProcess(), tuple(lost)), members, PLAN)
    for here, there in zip(made, same, strict=False):
        assert here.digest == there.digest
        assert here.updates_root == updates_root(with_reasons(there.deliveries, here.deliveries))
        assert here.metric == there.metric
