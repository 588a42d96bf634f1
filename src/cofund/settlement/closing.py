"""Close: who gets what is not paid for deliveries (protocol.md, "Closing"; invariants I-2 and I-5)."""

from dataclasses import dataclass

from cofund.settlement.claiming import Claiming
from cofund.settlement.deadlines import Status
from cofund.settlement.earned import pivots_earned, shares_earned
from cofund.settlement.state import require


@dataclass(frozen=True, slots=True)
class Spending:
    """What the rounds done cost and who bears it, base units.

    Attributes:
        earned: part of each owner's charge.
        sponsored: the sponsor's part.
        lost_by_rounding: what a goal charged pro rata lacks; the coordinator's bond bears it.
    """

    earned: tuple[int, ...]
    sponsored: int
    lost_by_rounding: int

    @property
    def covered(self) -> int:
        """What owners and sponsor pay together."""
        return sum(self.earned) + self.sponsored


class Closing(Claiming):
    """The call that closes the books."""

    __slots__ = ()

    def close(self, now: int) -> None:
        """Everybody gets the exact part that is theirs; the initiator gets what is then left."""
        require(self.status == Status.TRAINING and self.training_end != 0, "close: still training")
        require(self.is_accepted(now), "close: a round may still be vetoed")
        require(self.may_close(now), "close: not all is delivered yet")
        spending = self.spending()
        compensation = self._judge_edges() + self._judge_coordinator(spending) + self.lost_bonds
        self.lost_bonds = 0
        self._return_to_owners(spending, compensation)
        self.credit[self.terms.sponsor] += self.sponsors(spending)
        self.status = Status.CLOSED
        self.dust = self.held() - self.promised()
        self.credit[self.initiator] += self.dust

    def forfeits_bond(self, edge: int) -> bool:
        """Whether an edge loses its bond at closing: it has winners and did not sign for all their rounds itself."""
        account = self.edges[edge]
        return account.winners > 0 and (self.unsigned(edge) or account.stood_in)

    def undelivered(self) -> int:
        """Base units of round cost that no client and no edge earned."""
        return sum((e.winners * self.rounds_done - e.delivered) * e.price for e in self.edges)

    def earned(self) -> list[int]:
        """Base units of each owner's charge that the rounds done have earned."""
        levels, done = [owner.level for owner in self.owners], self.rounds_done
        if self.terms.underwritten:
            return pivots_earned([o.bid or 0 for o in self.owners], levels, self.terms.quality, self.slacks, done)
        weights, cost = [owner.weight for owner in self.owners], self.round_cost - self.matched()
        return shares_earned(weights, levels, self.terms.goal, cost, done)

    def spending(self) -> Spending:
        """How the cost of the rounds done is borne."""
        earned, due = tuple(self.earned()), self.round_cost * self.rounds_done
        sponsored = due - sum(earned) if self.terms.underwritten else self.matched() * self.rounds_done
        return Spending(earned, sponsored, max(0, due - sum(earned) - sponsored))

    def coordinators(self, spending: Spending) -> tuple[int, int]:
        """What the coordinator gets at closing of its fee and of its bond."""
        fee = self.terms.coordinator_fee * self.rounds_done
        bond = self.terms.coordinator_bond - spending.lost_by_rounding
        return (fee if self.released() else 0), (bond if self.released() and not self.halted else 0)

    def sponsors(self, spending: Spending) -> int:
        """What of its lock comes back to the sponsor at closing."""
        back = self.sponsor_locked - spending.sponsored
        return back + (self.undelivered() * spending.sponsored // spending.covered if spending.covered else 0)

    def _judge_edges(self) -> int:
        """Bonds back to the edges that signed for their winners; the others' sum."""
        slashed = 0
        for edge, account in enumerate(self.edges):
            if account.bonded and self.forfeits_bond(edge):
                slashed += self.terms.edge_bond
            elif account.bonded:
                self.credit[self.terms.edges[edge].operator] += self.terms.edge_bond
        return slashed

    def _judge_coordinator(self, spending: Spending) -> int:
        """Fee and bond to a coordinator that did its work; what it loses goes to the owners."""
        fee, bond = self.coordinators(spending)
        self.credit[self.terms.coordinator] += fee + bond
        due = self.terms.coordinator_fee * self.rounds_done + self.terms.coordinator_bond - spending.lost_by_rounding
        return due - fee - bond

    def _return_to_owners(self, spending: Spending, compensation: int) -> None:
        undelivered = self.undelivered()
        self.compensate(compensation)
        for owner, earned in zip(self.owners, spending.earned, strict=True):
            owner.refund(owner.charge - earned)
            owner.refund(undelivered * earned // spending.covered if spending.covered else 0)
