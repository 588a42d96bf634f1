"""One campaign at every moment at which somebody has something to do, each on a node and in folders of its own."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_account import Account

from anvil import RICH, Anvil
from cofund.campaign.views import seat_at
from cofund.chain.contract import Contract
from cofund.chain.journal import Journal
from cofund.chain.node import connect
from cofund.roles.winners import settled_layout
from cofund.training.engines.nvflare.kits import TRAINING
from cofund.training.engines.nvflare.layout import dump_layout
from operating import COORDINATOR, EDGES, FLAGS, OWNER
from trained import VETO_S, Interrupted, Listening, Trained, conductor, passing

BID = ("--value", "1500", "--escrow", "1600")
OFFER = ("--edge", "north", "--cost", "4", "--out", "{}/offer.json")


class Sent(Trained):
    """With a keystore for every account: on a node that is nobody's toy there are no bare keys."""

    rpc_url = ""
    owner_ids = "BW-new", "HE-new"

    @property
    def url(self) -> str:
        return self.rpc_url or self.anvil.url

    def keys(self, account: Any) -> list[object]:
        place = self.folder / "keys" / account.address
        if not place.exists():
            place.mkdir(parents=True)
            (place / "keystore").write_text(json.dumps(Account.encrypt(account.key, "x", "pbkdf2", 1000)))
            (place / "password").write_text("x")
        return ["--account", place / "keystore", "--password-file", place / "password", "-y"]

    def flags(self, account: Any, *, agree: bool = True) -> list[object]:
        assert agree
        return ["-r", self.url, "--home", self.home(account), "--terms", self.published, *self.keys(account)]

    def file(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def seals(self) -> None:
        self.did(OWNER, "owner", "bid", *BID)
        for edge in range(2):
            self.signs(edge)

    def books_all(self) -> None:
        self.accept()
        for edge in range(2):
            self.books_clients(edge)

    def opens(self) -> None:
        self.did(OWNER, "owner", "reveal")
        for operator in EDGES:
            self.did(operator, "edge", "open")

    def hands_out_kits(self) -> None:
        """Beside the edges' books, what makes a kit of their folders."""
        with self.desk(COORDINATOR) as desk:
            seen = seat_at(desk.campaign, COORDINATOR.address)
            document = desk.document(seen)
            layout = settled_layout(desk, seen, document, "cloud:1", {"north": "n:1", "south": "s:1"})
        for edge in ("north", "south"):
            (self.folder / edge / "kit.json").write_text(json.dumps({"role": "edge", "name": edge}))
            (self.folder / edge / TRAINING).write_text(dump_layout(layout))

    def trains(self, last: str) -> None:
        """The coordinator goes on until it has sent ``last``."""
        screen = Listening()

        def sent(call: Any, _: Any) -> None:
            if call.note == last:
                raise Interrupted

        screen.sent = sent  # type: ignore[method-assign]
        try:
            conductor(self, screen, passing(self)).run()
        except Interrupted:
            return
        raise AssertionError(last)


def played(parties: Sent, aside: Callable[[], Any]) -> Iterator[str]:
    """The moments in their order; what happens ``aside`` is undone."""
    parties.seals()
    yield "sealing"
    parties.books_all()
    yield "sealed"
    parties.at(2)
    yield "opening"
    parties.opens()
    parties.at(3)
    yield "settling"
    with aside():
        parties.at(5)
        yield "late"
        assert parties.call("cancel")[0] == 0
        yield "cancelled"
    assert parties.call("settle")[0] == 0
    parties.trains("record round 2")
    yield "training"
    with aside():
        parties.node.advance_to(parties.campaign.view("progress")[2])
        yield "silent"
    parties.trains("record round 4")
    parties.node.advance_to(parties.node.now() + VETO_S)
    parties.hands_out_kits()
    yield "signing"
    for edge in range(2):
        parties.sign(edge)
    parties.trains("release models")
    yield "claiming"
    assert parties.call("close")[0] == 0
    yield "closed"


@dataclass
class Moments:
    """Folders and states of a node by moment; a node for each that is looked at."""

    folder: Path
    last: str = "closed"
    """The last moment that is wanted."""
    nodes: ExitStack = field(default_factory=ExitStack)
    states: dict[str, str] = field(default_factory=dict)
    open: dict[str, Sent] = field(default_factory=dict)
    now: str = ""

    def __post_init__(self) -> None:
        self.place = self.folder / "campaign"
        self.place.mkdir()
        with Anvil(FLAGS) as anvil:
            self.first = Sent(anvil, self.place)
            for name in played(self.first, lambda: self.kept(self.first)):
                self.states[name] = anvil.ask("anvil_dumpState")
                shutil.copytree(self.place, self.folder / name)
                self.now = name
                if name == self.last:
                    break

    def at(self, moment: str) -> Sent:
        """The campaign at a moment, as whatever was done there before had not been done."""
        if moment not in self.open:
            anvil = self.nodes.enter_context(Anvil(FLAGS))
            anvil.ask("anvil_loadState", self.states[moment])
            parties = copy(self.first)
            parties.anvil, parties.node = anvil, connect(anvil.url, Journal())
            parties.token = Contract(parties.node, "TestToken", self.first.token.address)
            parties.node.fund([RICH.address])  # and the clock goes on from where it was
            self.open[moment] = parties
        if self.now != moment:
            self.restore(self.folder / moment)
            self.now = moment
        return self.open[moment]

    def restore(self, kept: Path) -> None:
        shutil.rmtree(self.place)
        shutil.copytree(kept, self.place)

    @contextmanager
    def kept(self, parties: Sent) -> Iterator[None]:
        """Whatever is done at the moment where everything is now is undone."""
        before, moment = parties.anvil.ask("evm_snapshot"), self.now
        try:
            yield
        finally:
            parties.anvil.ask("evm_revert", before)
            parties.node.sender.nonces.clear()
            self.restore(self.folder / moment)
            self.now = moment
