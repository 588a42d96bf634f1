"""An edge keeps every round itself: what it took, what it handed on, who delivered; and it signs that."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cofund.campaign.edge_results import Signatures, SignedOnly, give_key, signer_in
from cofund.chain.accounts import rehearsal_account
from cofund.errors import InputError
from cofund.training import edge_books, updates
from cofund.training.edge import EdgeResult, StartingPoint
from cofund.training.engine import Answers
from cofund.training.engines.in_process import InProcess
from cofund.training.engines.keeping import Keeping, kept_result
from cofund.training.engines.nvflare import wire
from cofund.training.engines.nvflare.layout import EdgeServer, Layout
from cofund.training.engines.nvflare.roles import Edges, client_functions, edge_functions
from cofund.training.hierfavg import train_rounds
from cofund.training.plan import Plan
from cofund.training.tasks import air_quality
from cofund.training.tasks.air_quality_parties import federation

CLIENTS = ("DEBB053", "DEBB075")
PLAN = Plan(local_steps=2, edge_rounds=2, rounds=2, seed=5)
LAYOUT = Layout("air-quality", PLAN, "c:1", (EdgeServer("BB", "e:1", CLIENTS),))
EDGE = rehearsal_account("books", "edge BB")
CAMPAIGN = rehearsal_account("books", "campaign").address
SIGNATURES = Signatures(31337, CAMPAIGN, {"BB": EDGE.address})


class Wired:
    """Clients of an edge in this process, reached by names and bytes as over a network."""

    def __init__(self, gone: str = "") -> None:
        members, task = federation(CLIENTS), air_quality.task(PLAN)
        self.gone = gone
        self.functions = {
            client: client_functions(task, PLAN, client, members.data[client], members.validation.get(client))
            for client in CLIENTS
        }

    def call(self, members: Any, function: Any, payload: Any, timeout: float | None = None) -> Answers:
        name = getattr(function, "__name__", type(function).__name__)

        def answer(member: str, sent: Any) -> Any:
            if member == self.gone:
                raise ConnectionError("gone")
            return wire.unpack(wire.pack(self.functions[member][name](member, wire.unpack(wire.pack(sent)))))

        return InProcess().call(members, answer, payload, timeout)


def run(folder: Path, number: int, clients: Wired) -> EdgeResult:
    functions = edge_functions(LAYOUT, "BB", clients, folder, signer_in(folder))  # type: ignore[arg-type]
    return functions["run"]("BB", StartingPoint(number, 0, air_quality.task(PLAN).initial(PLAN.seed)))


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    give_key(tmp_path, EDGE, 31337, CAMPAIGN)
    return tmp_path


def test_its_books_are_what_a_training_in_one_process_keeps_of_it(kit: Path) -> None:
    result = run(kit, 1, Wired())
    keeping = Keeping(InProcess())
    finished = next(train_rounds(air_quality.task(PLAN), keeping, federation(CLIENTS), PLAN))
    here, there = updates.load(kit / edge_books.UPDATES, 1), keeping.taken(1, finished.model)
    order = lambda kept: sorted((u.client, u.edge_round, u.samples, u.change.tobytes()) for u in kept.updates)  # noqa: E731
    assert order(here) == order(there)
    assert [(r.edge, r.samples, r.total.tolist()) for r in here.results] == [
        (r.edge, r.samples, r.total.tolist()) for r in there.results
    ]
    assert edge_books.deliveries(kit) == {1: finished.deliveries} == {1: result.deliveries}


def test_a_round_that_is_asked_for_again_is_kept_as_it_was_answered_last(kit: Path) -> None:
    run(kit, 1, Wired())
    last = run(kit, 1, Wired(gone="DEBB075"))
    run(kit, 2, Wired())
    assert {number: [each.accepted for each in own] for number, own in edge_books.deliveries(kit).items()} == {
        1: [True, False],
        2: [True, True],
    }
    kept = updates.load(kit / edge_books.UPDATES, 1)
    assert {update.client for update in kept.updates} == {"DEBB053"}
    assert kept.results[0].signature == last.signature


def test_a_signature_holds_for_exactly_what_was_handed_on(kit: Path) -> None:
    result = run(kit, 1, Wired())
    kept, own = kept_result("BB", result), result.deliveries
    assert SIGNATURES.hold(1, kept, own)
    assert not SIGNATURES.hold(2, kept, own)
    assert not SIGNATURES.hold(1, replace(kept, samples=kept.samples + 1), own)
    assert not SIGNATURES.hold(1, replace(kept, total=kept.total + np.eye(1, kept.total.size, 3, int)[0]), own)
    assert not SIGNATURES.hold(1, kept, (own[0], replace(own[1], accepted=False)))
    assert not SIGNATURES.hold(1, kept, own[:1])
    assert not replace(SIGNATURES, campaign=EDGE.address).hold(1, kept, own)
    assert not replace(SIGNATURES, chain_id=1).hold(1, kept, own)
    assert not replace(SIGNATURES, operators={"BB": CAMPAIGN}).hold(1, kept, own)
    assert not replace(SIGNATURES, operators={}).hold(1, kept, own)


@pytest.mark.parametrize("signature", [b"", b"\x01", bytes(64), b"\xff" * 64, b"\xff" * 65, "text", None, 7])
def test_bytes_that_are_no_signature_are_none(signature: Any, kit: Path) -> None:
    result = run(kit, 1, Wired())
    assert not SIGNATURES.hold(1, replace(kept_result("BB", result), signature=signature), result.deliveries)


def test_without_a_key_results_are_unsigned_and_a_broken_key_is_one_line(tmp_path: Path) -> None:
    assert run(tmp_path, 1, Wired()).signature == b""
    for text in ("{}", "no", '{"key": "zz", "chain_id": 1, "campaign": ""}', '{"key": "01"}', "[]"):
        (tmp_path / "account.json").write_text(text)
        with pytest.raises(InputError, match=r"account\.json: expected key, chain_id and campaign"):
            signer_in(tmp_path)
    give_key(tmp_path, EDGE, 31337, CAMPAIGN)
    assert (tmp_path / "account.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "[]", '{"schema": "cofund.edge-deliveries/1"}', "[" * 100_000])
def test_books_that_are_none_are_one_line_that_names_the_file(text: str, kit: Path) -> None:
    run(kit, 1, Wired())
    path = kit / "deliveries" / "round-0001.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"round-0001\.json: expected deliveries as an edge keeps them"):
        edge_books.deliveries(kit)


def test_presence_is_asked_for_by_way_of_the_edge(kit: Path) -> None:
    functions = edge_functions(LAYOUT, "BB", Wired(gone="DEBB075"), kit)  # type: ignore[arg-type]
    found, failures = functions["present"]("BB", (("DEBB053", "DEBB075", "DENI019"), None))
    assert found == {"DEBB053": True}
    assert failures == {"DEBB075": "ConnectionError: gone."}


class Forging:
    """Edges in this process, one of which hands on a result under another's signature."""

    def __init__(self, folder: Path, signature: bytes | None) -> None:
        self.folder, self.signature = folder, signature

    def call(self, members: Any, function: Any, payload: Any, timeout: float | None = None) -> Answers:
        if not isinstance(payload, StartingPoint) or "BB" not in members:
            return Wired().call(members, function, payload, timeout)
        result = run(self.folder, payload.round, Wired())
        return {"BB": result if self.signature is None else replace(result, signature=self.signature)}, {}


def test_a_result_that_its_edge_did_not_sign_is_not_taken(kit: Path) -> None:
    task, members = air_quality.task(PLAN), replace(federation(CLIENTS), validation={})
    honest, forged = (
        next(train_rounds(task, SignedOnly(Forging(kit, signature), SIGNATURES), members, PLAN))
        for signature in (None, bytes(64))
    )
    assert all(delivery.accepted for delivery in honest.deliveries)
    assert {d.reason for d in forged.deliveries} == {"Edge BB failed. Its result is not signed with its account."}
    assert not any(delivery.accepted for delivery in forged.deliveries)


def test_a_member_below_no_edge_is_called_by_the_coordinator_itself() -> None:
    def evaluate(member: str, sent: StartingPoint) -> float:
        return len(member) + 0.5 + sent.round

    work = StartingPoint(1, 0, ())
    assert Edges(None, LAYOUT).call(["coordinator"], evaluate, work) == ({"coordinator": 12.5}, {})  # type: ignore[arg-type]
