"""Training: rounds recorded and vetoed, a halt, signed deliveries, the release (protocol.md, "Life of a campaign")."""

from cofund.settlement.clearing import Clearing
from cofund.settlement.deadlines import Status
from cofund.settlement.state import require


class Recording(Clearing):
    """The calls of a funded campaign until its books close."""

    __slots__ = ()

    def record_round(self, now: int, sender: str, number: int) -> None:
        """The coordinator records the next round in time."""
        require(sender == self.terms.coordinator, "record: not the coordinator")
        require(self.is_training(), "record: not training")
        require(now < self.round_deadline, "record: past the round's time limit")
        require(number == self.rounds_done + 1, "record: not the next round")
        self.rounds_done, self.recorded_at[number] = number, now
        self.round_deadline = now + self.terms.round_limit_s
        if number == self.rounds:
            self.training_end = now

    def veto(self, now: int, sender: str, number: int) -> None:
        """Owners with more than half of all charges refuse a round; the campaign ends with the round before."""
        require(self.status == Status.TRAINING, "veto: not training")
        require(0 < number <= self.rounds_done, "veto: no such round")
        require(now < self.veto_end(self.recorded_at[number]), "veto: the round is accepted")
        charges = {owner.account: owner.charge for owner in self.owners}
        require(sender in charges, "veto: not an owner")
        against = self.vetoes.setdefault(number, set())
        require(sender not in against, "veto: cast already")
        against.add(sender)
        if 2 * sum(charges[account] for account in against) > sum(charges.values()):
            self.rounds_done, self.training_end = number - 1, now

    def halt(self, now: int) -> None:
        """If a round's time limit passed, end at the last recorded round (invariant I-6)."""
        require(self.is_training(), "halt: not training")
        require(self.may_halt(now), "halt: the round may still be recorded")
        self.halted, self.training_end = True, now

    def post_deliveries(self, now: int, edge: int, up_to_round: int, root: bytes, total: int, signer: str) -> None:
        """Post an edge's root over cumulative bitmaps, signed by ``signer`` (invariant I-8)."""
        require(self.status == Status.TRAINING, "deliveries: not training")
        account = self.edge(edge)
        later = account.up_to_round < up_to_round <= self.rounds_done
        require(later, "deliveries: not a later recorded round")
        accepted = self.veto_end(self.recorded_at[up_to_round]) <= now
        require(accepted, "deliveries: the round may still be vetoed")
        possible = account.delivered <= total <= account.winners * up_to_round
        require(possible, "deliveries: impossible total")
        late = bool(self.training_end) and self.sign_end() <= now
        require(not late or now < self.late_end(), "deliveries: too late")
        expected = self.terms.coordinator if late else self.terms.edges[edge].operator
        require(signer == expected, "deliveries: wrong signature")
        account.up_to_round, account.root, account.delivered = up_to_round, root, total
        account.stood_in |= late

    def release_models(self, now: int, sender: str, root: bytes) -> None:
        """The coordinator commits to the sealed checkpoints, one per owner."""
        require(sender == self.terms.coordinator, "release: not the coordinator")
        require(self.status == Status.TRAINING and self.training_end != 0, "release: still training")
        require(self.is_accepted(now), "release: a round may still be vetoed")
        require(not any(self.release_root), "release: released already")
        require(any(root), "release: empty root")
        self.release_root = root
