"""Close: who gets what is not paid for deliveries (protocol.md, "Closing"; invariants I-2 and I-5)."""

from cofund.settlement.claiming import Claiming
from cofund.settlement.deadlines import Status
from cofund.settlement.earned import Bought, Earned, pivots_earned, serial_earned
from cofund.settlement.state import require
from cofund.units import ONE, div_down


class Closing(Claiming):
    """The call that closes the campaign."""

    __slots__ = ()

    def close(self, now: int) -> None:
        """Everybody gets the exact part that is theirs; the initiator gets what is then left."""
        require(self.status == Status.TRAINING and self.training_end != 0, "close: still training")
        require(self.is_accepted(now), "close: a round may still be vetoed")
        require(self.may_close(now), "close: not all is delivered yet")
        earned = self.earned()
        delivered = sum(edge.delivered for edge in self.edges)
        penalties = self._penalise()
        compensation = self._judge_edges() + self._judge_coordinator(earned) + self.lost_bonds
        compensation += 0 if delivered else penalties
        self.lost_bonds = 0
        self.compensate(compensation, [owner.charge for owner in self.owners])
        for owner, used, more, back in zip(self.owners, earned.earned, earned.more, earned.back, strict=True):
            owner.refund(owner.charge - used - more + back)
        self.credit[self.terms.sponsor] += self.sponsors(earned)
        self.extra = div_down(sum(earned.more) + penalties, delivered) if delivered else 0
        self.status = Status.CLOSED
        self.dust = self.held() - self.promised()
        self.credit[self.initiator] += self.dust

    def forfeits_bond(self, edge: int) -> bool:
        """Whether an edge loses its bond at closing: it has winners and did not sign for all their rounds itself."""
        account = self.edges[edge]
        return account.winners > 0 and (self.unsigned(edge) or account.stood_in)

    def undelivered(self) -> list[int]:
        """Of every round done, base units of its cost that no client and no edge earned."""
        return [
            sum((e.missing[r] if r < e.up_to_round else e.winners) * e.price for e in self.edges)
            for r in range(self.rounds_done)
        ]

    def earned(self) -> Earned:
        """What the rounds done have earned of every charge, and what of it was not delivered."""
        owners = [Bought(owner.bid or 0, owner.weight, owner.level, owner.charge) for owner in self.owners]
        undelivered, terms = self.undelivered(), self.terms
        if terms.underwritten:
            return pivots_earned(owners, terms.quality, self.slacks, self.round_cost, undelivered)
        spent = (self.round_cost - terms.coordinator_fee) * self.rounds_done - sum(undelivered)
        ended = [at for at, owner in enumerate(self.owners) if self.halted or owner.account in self.vetoed]
        cost = self.round_cost - self.matched()
        return serial_earned(
            owners, terms.goal_table(), terms.quality, cost, self.matched(), undelivered, ended if spent else []
        )

    def lost_by_rounding(self, earned: Earned) -> int:
        """What a goal charged pro rata lacks; the coordinator's bond bears it."""
        return max(0, self.round_cost * self.rounds_done - earned.covered)

    def coordinators(self, earned: Earned) -> tuple[int, int]:
        """What the coordinator gets at closing of its fee and of its bond."""
        fee = self.terms.coordinator_fee * self.rounds_done
        bond = self.terms.coordinator_bond - self.lost_by_rounding(earned)
        return (fee if self.released() else 0), (bond if self.released() and not self.halted else 0)

    def penalty(self, edge: int) -> int:
        """What an edge costs its operator's book for client-rounds that are missing beyond the tolerance."""
        account = self.edges[edge]
        rounds = account.winners * self.rounds_done
        missing = rounds - account.delivered - div_down(self.terms.tolerance * rounds, ONE)
        return min(max(0, missing) * account.price, account.winners * self.terms.book_bond)

    def _penalise(self) -> int:
        """To the clients who delivered: to the owners it would be a reason to bring clients that never do."""
        lost = [self.penalty(edge) for edge in range(len(self.edges))]
        for edge, amount in enumerate(lost):
            if amount:
                self.book_of(edge).penalty += amount
        return sum(lost)

    def sponsors(self, earned: Earned) -> int:
        """What of its lock comes back to the sponsor at closing."""
        return self.sponsor_locked - earned.sponsored + earned.sponsor_back

    def _judge_edges(self) -> int:
        """Bonds back to the edges that signed for their winners; the others' sum."""
        slashed = 0
        for edge, account in enumerate(self.edges):
            if account.bonded and self.forfeits_bond(edge):
                slashed += self.terms.edge_bond
            elif account.bonded:
                self.credit[self.terms.edges[edge].operator] += self.terms.edge_bond
        return slashed

    def _judge_coordinator(self, earned: Earned) -> int:
        """Fee and bond to a coordinator that did its work; what it loses goes to the owners."""
        fee, bond = self.coordinators(earned)
        self.credit[self.terms.coordinator] += fee + bond
        due = self.terms.coordinator_fee * self.rounds_done + self.terms.coordinator_bond
        return due - self.lost_by_rounding(earned) - fee - bond
