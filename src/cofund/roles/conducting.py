"""The coordinator at work: train the rounds that were bought, record each, release the models, close the books.

Nothing that matters is in memory only: rounds are checkpoints in the kit before they are recorded, what is signed is in
the account's journal before it is sent, what is left to do the chain says. So the coordinator may be killed at any
moment, and the node may be away for a while.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from cofund.campaign.edge_results import Signatures, SignedOnly
from cofund.campaign.seat import Seat
from cofund.campaign.store import Store
from cofund.campaign.views import seat_at
from cofund.errors import CheckFailed, NodeError
from cofund.roles import recording
from cofund.roles.desk import Desk, Work
from cofund.roles.duties import ENDED, may_record, trains
from cofund.roles.watching import pause, tried
from cofund.training import checkpoints, updates
from cofund.training.engine import Engine
from cofund.training.engines.keeping import Keeping
from cofund.training.engines.nvflare.roles import present
from cofund.training.hierfavg import Round, require_delivered, train_rounds

if TYPE_CHECKING:
    from cofund.chain.journal import Mined
    from cofund.roles.desk import Call
    from cofund.training.plan import Federation, Plan
    from cofund.training.task import Task

ROUNDS: Final = "rounds"
UPDATES: Final = "updates"
BOXES: Final = "release"
REFUSALS: Final = 3
ATTEMPTS: Final = 3
"""How often a round is trained to which nobody delivers; who cannot be reached is waited for before each of them."""
Make = Callable[[Desk, Seat], Work]
"""The work that is left of one kind."""


class ConductorScreen(Protocol):
    """Where the coordinator tells what it does."""

    def sent(self, call: "Call", mined: "Mined") -> None:
        """A transaction was mined."""

    def trouble(self, line: str) -> None:
        """Something does not work yet, and will be tried again."""

    def seen(self, seen: Seat) -> None:
        """A look at the chain."""

    def round(self, finished: Round) -> None:
        """A round is trained."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """The training that was settled.

    Args:
        task: what is learnt.
        plan: for the rounds that were bought.
        federation: the cohort under its edges.
        signatures: whose results are taken; None if the engine itself takes only what edges signed, or has no edges.
        document: the published terms.
        kit: folder of the coordinator's kit.
        store: for what is public.
        rounds: name of the folder in the kit with its checkpoints.
    """

    task: "Task"
    plan: "Plan"
    federation: "Federation"
    signatures: Signatures | None
    document: dict[str, Any]
    kit: Path
    store: Store
    rounds: str = ROUNDS


@dataclass
class Conductor:
    """A coordinator at one campaign.

    Args:
        desk: opens the account's desk, which finishes first what an interrupted run has signed.
        assigned: what to train.
        engine: starts what reaches the edges.
        screen: to tell about it.
        wait: a pause between two looks; True if somebody wants it to end.
        home: where traces of faults are kept, None to keep none.
        look: where the campaign stands.
        patient: whether what fails is told and tried again; if not, it is raised.
    """

    desk: Callable[[], AbstractContextManager[Desk]]
    assigned: Assigned
    engine: Callable[[], AbstractContextManager[Engine]]
    screen: ConductorScreen
    wait: Callable[[], bool]
    trained: list[Round] = field(default_factory=list)
    fruitless: int = 0
    home: Path | None = None
    look: Callable[[Desk], Seat] = field(default_factory=lambda: _looked)
    patient: bool = True

    def run(self) -> bool:
        """Until the campaign is over for the coordinator; whether it is.

        Raises:
            CheckFailed: the chain has other rounds than the kit, or nobody delivers to a round after ``ATTEMPTS``.
        """
        seen = self.begin()
        while seen is not None and not self._is_over(seen):
            if self._is_to_train(seen):  # not only at first: a node that lags, or blocks that are dropped
                seen = self._train_all(seen)
            elif self.wait():
                return False
            else:
                seen = self._do(*self._left())
        return seen is not None

    def turn(self) -> None:
        """Do what can be done now: train what is wanted, then what is left of one kind.

        Raises:
            CheckFailed: as ``run``.
        """
        seen = self.begin()
        if seen is not None and self._is_to_train(seen):
            seen = self._train_all(seen)
        if seen is not None:
            self._do(*self._left())

    def begin(self) -> Seat | None:
        """Record what an interrupted run has trained; the first look, None if somebody wants it to end."""
        self.trained = checkpoints.load_all(self.assigned.kit / self.assigned.rounds)
        return self._record()

    def _train_all(self, seen: Seat | None) -> Seat | None:
        """All rounds that are wanted; the last look at the chain."""
        gathered = False
        with self.engine() as engine:
            while seen is not None and self._is_wanted(seen):
                if self._is_to_train(seen):
                    if not gathered:  # only at first: who leaves later holds up nobody
                        self._wait_for_everybody(engine, seen)
                    seen = self._train(engine)
                    gathered = self.fruitless == 0
                else:
                    seen = None if self.wait() else self._record()
        return seen

    def _is_wanted(self, seen: Seat) -> bool:
        """Whether another round is wanted, and there is time for it."""
        return trains(seen) and len(self.trained) < self.assigned.plan.rounds

    def _is_to_train(self, seen: Seat) -> bool:
        """Whether it is to be trained now: not upon more rounds that may still be vetoed than the terms say."""
        return self._is_wanted(seen) and len(self.trained) <= seen.rounds_done and may_record(seen)

    def _train(self, engine: Engine) -> Seat | None:
        """Round by round, until one to which nobody delivers; the last look at the chain."""
        assigned, kit = self.assigned, self.assigned.kit
        signed = engine if assigned.signatures is None else SignedOnly(engine, assigned.signatures)
        keeping = Keeping(signed)
        start = (self.trained[-1].number, self.trained[-1].model) if self.trained else None
        seen = None
        for finished in train_rounds(assigned.task, keeping, assigned.federation, assigned.plan, start):
            try:
                require_delivered(finished)
            except CheckFailed as nobody:
                return self._again(nobody)
            self.fruitless = 0
            updates.save(kit / UPDATES, keeping.taken(finished.number, finished.model, finished.deliveries))
            checkpoints.save(kit / assigned.rounds, finished)
            self.trained.append(finished)
            self.screen.round(finished)
            seen = self._record()
            if seen is None or not self._is_to_train(seen):
                break
        return seen

    def _again(self, nobody: CheckFailed) -> Seat | None:
        """A pause before a round to which nobody delivered is tried again; the last look, None if it is to end.

        Raises:
            CheckFailed: it was tried often enough: the same steps are refused for the same reason every time.
        """
        self.fruitless += 1
        if not self.patient:
            raise nobody
        if self.fruitless == ATTEMPTS:
            raise CheckFailed(
                f"{nobody} It was tried {ATTEMPTS} times. Rounds before it are kept; once it is mended, the same "
                "command goes on with it, within its time limit"
            )
        self.screen.trouble(f"{nobody} It is tried again")
        return None if pause(self.wait, self.fruitless) else self._do()

    def _record(self) -> Seat | None:
        """Record all rounds that are trained; the last look, None if somebody wants it to end."""
        while True:
            seen = self._do(lambda desk, seen: recording.record(desk, seen, self.trained, self.assigned.store))
            if seen is None or not seen.is_training() or seen.rounds_done >= len(self.trained):
                return seen
            if seen.may_halt(seen.now):
                self.screen.trouble(f"round {seen.rounds_done + 1}: its time limit has passed; anybody may halt now")
                return seen
            if not may_record(seen) and self.wait():
                return None

    def _left(self) -> tuple[Make, ...]:
        """What is left after training, in this order."""
        assigned, trained = self.assigned, self.trained
        return (
            lambda desk, seen: recording.record(desk, seen, trained, assigned.store),
            lambda desk, seen: recording.release(desk, seen, trained, assigned.store, assigned.kit / BOXES),
            lambda desk, seen: recording.stand_in(desk, seen, trained, assigned.document, assigned.store),
            recording.close,
        )

    def _do(self, *makes: Make) -> Seat | None:
        """Send the first work that there is and look again; None if somebody wants it to end.

        Whatever fails is said once and tried again: a bond hangs on it.

        Raises:
            CheckFailed: the chain has other rounds than the kit.
        """
        return tried(
            self.desk,
            lambda desk: self._sent(desk, makes),
            self.screen.trouble,
            self.wait,
            self.home,
            passes=lambda error: self.patient and not isinstance(error, CheckFailed),
            refusals=REFUSALS,
        )

    def _sent(self, desk: Desk, makes: Sequence[Make]) -> Seat:
        """Send the first work that there is; one that cannot be done does not keep the others from being done."""
        seen, failed = self.look(desk), None
        self.screen.seen(seen)
        for make in makes:
            try:
                if desk.carry_out(make(desk, seen), self.screen.sent):
                    return self.look(desk)
            except (NodeError, CheckFailed):
                raise
            except Exception as error:  # raised below, if nothing else could be done
                if desk.node.journal.open():
                    raise
                failed = failed or error
        if failed is not None:
            raise failed
        return seen

    def _wait_for_everybody(self, engine: Engine, seen: Seat) -> None:
        """Wait until all clients can be reached, for at most half of the time that is left for the next round."""
        until, missing = (seen.now + (seen.until or 0)) // 2, list(self.assigned.federation.clients)
        said = ""
        while missing:
            found, failures = engine.call(missing, present, None)
            missing = [client for client in missing if client not in found]
            if missing and said != (said := f"waiting for {', '.join(missing)}: {failures[missing[0]]}"):
                self.screen.trouble(said)
            looked = self._do()
            if looked is None or looked.now >= until or not looked.is_training():
                return

    def _is_over(self, seen: Seat) -> bool:
        return seen.status in ENDED and not seen.withdrawable


def _looked(desk: Desk) -> Seat:
    """Where the campaign stands; that it was one is known, so it is the node if it does not answer as one now."""
    try:
        return seat_at(desk.campaign, desk.account.address)
    except CheckFailed as error:
        raise NodeError(str(error)) from error
