"""Parties of a campaign that trains: a coordinator's program, edges and clients in this process, a store on disk."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cofund.campaign.edge_results import signer_of
from cofund.campaign.published import publish_releases
from cofund.campaign.release import release_of, seal_model
from cofund.campaign.seat import COURSE
from cofund.campaign.store import box_name
from cofund.campaign.views import seat_at
from cofund.chain.node import connect
from cofund.roles.conducting import Assigned, Conductor
from cofund.roles.desk import Desk, open_desk
from cofund.roles.signing import sign_from_books
from cofund.roles.store_evidence import events, store_of
from cofund.roles.winners import edge_signatures, settled_layout
from cofund.training import checkpoints, edge_books
from cofund.training.edge import EdgeResult
from cofund.training.engine import Answers
from cofund.training.engines.in_process import InProcess
from cofund.training.engines.keeping import kept_result
from cofund.training.tasks.named import campaign_task
from cofund.training.updates import KeptRound
from operating import CLIENTS, COORDINATOR, EDGES, OWNER
from parties import Parties

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
        for edge in range(2):
            self.books_clients(edge)
        self.opens_all()
        assert self.call("settle")[0] == 0
        assert self.progress["rounds"] == 4

    def opens_all(self, operators: Sequence[Any] = EDGES) -> None:
        """Bid and books are opened; then it is the settle phase."""
        self.at(2)
        self.did(OWNER, "owner", "reveal")
        for operator in operators:
            self.did(operator, "edge", "open")
        self.at(3)

    @property
    def progress(self) -> dict[str, int]:
        """Where training stands."""
        return dict(zip(COURSE, self.campaign.view("progress"), strict=True))

    def signs(self, edge: int) -> Path:
        """The client of an edge signs its offer; the folder that it goes to."""
        offers = self.folder / f"offers-{edge}"
        offers.mkdir(exist_ok=True)
        said = ("--edge", ("north", "south")[edge], "--cost", "4", "--out", offers / "offer.json")
        self.did(CLIENTS[edge], "client", "offer", *said)
        return offers

    def books_clients(self, edge: int) -> None:
        """The client of an edge signs, and its edge seals."""
        self.did(EDGES[edge], "edge", "book", "--offers", self.signs(edge), "--once")

    @contextmanager
    def desk(self, account: Any) -> Iterator[Desk]:
        with open_desk(connect(self.anvil.url), account, self.address, self.home(account)) as desk:
            yield desk

    def assigned(self) -> Assigned:
        with self.desk(COORDINATOR) as desk:
            seen = seat_at(desk.campaign, COORDINATOR.address)
            document = desk.document(seen)
            layout = settled_layout(desk, seen, document, "cloud:1", {"north": "n:1", "south": "s:1"})
            found = campaign_task("air-quality")
            data = found.federation(list(STATIONS))
            federation = replace(layout.federation, data=data.data, validation=data.validation)
            signatures, store = edge_signatures(desk, seen, document), store_of(desk)
        task, plan = found.task(layout.plan), replace(layout.plan, timeout=None)
        return Assigned(task, plan, federation, signatures, document, self.folder / "kit", store)

    def sign(self, edge: int) -> None:
        with self.desk(EDGES[edge]) as desk:
            seen = seat_at(desk.campaign, EDGES[edge].address)
            kit, store = self.folder / ("north", "south")[edge], store_of(desk)
            work = sign_from_books(desk, seen, edge, desk.document(seen), kit, store)
            work.keep()
            desk.do(work, desk.plan(work))

    def release(self, level: int) -> None:
        """The coordinator gives the owner the model of a round, whatever it bought."""
        model = checkpoints.load(checkpoints.path_of(self.folder / "kit" / "rounds", level)).model
        with self.desk(COORDINATOR) as desk:
            key = next(event.arguments["encryption_key"] for event in events(desk) if event.name == "BidCommitted")
            store, box = store_of(desk), seal_model(model, key)
        release = release_of(OWNER.address, level, box)
        store.put(box_name(OWNER.address), box)
        publish_releases(store, [release])
        self.campaign.send(COORDINATOR, "release", "release_models", [release.digest])

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


def passing(parties: Trained, *edges: int) -> Callable[[], bool]:
    """Half an hour passes at every pause; edges of these numbers sign when they can."""

    def wait() -> bool:
        parties.node.advance_to(parties.node.now() + 1800)
        for edge in edges:
            state = parties.campaign.view("edge", edge)[1]
            ended = parties.progress["training_end"]
            if ended and ended + VETO_S < parties.node.now() and not state[2]:
                parties.sign(edge)
        return False

    return wait
