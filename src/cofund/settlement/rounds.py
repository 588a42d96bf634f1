"""Training: rounds recorded and vetoed, a halt, signed deliveries, the release (protocol.md, "Life of a campaign")."""

from collections.abc import Sequence

from cofund.settlement.absence import Absence
from cofund.settlement.deadlines import Status
from cofund.settlement.state import require

LANES = 16
"""Counts of missing winners in a word."""


class Recording(Absence):
    """The calls of a funded campaign until it closes."""

    __slots__ = ()

    def record_round(self, now: int, sender: str, number: int) -> None:
        """The coordinator records the next round in time, at most ``unaccepted`` before it are not accepted."""
        require(self.status == Status.TRAINING, "record: not training")
        require(sender == self.terms.coordinator, "record: not the coordinator")
        require(self.is_training(), "record: not training")
        require(now < self.round_deadline, "record: past the round's time limit")
        require(number == self.rounds_done + 1, "record: not the next round")
        require(self.may_build(number) <= now, "record: an earlier round may still be vetoed")
        self.rounds_done, self.recorded_at[number] = number, now
        if number == self.rounds:
            self.training_end = now
        else:
            self.round_deadline = max(now, self.may_build(number + 1)) + self.terms.round_limit_s

    def veto(self, now: int, sender: str, number: int) -> None:
        """Owners with more than half of all charges refuse a round; the campaign ends with the round before."""
        require(self.status == Status.TRAINING, "veto: not training")
        charges = {owner.account: owner.charge for owner in self.owners}
        require(sender in charges, "veto: not an owner")
        require(0 < number <= self.rounds_done, "veto: no such round")
        require(now < self.veto_end(self.recorded_at[number]), "veto: the round is accepted")
        against = self.vetoes.setdefault(number, set())
        require(sender not in against, "veto: cast already")
        against.add(sender)
        if 2 * sum(charges[account] for account in against) > sum(charges.values()):
            self.rounds_done, self.training_end, self.vetoed = number - 1, now, frozenset(against)

    def halt(self, now: int) -> None:
        """If a round's time limit passed, end at the last recorded round (invariant I-6)."""
        require(self.is_training(), "halt: not training")
        require(self.may_halt(now), "halt: the round may still be recorded")
        self.halted, self.training_end = True, now

    def post_deliveries(
        self, now: int, edge: int, up_to_round: int, root: bytes, missing: Sequence[int], signer: str
    ) -> None:
        """Post an edge's root over cumulative bitmaps, signed by ``signer`` (invariant I-8).

        Args:
            now: time of the call.
            edge: its number.
            up_to_round: the last round that is signed for.
            root: over (chunk, bitmaps of the edge's winners in it).
            missing: winners that missed each round, 16 bits each, the first lowest, sixteen to a word.
            signer: whom the signature is of.
        """
        require(self.status == Status.TRAINING, "deliveries: not training")
        account = self.edge(edge)
        later = account.up_to_round < up_to_round <= self.rounds_done
        require(later, "deliveries: not a later recorded round")
        accepted = self.veto_end(self.recorded_at[up_to_round]) <= now
        require(accepted, "deliveries: the round may still be vetoed")
        late = self.stands_in(now)
        require(not late or now < self.late_end(), "deliveries: too late")
        require(signer == self.signer(now, edge), "deliveries: wrong signature")
        counts = self._counts(missing, up_to_round, account.winners)
        signed = counts[: account.up_to_round]
        require(signed == account.missing, "deliveries: change what was signed")
        account.root, account.missing = root, counts
        account.stood_in |= late

    def signer(self, now: int, edge: int) -> str:
        """Whose signature over an edge's deliveries is taken."""
        return self.terms.coordinator if self.stands_in(now) else self.terms.edges[edge].operator

    def release_models(self, now: int, sender: str, boxes: Sequence[bytes]) -> None:
        """The coordinator commits to the sealed models of all owners that bought rounds."""
        require(self.status == Status.TRAINING, "release: still training")
        require(sender == self.terms.coordinator, "release: not the coordinator")
        require(self.training_end != 0, "release: still training")
        require(self.is_accepted(now), "release: a round may still be vetoed")
        require(not self.boxes, "release: released already")
        buyers = sum(owner.level > 0 for owner in self.owners)
        require(len(boxes) == buyers and all(map(any, boxes)), "release: one box per buyer")
        self.boxes = tuple(boxes)

    @staticmethod
    def _counts(words: Sequence[int], rounds: int, winners: int) -> tuple[int, ...]:
        require(len(words) == -(-rounds // LANES), "deliveries: impossible counts")
        counts = [word >> 16 * lane & 0xFFFF for word in words for lane in range(LANES)]
        possible = all(count <= winners for count in counts[:rounds]) and not any(counts[rounds:])
        require(possible, "deliveries: impossible counts")
        return tuple(counts[:rounds])
