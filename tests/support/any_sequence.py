"""What actors do in a campaign whatever kind its books are: bids, rounds, deliveries, payments, in any order."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from any_campaign import CLIENTS, EDGES, OWNERS, PEOPLE, AnyCampaign
from cofund.settlement.ledger import Status
from refusing import WAYS, refuse


class AnySequence(AnyCampaign):
    """Actors do whatever they like; the twin compares after every call."""

    @rule(off_by=st.sampled_from([-1, 0, 0, 1]))
    def wait_for_a_boundary(self, off_by) -> None:
        t, ledger = self.twin.terms, self.twin.ledger
        moments = [t.commit_end, t.reveal_end, t.settle_end] if ledger.status == Status.OPEN else []
        moments += [time + t.veto_window_s for time in ledger.recorded_at.values()]
        if ledger.training_end:
            moments += [ledger.accepted_end() + windows * t.delivery_window_s for windows in range(4)]
        elif self.training():
            moments.append(ledger.round_deadline)
        later = [moment for moment in moments if moment + off_by > self.twin.now]
        if later:
            self.twin.at(min(later) + off_by)

    @rule(seconds=st.integers(1, 30))
    def wait(self, seconds) -> None:
        self.twin.at(self.twin.now + seconds)

    @precondition(AnyCampaign.committing)
    @rule(name=st.sampled_from(OWNERS), bid=st.integers(0, 300), escrow=st.sampled_from([0, 200, 2**96]))
    def commit_bid(self, name, bid, escrow) -> None:
        self.twin.commit_bid(name, bid, escrow)

    @precondition(AnyCampaign.committing)
    @rule(sender=st.sampled_from(["coordinator", "edge0", "edge2", "sponsor", "outsider"]), edge=st.integers(0, 3))
    def accept_a_role(self, sender, edge) -> None:
        self.twin.post_coordinator_bond(sender)
        self.twin.post_edge_bond(edge, sender)
        self.twin.lock_sponsorship(sender)

    @precondition(AnyCampaign.revealing)
    @rule(names=st.lists(st.sampled_from(OWNERS), max_size=5))
    def reveal_bids(self, names) -> None:
        self.twin.reveal_bids(*names)

    @precondition(AnyCampaign.training)
    @rule(ahead=st.sampled_from([0, 2]), sender=st.sampled_from(["coordinator", "initiator"]))
    def record_out_of_order(self, ahead, sender) -> None:
        self.twin.record_round(self.twin.ledger.rounds_done + ahead, sender, waits=False)

    @precondition(AnyCampaign.training)
    @rule(count=st.integers(1, 4), apart=st.sampled_from([0, 1, 20, 49, 50]))
    def record(self, count, apart) -> None:
        for _ in range(count):
            self.twin.at(self.twin.now + apart)
            self.twin.record_round(self.twin.ledger.rounds_done + 1, waits=False)

    @precondition(lambda self: self.training() and self.twin.ledger.rounds_done > 0)
    @rule(
        back=st.sampled_from([0, 0, 0, 1, 2, -1]),
        names=st.permutations([*OWNERS, "outsider"]),
        count=st.integers(1, 5),
    )
    def veto(self, back, names, count) -> None:
        for name in names[:count]:
            self.twin.veto(max(0, self.twin.ledger.rounds_done - back), name)

    @precondition(AnyCampaign.training)
    @rule(
        sender=st.sampled_from(["coordinator", "coordinator", "outsider"]), boxes=st.sampled_from([None, None, 0, 1, 2])
    )
    def release(self, sender, boxes) -> None:
        self.twin.release_models(None if boxes is None else [bytes([boxes]) * 32] * boxes, sender)

    @precondition(lambda self: self.twin.ledger.rounds_done > 0)
    @rule(
        edges=st.permutations(EDGES),
        count=st.integers(1, 3),
        gaps=st.sampled_from([0, 0, 2**64 - 1]) | st.integers(0, 2**24 - 1),
        forget=st.sampled_from([False, False, False, True]),
        extra=st.sampled_from([0, 0, 0, 0, 1, -1]),
        signer=st.sampled_from(["edge", "edge", "edge", "coordinator", "outsider"]),
        back=st.sampled_from([0, 0, 0, 1]),
    )
    def deliver(self, edges, count, gaps, forget, extra, signer, back) -> None:
        up_to = self.twin.ledger.rounds_done - back
        for edge in edges[:count]:
            maps = self.delivered_by(edge, up_to, gaps, forget=forget)
            self.post(edge, up_to, maps, extra=extra, by=None if signer == "edge" else signer)

    @precondition(lambda self: self.training() and self.twin.ledger.training_end)
    @rule(windows=st.integers(0, 3))
    def let_a_window_pass(self, windows) -> None:
        self.twin.at(self.twin.ledger.accepted_end() + windows * self.twin.terms.delivery_window_s)

    @precondition(AnyCampaign.training)
    @rule()
    def halt(self) -> None:
        self.twin.halt()

    @precondition(AnyCampaign.training)
    @rule()
    def close(self) -> None:
        self.twin.close()

    @precondition(lambda self: self.maps)
    @rule(
        edge=st.integers(0, 3),
        chunk=st.sampled_from([0, 0, 0, 1]),
        lie=st.sampled_from([0, 0, 0, 1, 6]),
        chosen=st.sampled_from([None, None, 1, 2, 3, 64]),
    )
    def claim(self, edge, chunk, lie, chosen) -> None:
        if edge not in self.maps or not self.maps[edge]:
            self.twin.claim(edge, 0, [1])
            return
        _, bitmaps = self.parts(edge)[0]
        self.twin.claim(edge, chunk, [bitmaps[0] ^ lie, *bitmaps[1:]], self.proof(edge, 0), chosen)

    @rule(
        names=st.lists(st.sampled_from([*PEOPLE, *CLIENTS]), min_size=1, max_size=6),
        way=st.sampled_from([0, 0, *WAYS.values()]),
    )
    def token_pays_them_no_more_or_again(self, names, way) -> None:
        refuse(self.twin, *names, way=way)

    @precondition(AnyCampaign.settled)
    @rule(names=st.lists(st.sampled_from([*PEOPLE, *CLIENTS]), max_size=4))
    def withdraw(self, names) -> None:
        self.twin.withdraw(*names)

    @precondition(AnyCampaign.settled)
    @rule(edge=st.integers(0, 3))
    def claim_edge_fee(self, edge) -> None:
        self.twin.claim_edge_fee(edge)
