"""A coordinator that is interrupted after every step records, releases and closes everything once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from anvil import Anvil
from cofund.campaign.delivery_rows import load_deliveries
from cofund.campaign.published import publish_deliveries, read_round
from cofund.campaign.store import Store
from cofund.campaign.views import seat_at
from cofund.errors import CheckFailed, InputError
from cofund.roles.signing import accepted_rounds
from cofund.roles.store_evidence import events, store_of
from cofund.training import edge_books
from cofund.training.deliveries import leaf
from cofund.training.engine import Answers
from operating import CLIENTS, COORDINATOR, EDGES, FLAGS, OWNER, cofund
from trained import VETO_S, Interrupted, Listening, Signing, Trained, conductor, passing

pytestmark = pytest.mark.node


@pytest.fixture
def parties(tmp_path: Path) -> Iterator[Trained]:
    with Anvil(FLAGS) as anvil:
        found = Trained(anvil, tmp_path)
        found.settle()
        yield found


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
    assert parties.campaign.view("edge", 1)[1][8] is True, "the coordinator signed for the edge that did not"
    assert parties.campaign.view("edge", 0)[1][8] is False
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
            signed.append(parties.deliver(1, {0: (CLIENTS[1], 0b1)}, 1))  # and publishes nothing of it
            assert parties.campaign.view("edge", 1)[1][2] == 1
        return north()

    assert conductor(parties, Listening(), wait).run()
    assert signed
    counts = [parties.campaign.view("edge", at)[1] for at in range(2)]
    assert [(edge[2], edge[3], edge[8]) for edge in counts] == [(4, 4, False), (4, 4, True)]


def test_an_edge_signs_no_round_that_can_still_be_vetoed(parties: Trained) -> None:
    """A veto would take back what it signed for: of two recorded rounds only the first one's window is over."""
    for number in (1, 2):
        parties.campaign.send(COORDINATOR, "round", "record_round", number, bytes(32), bytes(32), 0)
        parties.node.advance_to(parties.campaign.view("recorded_at", number) + (VETO_S if number == 1 else VETO_S - 60))
    with parties.desk(EDGES[0]) as desk:
        assert accepted_rounds(desk, seat_at(desk.campaign, EDGES[0].address)) == 1


def test_a_model_of_fewer_rounds_than_were_bought_is_not_taken(parties: Trained) -> None:
    """The coordinator commits to it and its digest is on chain: only the number of rounds is another one."""
    edges, released = passing(parties, 0, 1), []

    def wait() -> bool:
        going_on, ended = edges(), parties.progress["training_end"]
        if not released and ended and ended + VETO_S <= parties.node.now():
            released.append(parties.release(3))
        return going_on

    assert conductor(parties, Listening(), wait).run()
    assert released
    mine = ("-r", parties.anvil.url, "--home", parties.home(OWNER))
    code, said = cofund("owner", "model", parties.address, *mine)
    assert (code, "bought 4 rounds, the coordinator released 3" in said) == (1, True), said


def test_an_edge_that_signed_another_clients_place_is_named(parties: Trained) -> None:
    """The root binds places only: whose they are the chain says."""
    south = passing(parties, 1)

    def wait() -> bool:
        ended = parties.progress["training_end"]
        if ended and ended + VETO_S < parties.node.now() and not parties.campaign.view("edge", 0)[1][2]:
            publish_deliveries(store_at(parties), load_deliveries(signed_wrongly(parties), *parties.place))
        return south()

    assert conductor(parties, Listening(), wait).run()
    code, said = verified(parties)
    assert (code, "deliveries of edge north: place 0 is that of DEBB053, not of DENI019" in said) == (1, True), said


def signed_wrongly(parties: Trained) -> Path:
    return parties.deliver(0, {0: (CLIENTS[1], 0b1111)}, 4)


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
    assert parties.progress["rounds_done"] == 2
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
        replace(right, assigned=wrong, screen=screen, wait=passing(parties)).run()
    assert [line.endswith("It is tried again") for line in screen.troubles] == [True, True]
    assert parties.recorded() == [1, 2]
    assert right.run()
    assert parties.recorded() == [1, 2, 3, 4]
    assert [parties.campaign.view("edge", at)[1][3] for at in range(2)] == [4, 4]


@dataclass
class Leaving(Signing):
    """Whether anybody is there is told once; afterwards a client of the south is away."""

    asked: int = 0

    def call(
        self, members: Sequence[str], function: Callable[[str, Any], Any], payload: Any, timeout: float | None = None
    ) -> Answers:
        self.asked += payload is None
        away = {"DENI019": "away"} if payload is None and self.asked > 1 else {}
        found, failures = super().call([one for one in members if one not in away], function, payload, timeout)
        return found, failures | away


def test_who_leaves_between_rounds_that_wait_for_vetoes_holds_up_nobody(parties: Trained) -> None:
    """The coordinator waited for all clients before every round, for half of the time that was left."""
    engine, screen = Leaving(parties), Listening()
    assert conductor(parties, screen, passing(parties, 0, 1), engine).run()
    assert (parties.recorded(), engine.asked, screen.troubles) == ([1, 2, 3, 4], 1, [])


class Uninvited(Trained):
    """A third client wins a place, which the terms do not name."""

    def toml(self) -> str:
        return super().toml().replace("\ncohort = 2", "\ncohort = 3")

    def settle(self) -> None:
        self.accept()
        self.did(OWNER, "owner", "bid", "--value", "1500", "--escrow", "1600")
        north = self.signs(0)
        self.did(CLIENTS[2], "client", "offer", "--edge", "north", "--cost", "4", "--out", north / "uninvited.json")
        self.did(EDGES[0], "edge", "book", "--offers", north, "--anybody", "--once")
        self.books_clients(1)
        self.opens_all()
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
