"""A coordinator that is interrupted after every step records, releases and closes everything once."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from anvil import Anvil
from cofund.campaign.delivery_rows import load_deliveries
from cofund.campaign.edge_results import signer_of
from cofund.campaign.published import publish_deliveries, read_round
from cofund.campaign.store import Store
from cofund.campaign.tasks import campaign_task
from cofund.chain.journal import Journal
from cofund.chain.node import connect
from cofund.errors import CheckFailed, InputError
from cofund.roles.cohort import edge_signatures, settled_layout
from cofund.roles.conducting import Assigned, Conductor
from cofund.roles.desk import Desk, open_desk
from cofund.roles.evidence import events, store_of, terms_in_store
from cofund.roles.reading import snapshot
from cofund.roles.signing import sign_from_books
from cofund.training import edge_books
from cofund.training.deliveries import leaf
from cofund.training.edge import EdgeResult
from cofund.training.engine import Answers
from cofund.training.engines.in_process import InProcess
from cofund.training.engines.keeping import kept_result
from cofund.training.updates import KeptRound
from operating import CLIENTS, COORDINATOR, EDGES, FLAGS, OWNER, cofund
from parties import Parties

pytestmark = pytest.mark.node

VETO_S = 3600
STATIONS = {"DEBB053": 0, "DENI019": 1}
TRAINING = """
[training]
task = "air-quality"
rounds = 4
local_steps = 2
edge_rounds = 1
learning_rate = 0.3
batch = 8
seed = 3
"""


class Interrupted(BaseException):
    """What kill -9 looks like from inside."""


class Trained(Parties):
    """Two clients at two edges, and one owner who buys all rounds."""

    def toml(self) -> str:
        named = zip(STATIONS.items(), CLIENTS, strict=False)
        clients = [
            f'[[clients]]\nid = "{station}"\naccount = "{account.address}"\nedge = "{("north", "south")[edge]}"\n'
            for (station, edge), account in named
        ]
        return super().toml() + TRAINING + "\n".join(clients)

    def create(self, *more: object) -> dict[str, Any]:
        return super().create("--store", (self.folder / "store").as_uri(), *more)

    @property
    def place(self) -> tuple[int, str]:
        return self.node.chain_id, self.address

    def settle(self) -> None:
        self.accept()
        self.did(OWNER, "owner", "bid", "--value", "1500", "--escrow", "1600")
        for account, edge in zip(CLIENTS, ("north", "south"), strict=False):
            self.did(account, "client", "offer", "--edge", edge, "--cost", "4")
        self.at(2)
        self.did(OWNER, "owner", "reveal")
        for account in CLIENTS[:2]:
            self.did(account, "client", "reveal")
        self.at(3)
        assert self.call("settle")[0] == 0
        assert self.campaign.view("rounds") == 4

    @contextmanager
    def desk(self, account: Any) -> Iterator[Desk]:
        def connected(journal: Journal | None) -> Any:
            return connect(self.anvil.url, journal or Journal())

        with open_desk(connected, account, self.address, self.home(account)) as desk:
            yield desk

    def assigned(self) -> Assigned:
        with self.desk(COORDINATOR) as desk:
            seen, document = snapshot(desk.campaign, COORDINATOR.address), terms_in_store(desk)
            layout = settled_layout(desk, seen, document, "cloud:1", {"north": "n:1", "south": "s:1"})
            found = campaign_task("air-quality")
            data = found.federation(list(STATIONS))
            federation = replace(layout.federation, data=data.data, validation=data.validation)
            signatures, store = edge_signatures(desk, seen, document), store_of(desk)
        task, plan = found.task(layout.plan), replace(layout.plan, timeout=None)
        return Assigned(task, plan, federation, signatures, document, self.folder / "kit", store)

    def sign(self, edge: int) -> None:
        with self.desk(EDGES[edge]) as desk:
            seen = snapshot(desk.campaign, EDGES[edge].address)
            kit, store = self.folder / ("north", "south")[edge], store_of(desk)
            work = sign_from_books(desk, seen, seen.edges[edge], terms_in_store(desk), kit, store)
            work.keep()
            desk.do(work, desk.plan(work))

    def recorded(self) -> list[int]:
        with self.desk(COORDINATOR) as desk:
            return [event.arguments["round"] for event in events(desk) if event.name == "RoundRecorded"]


@dataclass
class Signing:
    """All members in this process; edges sign what they hand on with ``keys``, and keep books."""

    parties: Trained
    keys: dict[str, Any] = field(default_factory=lambda: dict(zip(("north", "south"), EDGES, strict=True)))

    def call(
        self, members: Sequence[str], function: Callable[[str, Any], Any], payload: Any, timeout: float | None = None
    ) -> Answers:
        found, failures = InProcess().call(members, function, payload, timeout)
        return {member: self.signed(member, payload, result) for member, result in found.items()}, failures

    def signed(self, edge: str, payload: Any, result: Any) -> Any:
        if not isinstance(result, EdgeResult):
            return result
        kept = kept_result(edge, result)
        edge_books.keep(self.parties.folder / edge, KeptRound(payload.round, (), (), ()), result.deliveries)
        sign = signer_of(self.keys[edge], self.parties.node.chain_id, self.parties.address)
        return replace(result, signature=sign(payload.round, kept, result.deliveries))


@dataclass
class Listening:
    """What the coordinator says; ``steps`` are what was trained and sent."""

    interrupting: bool = False
    steps: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def sent(self, call: Any, _: Any) -> None:
        self.step(call.note)

    def round(self, finished: Any) -> None:
        self.step(f"trained {finished.number}")

    def step(self, words: str) -> None:
        self.steps.append(words)
        if self.interrupting:
            raise Interrupted

    def trouble(self, line: str) -> None:
        self.troubles.append(line)

    def seen(self, seen: Any) -> None: ...


def conductor(parties: Trained, screen: Listening, wait: Callable[[], bool], engine: Any = None) -> Conductor:
    carrying = engine or Signing(parties)
    return Conductor(lambda: parties.desk(COORDINATOR), parties.assigned(), lambda: nullcontext(carrying), screen, wait)


@pytest.fixture
def parties(tmp_path: Path) -> Iterator[Trained]:
    with Anvil(FLAGS) as anvil:
        found = Trained(anvil, tmp_path)
        found.settle()
        yield found


def passing(parties: Trained, *edges: int) -> Callable[[], bool]:
    """Half an hour passes at every pause; edges of these numbers sign when they can."""

    def wait() -> bool:
        parties.node.advance_to(parties.node.now() + 1800)
        for edge in edges:
            state = parties.campaign.view("edge", edge)[1]
            ended = parties.campaign.view("training_end")
            if ended and ended + VETO_S < parties.node.now() and not state[2]:
                parties.sign(edge)
        return False

    return wait


def test_interrupted_after_every_step_it_does_everything_once(parties: Trained) -> None:
    steps: list[str] = []
    for _ in range(30):
        screen = Listening(interrupting=True)
        try:
            if conductor(parties, screen, passing(parties, 0)).run():
                break
        except Interrupted:
            steps += screen.steps
    rounds = [step for number in range(1, 5) for step in (f"trained {number}", f"record round {number}")]
    assert steps == [*rounds, "release models", "post deliveries", "close", "withdraw"]
    assert parties.recorded() == [1, 2, 3, 4]
    assert parties.status()["phase"] == "closed"
    assert parties.campaign.view("edge", 1)[1][7] is True, "the coordinator signed for the edge that did not"
    assert parties.campaign.view("edge", 0)[1][7] is False
    assert [parties.campaign.view("edge", at)[1][3] for at in range(2)] == [4, 4]
    check_its_store(parties)


def check_its_store(parties: Trained) -> None:
    """Whoever changes a file of the store is found out; whoever takes one away is said to have."""
    store = parties.folder / "store"
    code, said = verified(parties)
    assert (code, "store: 8 client-rounds signed by edges, all of them recorded; 0 recorded" in said) == (0, True), said
    for name, changed in (
        ("rounds/0002.json", ('"samples": ', '"samples": 1')),
        ("deliveries/0.json", ('"0xf"', '"0x7"')),
        ("releases.json", ('"level": 4', '"level": 3')),
        ("terms.json", ("Small campaign", "Other campaign")),
    ):
        path = store / name
        right = path.read_text("utf-8")
        path.write_text(right.replace(*changed), "utf-8")
        code, said = verified(parties)
        assert (code, name in said) == (1, True), said
        path.unlink()
        code, said = verified(parties)
        assert (code, f"{name}: the store has no such artifact" in said) == (0, True), said
        path.write_text(right, "utf-8")
    (box,) = (store / "boxes").iterdir()
    box.write_bytes(box.read_bytes()[:-1] + b"!")
    assert "not the box that the coordinator committed to" in verified(parties)[1]


def verified(parties: Trained) -> tuple[int, str]:
    return cofund("verify", parties.address, "-r", parties.anvil.url, "--state", parties.folder / "stranger")


def test_a_result_that_its_edges_account_did_not_sign_is_not_taken(parties: Trained) -> None:
    forged = Signing(parties, {"north": EDGES[0], "south": EDGES[0]})
    screen = Listening()
    assert conductor(parties, screen, passing(parties, 0, 1), forged).run()
    with parties.desk(COORDINATOR) as desk:
        root = next(event.arguments["updates_root"] for event in events(desk) if event.name == "RoundRecorded")
        first = read_round(store_of(desk), 1, bytes(root))
    assert [(each.client, each.accepted) for each in first] == [("DEBB053", True), ("DENI019", False)]
    assert "not signed with its account" in first[1].reason
    kept = edge_books.deliveries(parties.folder / "south")[1][0]
    assert kept.accepted, "the edge's books say so"
    assert leaf(kept) not in {leaf(each) for each in first}
    assert [parties.campaign.view("edge", at)[1][3] for at in range(2)] == [4, 0], "and yet it signs nothing of it"


def test_an_edge_that_signed_half_and_fell_silent_is_stood_in_for(parties: Trained) -> None:
    north, signed = passing(parties, 0), []

    def wait() -> bool:
        first = parties.campaign.view("recorded_at", 1)
        if not signed and first and first + VETO_S <= parties.node.now():
            signed.append(parties.deliver(1, {1: (CLIENTS[1], 0b1)}, 1))
            assert parties.campaign.view("edge", 1)[1][2] == 1
        return north()

    assert conductor(parties, Listening(), wait).run()
    assert signed
    counts = [parties.campaign.view("edge", at)[1] for at in range(2)]
    assert [(up_to, delivered, stood_in) for _, _, up_to, delivered, _, _, _, stood_in in counts] == [
        (4, 4, False),
        (4, 4, True),
    ]


def test_an_edge_that_signed_another_clients_position_is_named(parties: Trained) -> None:
    """The root binds positions only: whose they are the chain says."""
    south = passing(parties, 1)

    def wait() -> bool:
        ended = parties.campaign.view("training_end")
        if ended and ended + VETO_S < parties.node.now() and not parties.campaign.view("edge", 0)[1][2]:
            publish_deliveries(store_at(parties), load_deliveries(signed_wrongly(parties), *parties.place))
        return south()

    assert conductor(parties, Listening(), wait).run()
    code, said = verified(parties)
    assert (code, "deliveries of edge north: the offer at position 1 is not that of DEBB053" in said) == (1, True), said


def signed_wrongly(parties: Trained) -> Path:
    return parties.deliver(0, {1: (CLIENTS[0], 0b1111)}, 4)


def store_at(parties: Trained) -> Store:
    return Store((parties.folder / "store").as_uri())


def test_a_veto_that_is_carried_ends_the_training_with_the_round_before(parties: Trained) -> None:
    screen = Listening()
    wait = passing(parties, 0, 1)
    running = conductor(parties, screen, wait)
    sent = screen.sent

    def vetoing(call: Any, mined: Any) -> None:
        sent(call, mined)
        if call.note == "record round 3":
            parties.campaign.send(OWNER, "veto", "veto", 3)

    screen.sent = vetoing  # type: ignore[method-assign]
    assert running.run()
    assert parties.recorded() == [1, 2, 3]
    assert parties.campaign.view("rounds_done") == 2
    assert "trained 4" not in screen.steps
    assert [parties.campaign.view("edge", at)[1][3] for at in range(2)] == [2, 2]


def test_what_the_chain_has_otherwise_is_refused(parties: Trained) -> None:
    parties.campaign.send(COORDINATOR, "round", "record_round", 1, bytes(32), bytes(32), 0)
    with pytest.raises(CheckFailed, match="round 1: the chain has the model 0x0000"):
        conductor(parties, Listening(), passing(parties)).run()
    parties.node.advance_to(parties.node.now() + 3600)
    with pytest.raises(InputError, match="the store has no such artifact"):
        parties.sign(0)


def test_a_round_to_which_nobody_delivers_is_tried_three_times_and_goes_on_once_mended(parties: Trained) -> None:
    """All updates out of norm from the third round on: no endless loop; what is recorded stays."""
    screen, right = Listening(), conductor(parties, Listening(), passing(parties, 0, 1))
    task = right.assigned.task

    def train(model: Any, data: Any, steps: int, seed: int) -> Any:
        after, samples = task.train(model, data, steps, seed)
        far = len(parties.recorded()) == 2
        return tuple(array + 99 for array in after) if far else after, samples

    wrong = replace(right.assigned, task=replace(task, train=train))
    with pytest.raises(
        CheckFailed, match=r"^round 3: nobody delivered. DEBB053 and 1 more: The norm of the update .*3 times"
    ):
        replace(right, assigned=wrong, screen=screen, wait=lambda: False).run()
    assert [line.endswith("It is tried again") for line in screen.troubles] == [True, True]
    assert parties.recorded() == [1, 2]
    assert right.run()
    assert parties.recorded() == [1, 2, 3, 4]
    assert [parties.campaign.view("edge", at)[1][3] for at in range(2)] == [4, 4]


class Uninvited(Trained):
    """A third client wins a place, which the terms do not name."""

    def toml(self) -> str:
        return super().toml().replace("\ncohort = 2", "\ncohort = 3")

    def settle(self) -> None:
        self.accept()
        self.did(OWNER, "owner", "bid", "--value", "1500", "--escrow", "1600")
        for account, edge in zip(CLIENTS, ("north", "south", "north"), strict=False):
            self.did(account, "client", "offer", "--edge", edge, "--cost", "4")
        self.at(2)
        self.did(OWNER, "owner", "reveal")
        for account in CLIENTS[:3]:
            self.did(account, "client", "reveal")
        self.at(3)
        assert self.call("settle")[0] == 0
        assert self.campaign.view("edge", 0)[1][1] == 2


def test_a_winner_that_nobody_invited_stops_no_training(tmp_path: Path) -> None:
    """Anybody may offer; who has no id cannot train. It cost everybody the campaign, and the coordinator its bond."""
    with Anvil(FLAGS) as anvil:
        parties = Uninvited(anvil, tmp_path)
        parties.settle()
        assigned = parties.assigned()
        assert assigned.federation.edges == (("north", ("DEBB053",)), ("south", ("DENI019",)))
        assert conductor(parties, Listening(), passing(parties, 0, 1)).run()
        assert [parties.campaign.view("edge", at)[1][3] for at in range(2)] == [4, 4], "signed for who trained"
        assert parties.status()["phase"] == "closed"
        code, said = verified(parties)
        assert (code, "8 client-rounds signed by edges" in said) == (0, True), said
