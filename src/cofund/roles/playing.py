"""A campaign whose parties all sit in this process, each at a desk of its own: what they do is what their commands do.

When somebody does something, the table of next actions says: who has a step that is due by itself, or by the script
(``scripted``), takes it; when nobody has anything to do, the clock goes on to the next deadline. So whoever is silent
does nothing, and the rules do the rest. Nothing is remembered but what the parties keep in their folders and the chain
has, so a rehearsal that was interrupted at any moment goes on when it is played again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cofund.campaign.launch import Cast, Launched
from cofund.campaign.onchain import remember
from cofund.campaign.operate import GasPlan
from cofund.campaign.party_ids import ids_by_account
from cofund.campaign.script import Script
from cofund.campaign.sealed_events import applying
from cofund.campaign.seat import Seat, seat_of
from cofund.campaign.watch import Watch
from cofund.campaign.workspace import KITS
from cofund.chain.abi import campaign_events
from cofund.chain.contract import contracts_of
from cofund.chain.sending import GAS_LIMIT
from cofund.roles import models, scripted
from cofund.roles.automatic import TRAINING, WatcherInputs, work_of
from cofund.roles.desk import Call, Desk, Work, account_folder, campaign_folder, nothing_to_keep
from cofund.roles.next_actions import Step, next_steps, over
from cofund.roles.rehearsed_training import TITLE, RehearsedTraining
from cofund.roles.scripted import Parts
from cofund.settlement.ledger import Ledger

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from cofund.campaign.engines import Opening
    from cofund.campaign.inspected import Inspection
    from cofund.campaign.workspace import Workspace
    from cofund.chain.node import Node

TITLES: Final = {
    "commit": "Sealed bids and books",
    "reveal": "Reveal",
    "settle": "Settlement",
    "not settled in time": "Settlement",
    "training": "Money that is not needed",
    "last veto window": "Signed deliveries",
    "deliveries": "Signed deliveries",
    "stand-in deliveries": "Signed deliveries",
    "ready to close": "Signed deliveries",
    "unfunded": "Payments",
    "cancelled": "Payments",
    "closed": "Payments",
}
"""What a watch is told of what is done in a phase besides training, of which ``rehearsed_training`` tells."""


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody with a role.

    Args:
        role: as in the table.
        id: in the script; empty for an office.
        desk: its account's.
        parts: what it does by the script, by action.
    """

    role: str
    id: str
    desk: Desk
    parts: Parts


@dataclass
class PlayedCampaign:
    """A launched campaign and everybody in it.

    Args:
        script: everybody's part.
        cast: everybody's account.
        node: the chain, which nobody else writes to.
        workspace: the campaign's folder.
        launched: the campaign.
        watch: is told how it goes.
        engine: what the bought rounds are trained on.
    """

    script: Script
    cast: Cast
    node: "Node"
    workspace: "Workspace"
    launched: Launched
    watch: Watch
    engine: "Opening"
    parties: list[Player] = field(init=False)
    _ledger: Ledger = field(init=False)
    _found: "list[Inspection]" = field(init=False, default_factory=list)
    _read: int = field(init=False, default=0)
    _title: str = field(init=False, default="")

    def __post_init__(self) -> None:
        """Give everybody a desk."""
        campaign = self.launched.campaign
        self._ledger = Ledger(self.launched.terms, self.cast.initiator.address, self.node.chain_id, campaign.address)
        remember(self.launched.creation, campaign_folder(self.workspace.parties, self.node.chain_id, campaign.address))
        finish(self.node)
        self.parties = list(self._everybody())

    def play(self) -> None:
        """Until it is over for everybody."""
        while self.meanwhile() or self._wait():
            pass

    def meanwhile(self, *, without: str = "") -> bool:
        """Everybody's turn, but that of one role; whether anybody had anything to do."""
        return sum(self._turn(party) for party in self.present() if party.role != without) > 0

    def present(self) -> list[Player]:
        """Everybody but a coordinator that has vanished."""
        lasts = self.script.coordinator_lasts
        gone = lasts is not None and self.ledger().rounds_done >= lasts
        return [party for party in self.parties if not (gone and party.role == "coordinator")]

    def ledger(self) -> Ledger:
        """The books after all transactions so far."""
        contracts = tuple(contracts_of(self.launched.campaign.address))
        for _, mined in self.node.sent()[self._read :]:
            self._read += 1
            events = campaign_events(self.node.logs(mined.hash, *contracts), sealed=self._ledger.terms.sealed)
            applying(self._ledger, mined.timestamp).apply(events)
        return self._ledger

    def seen(self, party: Player) -> Seat:
        """What a party has at stake now."""
        found = seat_of(self.ledger(), self.node.now(), party.desk.account.address)
        return replace(found, model_kept=models.kept(party.desk.folder)) if party.role == "owner" else found

    def sent(self, call: Call) -> None:
        """A transaction was mined."""
        if self._title != TITLE or call.function == "record_round":  # a bar of rounds has no other steps
            self.watch.step(call.note)
        if call.function == "settle":
            ledger, ids = self.ledger(), ids_by_account(self.launched.document)
            levels = {ids[owner.account]: owner.level for owner in ledger.owners}
            winners = sum(offer.winner for offer in ledger.offers)
            self.watch.settled(self.launched.document, levels, winners, ledger.round_cost)

    @property
    def store(self) -> str:
        """URL of where public artifacts go: as announced, or into the campaign's folder."""
        return self.script.store or str(self.workspace.store)

    def books(self, edge: Player) -> Path:
        """Where an edge keeps what it took and handed on: in its kit if it has one, else with its other things."""
        kit = self.workspace.folder / KITS / f"edge-{edge.id}"
        return kit if kit.is_dir() else edge.desk.folder

    def tell(self, title: str, total: int) -> None:
        """Something else begins."""
        if title != self._title:
            self._title = title
            self.watch.phase(title, total)

    def _turn(self, party: Player) -> bool:
        """Whatever a party can do now, one step after the other; whether there was anything."""
        acted = False
        while self._act(party):
            acted = True
        return acted

    def _act(self, party: Player) -> bool:
        """Take the first due step of a party with which there is something to do."""
        seen = self.seen(party)
        return any(self._take(party, step, seen) for step in next_steps(party.role, seen))

    def _take(self, party: Player, step: Step, seen: Seat) -> bool:
        if step.action in TRAINING.get(party.role, ()) and party.role == "coordinator":
            return RehearsedTraining(self, party).turn()
        if step.action in party.parts:
            work = party.parts[step.action](party.desk, seen)
        elif step.alone or step.public:
            work = work_of(party.role, step, party.desk, seen, self._means(party))
        else:
            return False
        return self._do(party.desk, work, seen.phase)

    def _do(self, desk: Desk, work: Work, phase: str) -> bool:
        if not work.calls and work.keep is nothing_to_keep:
            return False
        if phase != "training" or self._title != TITLE:
            self.tell(TITLES[phase], len(self.parties))
        work.keep()
        for call, _ in desk.do(work, GasPlan(len(work.calls), len(work.calls) * GAS_LIMIT)):
            self.sent(call)
        return True

    def _wait(self) -> bool:
        """Let the next deadline pass; False if there is none, or all is over for everybody."""
        seats = [(party.role, self.seen(party)) for party in self.present()]
        if all(over(role, seen) for role, seen in seats):
            return False
        _, seen = seats[0]
        ends = [seen.until or 0, seen.may_build(seen.rounds_done + 1) if seen.is_training() else 0]
        later = [end for end in ends if end > seen.now]
        if later:
            self.node.advance_to(min(later))
        return bool(later)

    def _everybody(self) -> Iterator[Player]:
        """In the order in which they take their turns."""
        cast, at = self.cast, {edge.id: index for index, edge in enumerate(self.script.edges)}
        edges = {edge: self._desk(account) for edge, account in cast.edges.items()}
        boxes = {edge: scripted.means(desk.folder) for edge, desk in edges.items()}
        yield Player("initiator", "", self._desk(cast.initiator), {})
        if self.script.sponsored:
            yield Player("sponsor", "", self._desk(cast.sponsor), scripted.sponsor(self.launched.terms.sponsorship))
        for edge, desk in edges.items():
            yield Player("edge", edge, desk, scripted.edge(boxes[edge]))
        for owner in self.script.owners:
            yield Player("owner", owner.id, self._desk(cast.owners[owner.id]), scripted.owner(owner))
        for each in self.script.clients:
            parts = scripted.client(each, at[each.edge], boxes[each.edge])
            yield Player("client", each.id, self._desk(cast.clients[each.id]), parts)
        yield Player("coordinator", "", self._desk(cast.coordinator), scripted.coordinator())

    def _means(self, party: Player) -> WatcherInputs:
        """What a party's program is given to work with."""
        means = WatcherInputs(store=self.store, push=party.role == "initiator")
        if party.role != "edge":
            return means
        return replace(means, book=scripted.means(party.desk.folder), kits={party.id: self.books(party)})

    def _desk(self, account: "LocalAccount") -> Desk:
        campaign = self.launched.campaign
        place = (self.workspace.parties, self.node.chain_id, campaign.address)
        folder = account_folder(*place, account.address)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        remember(self.launched.creation, folder)
        return Desk(campaign, account, folder, campaign_folder(*place), self.workspace.terms, self._found)


def finish(node: "Node") -> None:
    """Find out what became of what an interrupted run has signed; what is in no block never will be.

    A rehearsal's chain mines a transaction when it gets it. What it does not have, the interrupted run has not sent, or
    it was in blocks that the node has lost since; what is due then is asked of the books.
    """
    for slot in node.journal.open():
        mined = [found for intent in node.journal.attempts[slot] if (found := node.outcome(intent.hash)) is not None]
        if mined:
            node.journal.settle(mined[0])
        else:
            node.journal.cancel(slot)
    node.answered = len(node.journal.intents)
