"""What the clock allows: phases, ends of windows, calls and bonds whose time has come (protocol.md).

Rules of whatever knows how a campaign stands: its ledger, and what one account sees of it (``campaign.seat``). Times
are seconds since the epoch; ``now`` is the earliest time of the next block.
"""

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cofund.market.terms import Terms
    from cofund.settlement.state import Attempt, BookAccount, EdgeAccount


class Status(StrEnum):
    """Where a campaign stands; the phases before settlement are told apart by the clock."""

    OPEN = "open"
    UNFUNDED = "unfunded"
    CANCELLED = "cancelled"
    TRAINING = "training"
    CLOSED = "closed"


class Clock:
    """The rules; who has them names the state that they look at."""

    __slots__ = ()
    terms: "Terms"
    status: Status
    coordinator_bonded: bool
    sponsor_locked: int
    edges: "Sequence[EdgeAccount]"
    rounds_done: int
    round_deadline: int
    training_end: int
    recorded_at: "Mapping[int, int]"
    attempt: "Attempt | None"
    if TYPE_CHECKING:

        @property
        def models_released(self) -> bool:
            """Whether the coordinator committed to the models' boxes."""
            ...

    def phase_at(self, now: int) -> tuple[str, int | None]:
        """Name of the phase, and when it ends by the clock if it does."""
        terms = self.terms
        ends: tuple[tuple[str, int], ...]
        if self.status == Status.OPEN:
            ends = (("commit", terms.commit_end), ("reveal", terms.reveal_end), ("settle", terms.settle_end))
            over = "not settled in time"
        elif self.status != Status.TRAINING:
            return self.status, None
        elif not self.training_end:
            return "training", self.round_deadline
        else:
            deliveries = (("deliveries", self.sign_end()), ("stand-in deliveries", self.late_end()))
            ends, over = (("last veto window", self.accepted_end()), *deliveries), "ready to close"
        return next(((name, end) for name, end in ends if now < end), (over, None))

    def is_settled(self) -> bool:
        """Whether the market was cleared: prices and winners are fixed."""
        return self.status not in {Status.OPEN, Status.CANCELLED}

    def complete(self) -> bool:
        """Whether the coordinator's bond and the sponsor's money are there; without them nothing opens or settles."""
        return self.coordinator_bonded and self.sponsor_locked == self.terms.sponsorship

    def may_halt(self, now: int) -> bool:
        """Whether a round's time limit has passed."""
        return self.is_training() and self.round_deadline <= now

    def is_training(self) -> bool:
        """Whether rounds are outstanding: the last one is not recorded, and none was vetoed or halted."""
        return self.status == Status.TRAINING and not self.training_end

    def veto_end(self, recorded_at: int) -> int:
        """When nobody can veto any more a round that was recorded at this time."""
        return recorded_at + self.terms.veto_window_s

    def accepted_end(self) -> int:
        """When the last round's veto window ends, once training has ended."""
        return self.veto_end(self.training_end)

    def sign_end(self) -> int:
        """From when only the coordinator's signature is taken, in the place of edges that did not sign."""
        return self.accepted_end() + self.terms.delivery_window_s

    def stands_in(self, now: int) -> bool:
        """Whether the coordinator signs in the operators' place."""
        return bool(self.training_end) and self.sign_end() <= now

    def late_end(self) -> int:
        """From when no root is taken any more, the stand-in's included, and anybody may close."""
        return self.accepted_end() + 2 * self.terms.delivery_window_s

    def may_build(self, number: int) -> int:
        """When a round may be recorded, at the earliest: ``unaccepted`` rounds before it is accepted."""
        before = number - self.terms.unaccepted
        return self.veto_end(self.recorded_at[before]) if before > 0 else 0

    def may_return(self, book: "BookAccount") -> bool:
        """Whether a book's bond can go back now: its operator did its part, or the campaign is cancelled."""
        return self.shown(book) or self.status == Status.CANCELLED

    @staticmethod
    def shown(book: "BookAccount") -> bool:
        """Whether its operator did its part: opened it, or if it stays sealed had it ready for settlement."""
        return book.opened if book.edge is None else not book.void

    def called_absent(self, book: "BookAccount", now: int) -> bool:
        """Whether a book that stays sealed can, and must, be opened now."""
        attempt = self.attempt
        return attempt is not None and book.edge in attempt.absent and not book.opened and now < attempt.until

    def may_confirm(self, now: int) -> bool:
        """Whether an attempt stands whose absent books nobody can open any more."""
        return self.phase_at(now)[0] == "settle" and self.attempt is not None and self.attempt.until <= now

    def last_calls(self) -> int:
        """When books should be called absent, if their operators keep silent: later, not all attempts would fit."""
        operators = len({edge.operator for edge in self.terms.edges})
        return self.terms.settle_end - (operators + 1) * (self.terms.absence_window_s + 1)

    def is_accepted(self, now: int) -> bool:
        """Whether training has ended, the books are open, and nobody can veto any more."""
        return self.status == Status.TRAINING and self.training_end != 0 and self.accepted_end() <= now

    def may_close(self, now: int) -> bool:
        """Whether the books can be closed: all is delivered, or the time for it is over."""
        return self.is_accepted(now) and (self.late_end() <= now or not self.is_pending())

    def is_pending(self) -> bool:
        """Whether models or signatures are missing."""
        return not self.released() or any(self.unsigned(edge) for edge in range(len(self.edges)))

    def released(self) -> bool:
        """Whether the models are out; without a round there is none to release."""
        return self.rounds_done == 0 or self.models_released

    def unsigned(self, edge: int) -> bool:
        """Whether deliveries of this edge's winners are not signed for yet, by anybody."""
        account = self.edges[edge]
        return account.winners > 0 and account.up_to_round < self.rounds_done
