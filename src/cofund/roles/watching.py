"""A program that does what is due for one role, in time, until the campaign is over for it.

It keeps nothing in memory that matters: what is due the chain says, what was signed the journal, what is sealed the
account's folder. So it may be killed at any moment and started again, and so may the node.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cofund.errors import CofundError, NodeError
from cofund.roles import collecting
from cofund.roles.automatic import Means, work_of
from cofund.roles.desk import Desk
from cofund.roles.next_actions import next_steps, over
from cofund.roles.snapshot import Snapshot, snapshot

if TYPE_CHECKING:
    from cofund.chain.journal import Mined
    from cofund.roles.desk import Call


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a watcher tells what it does.

    Args:
        sent: a transaction was mined.
        trouble: one line, told once until something else happens.
        seen: the state after every look.
    """

    sent: "Callable[[Call, Mined], None]"
    trouble: Callable[[str], None]
    seen: Callable[[Snapshot], None]


def watch(
    role: str,
    desk: Callable[[], AbstractContextManager[Desk]],
    means: Means,
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
    trouble, started = "", False
    while True:
        try:
            with desk() as opened:
                started = True
                if look(role, opened, means, screen):
                    return True
            trouble = ""
        except CofundError as error:
            if not started and not isinstance(error, NodeError):
                raise
            if str(error) != trouble:
                screen.trouble(str(error))
            trouble = str(error)
        if wait():
            return False


def look(role: str, desk: Desk, means: Means, screen: Screen) -> bool:
    """Do what is due now; whether the campaign is over for the role."""
    while True:
        seen = observe(role, desk)
        screen.seen(seen)
        if over(role, seen):
            return True
        if not _act(role, desk, seen, means, screen):
            return False


def observe(role: str, desk: Desk) -> Snapshot:
    """The account's snapshot; for an edge with the bonds that only the campaign's events show."""
    seen = snapshot(desk.campaign, desk.account.address)
    if role != "edge" or seen.status == "open" or not seen.operated:
        return seen
    return replace(seen, relayed_back=len(collecting.relayed_bonds(desk.campaign, seen, seen.operated, desk.folder)))


def _act(role: str, desk: Desk, seen: Snapshot, means: Means, screen: Screen) -> bool:
    """Send the transactions of the first due step that has any; whether there was one.

    Raises:
        CofundError: of the first step that failed, if no other one had anything to send.
    """
    failed: CofundError | None = None
    for step in (step for step in next_steps(role, seen) if step.alone or step.public):
        try:
            work = work_of(role, step, desk, seen, means)
            if work.calls:
                plan = desk.plan(work)
                work.keep()
                for call, mined in desk.do(work, plan):
                    screen.sent(call, mined)
                return True
        except NodeError:
            raise
        except CofundError as error:
            failed = failed or error
    if failed:
        raise failed
    return False
