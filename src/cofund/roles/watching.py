"""A program that does what is due for one role, in time, until the campaign is over for it.

It keeps nothing in memory that matters: what is due the chain says, what was signed the journal, what is sealed the
account's folder. So it may be killed at any moment and started again, and so may the node. Nor does anything else end
it but its end or somebody's wish: what fails is said in one line and tried again.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from cofund.campaign.seat import Seat
from cofund.campaign.views import seat_at
from cofund.chain.patience import looked_again
from cofund.errors import NodeError, Reverted
from cofund.roles import automatic, early, faults, models
from cofund.roles.automatic import WatcherInputs, work_of
from cofund.roles.desk import Desk
from cofund.roles.next_actions import Step, next_steps, over
from cofund.roles.opened import offers_of

if TYPE_CHECKING:
    from cofund.chain.journal import Mined
    from cofund.roles.desk import Call

T = TypeVar("T")
LONGEST_PAUSE: Final = 8
"""Polls between two looks while one after the other fails; it doubles until then."""


def ignore(line: str) -> None:
    """Nobody wants to know."""
    del line


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a watcher tells what it does.

    Args:
        sent: a transaction was mined.
        trouble: one line about what failed and will be tried again, told once until it has passed.
        seen: the state after every look.
        warning: one line about what somebody has to do, or should know; told once until it has passed.
        done: one line about what was done without a transaction; likewise.
    """

    sent: "Callable[[Call, Mined], None]"
    trouble: Callable[[str], None]
    seen: Callable[[Seat], None]
    warning: Callable[[str], None] = ignore
    done: Callable[[str], None] = ignore


@dataclass(slots=True)
class Once:
    """Tells a line when it comes up, and again only after a look without it."""

    tell: Callable[[str], None]
    before: set[str] = field(default_factory=set)
    now: set[str] = field(default_factory=set)

    def __call__(self, line: str) -> None:
        """See above."""
        if line not in self.before | self.now:
            self.tell(line)
        self.now.add(line)

    def looked(self) -> None:
        """A look is over."""
        self.before, self.now = self.now, set()


def watch(
    role: str,
    desk: Callable[[], AbstractContextManager[Desk]],
    means: WatcherInputs,
    screen: Screen,
    wait: Callable[[], bool],
) -> bool:
    """Follow a campaign until it is over for the role; whether it is.

    Args:
        role: whose actions.
        desk: opens the account's desk, which finishes first what an interrupted run has signed.
        means: what the role was given to work with.
        screen: to tell about it.
        wait: a pause between two looks; True if somebody wants it to end.

    Raises:
        CofundError: if the desk cannot be opened the first time, unless the node does not answer: that is waited for.
    """
    trouble, warning, done = Once(screen.trouble), Once(screen.warning), Once(screen.done)
    screen, started, failures = replace(screen, trouble=trouble, warning=warning, done=done), False, 0
    while True:
        try:
            with desk() as opened:
                started = True
                if look(role, opened, means, screen):
                    return True
            failures = 0
        except Exception as error:  # whatever it is, a bond hangs on the next look
            if not started and not faults.may_pass(error):
                raise
            failures += 1
            trouble(faults.line(error, means.home))
        for told in (trouble, warning, done):
            told.looked()
        if pause(wait, failures):
            return False


def tried(
    desk: Callable[[], AbstractContextManager[Desk]],
    work: Callable[[Desk], T],
    trouble: Callable[[str], None],
    wait: Callable[[], bool],
    home: Path | None,
    passes: Callable[[Exception], bool] = faults.may_pass,
    refusals: int = 0,
) -> T | None:
    """Do something at a desk, again and again until it is done; None if somebody wants it to end.

    Args:
        desk: opens it.
        work: what is done.
        trouble: told once of what failed.
        wait: a pause; True if somebody wants it to end.
        home: where traces of faults are kept, None to keep none.
        passes: whether trying again may help after this error.
        refusals: how many of the contract's refusals before this are not told: somebody else's call came first.

    Raises:
        CofundError: of what trying again does not help.
    """
    once, failures = Once(trouble), 0
    while True:
        try:
            with desk() as opened:
                return work(opened)
        except Exception as error:
            if not passes(error):
                raise
            failures += 1
            if not isinstance(error, Reverted) or failures >= refusals:
                once(faults.line(error, home))
        if pause(wait, failures):
            return None


def pause(wait: Callable[[], bool], failures: int) -> bool:
    """Wait for one poll, or after failures in a row for more; whether somebody wants it to end."""
    return any(wait() for _ in range(min(2 ** max(failures - 1, 0), LONGEST_PAUSE)))


def look(role: str, desk: Desk, means: WatcherInputs, screen: Screen) -> bool:
    """Do what is due now; whether the campaign is over for the role."""
    while True:
        seen = looked_again(lambda: observe(role, desk), lambda found: not over(role, found))  # no look comes after it
        screen.seen(seen)
        steps, ended = next_steps(role, seen), over(role, seen)
        _tell(role, desk, seen, steps, means, screen)
        if ended:
            steps = [step for step in steps if step.local]
        if not _act(role, desk, seen, steps, means, screen) or ended:
            return ended


def observe(role: str, desk: Desk) -> Seat:
    """The account's seat, with what only the campaign's events or the account's folder show."""
    seen = replace(seat_at(desk.campaign, desk.account.address), model_kept=models.kept(desk.folder))
    return replace(seen, offers=offers_of(desk, seen)) if role == "client" and seen.phase != "commit" else seen


def _tell(role: str, desk: Desk, seen: Seat, steps: list[Step], means: WatcherInputs, screen: Screen) -> None:
    """Have trained what is due, and warn of what may come too late; neither may keep the role from its calls."""
    training, opening = partial(automatic.train, role, steps, means), partial(early.warnings, role, desk, seen, means)
    for lines in (training, opening):
        try:
            for line in lines():
                screen.warning(line)
        except NodeError:
            raise
        except Exception as error:  # noqa: BLE001 - see above
            screen.trouble(faults.line(error, means.home))


def _act(role: str, desk: Desk, seen: Seat, steps: list[Step], means: WatcherInputs, screen: Screen) -> bool:
    """Send the transactions of the first due step that has any; whether there was one.

    A step that fails is told, and does not keep the others from being taken, unless something of it was signed: that
    has to be mined first.
    """
    for step in (step for step in steps if step.alone or step.public):
        try:
            work = work_of(role, step, desk, seen, means)
            for line in work.says:
                screen.warning(line)
            for line in work.done:
                screen.done(line)
            if desk.carry_out(work, screen.sent):
                return True
        except NodeError:
            raise
        except Exception as error:  # a bad file or a full disk must not hold up the other steps
            if desk.node.journal.open():
                raise
            screen.trouble(faults.line(error, means.home))
    return False
