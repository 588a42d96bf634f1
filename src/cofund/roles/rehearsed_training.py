"""The coordinator of a rehearsal at work: a round a day, while everybody else does what is due."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cofund.campaign.engines import Assignment
from cofund.campaign.launch import DAY_S
from cofund.campaign.party_ids import ids_by_account
from cofund.campaign.store import Store
from cofund.campaign.tasks import plan_of
from cofund.campaign.workspace import CHECKPOINTS, KITS
from cofund.roles.conducting import Assigned, Conductor
from cofund.training import edge_books
from cofund.training.edge import EdgeResult
from cofund.training.engine import Engine
from cofund.training.engines.observing import ObservedEngine
from cofund.training.returned import asked
from cofund.training.tasks.named import campaign_task

if TYPE_CHECKING:
    from cofund.campaign.seat import Seat
    from cofund.chain.journal import Mined
    from cofund.roles.desk import Call
    from cofund.roles.playing import PlayedCampaign, Player
    from cofund.training.hierfavg import Round

TITLE = "Training"


@dataclass
class RehearsedTraining:
    """What a conductor tells, and what goes on meanwhile."""

    rehearsal: "PlayedCampaign"
    party: "Player"
    finished: "list[Round]" = field(default_factory=list)

    def turn(self) -> bool:
        """Train and record what is wanted, or what is left after that; whether there was anything to send."""
        rehearsal, desk = self.rehearsal, self.party.desk
        before = len(rehearsal.node.journal.intents)
        assigned, assignment = self._assigned()
        Conductor(
            desk=lambda: nullcontext(desk),
            assigned=assigned,
            engine=lambda: self._engine(assignment),
            screen=self,
            wait=self._wait,
            look=lambda _: rehearsal.seen(self.party),
            patient=False,
        ).turn()
        return len(rehearsal.node.journal.intents) > before

    def _wait(self) -> bool:
        """Until the next round may be built upon those that are recorded."""
        rehearsal = self.rehearsal
        rehearsal.meanwhile(without=self.party.role)
        ledger = rehearsal.ledger()
        rehearsal.node.advance_to(ledger.may_build(ledger.rounds_done + 1))
        return False

    def sent(self, call: "Call", mined: "Mined") -> None:
        """See ``conducting.ConductorScreen``."""
        del mined
        self.rehearsal.sent(call)
        if call.function == "record_round" and self.finished:
            self.rehearsal.watch.round(self.finished.pop())

    def trouble(self, line: str) -> None:
        """See ``conducting.ConductorScreen``; what keeps a rehearsal from going on is raised."""

    def seen(self, seen: "Seat") -> None:
        """See ``conducting.ConductorScreen``."""

    def round(self, finished: "Round") -> None:
        """See ``conducting.ConductorScreen``; it is recorded a day after the one before it."""
        self.finished.append(finished)
        self.rehearsal.meanwhile(without=self.party.role)
        ledger = self.rehearsal.ledger()
        self.rehearsal.node.advance_to(ledger.round_deadline - ledger.terms.round_limit_s + DAY_S)

    def _assigned(self) -> tuple[Assigned, Assignment]:
        rehearsal = self.rehearsal
        script, launched, workspace = rehearsal.script, rehearsal.launched, rehearsal.workspace
        ledger, ids = rehearsal.ledger(), ids_by_account(launched.document)
        training = launched.document["training"]
        plan = plan_of(training, min(ledger.rounds, script.coordinator_lasts or ledger.rounds))
        found = campaign_task(training["task"])
        federation = asked(found.federation, [ids[offer.client] for offer in ledger.offers if offer.winner])
        assigned = Assigned(
            task=asked(found.task, plan),
            plan=plan,
            federation=federation,
            signatures=None,
            document=launched.document,
            kit=workspace.folder,
            store=Store(rehearsal.store),
            rounds=CHECKPOINTS,
        )
        return assigned, Assignment(
            folder=workspace.folder,
            task=training["task"],
            plan=plan,
            federation=federation,
            outages=script.outages,
            chain_id=rehearsal.node.chain_id,
            campaign=launched.campaign.address,
            edges=rehearsal.cast.edges,
            watch=rehearsal.watch,
        )

    @contextmanager
    def _engine(self, assignment: Assignment) -> Iterator[Engine]:
        """What the rehearsal trains on; edges without kits note who delivered all the same."""
        with self.rehearsal.engine(assignment) as carrying:
            self.rehearsal.tell(TITLE, assignment.plan.rounds)
            yield carrying if (assignment.folder / KITS).is_dir() else ObservedEngine(carrying, self._keep_books)

    def _keep_books(self, function: Any, payload: Any, answers: Any) -> None:
        del function
        folders = {party.id: party.desk.folder for party in self.rehearsal.parties if party.role == "edge"}
        for edge, result in answers.items():
            if isinstance(result, EdgeResult):
                edge_books.keep_deliveries(folders[edge], payload.round, result.deliveries)
