"""Any sequence of calls: the contract and the integer model refuse alike and agree to the unit (I-1 to I-9).

Wherever a sequence ends, everybody then gets out what is theirs, without anybody's help (I-6).
"""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from any_campaign import CLIENTS, EDGES, OWNERS, PEOPLE, AnyCampaign
from cofund.mechanism.certificate import Certificate, Key
from cofund.settlement.ledger import Status
from profiles import times
from refusing import WAYS, refuse
from twin import SPONSOR


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

    @rule(function=st.sampled_from(["bid", "offer", "relay", "open", "bond", "edge bond", "lock", "settle", "cancel"]))
    def call_early_or_late(self, function) -> None:
        calls = {
            "bid": lambda: self.twin.commit_bid("owner0", 1, 1),
            "offer": lambda: self.twin.commit_offer("client0", 1, 0),
            "relay": lambda: self.twin.relay_offers(0, [("client1", 1)]),
            "open": lambda: (self.twin.reveal_bids("owner0"), self.twin.reveal_offers("client0")),
            "bond": self.twin.post_coordinator_bond,
            "edge bond": lambda: self.twin.post_edge_bond(1),
            "lock": self.twin.lock_sponsorship,
            "settle": self.twin.settle,
            "cancel": self.twin.cancel,
        }
        calls[function]()

    @rule(function=st.sampled_from(["record", "veto", "halt", "deliver", "release", "close", "claim", "fee", "bonds"]))
    def call_after_settlement_or_not(self, function) -> None:
        calls = {
            "record": lambda: self.twin.record_round(1),
            "veto": lambda: self.twin.veto(1, "owner0"),
            "halt": self.twin.halt,
            "deliver": lambda: self.twin.post_deliveries(0, 1, b"\1" * 32, 1, "edge0"),
            "release": self.twin.release_models,
            "close": self.twin.close,
            "claim": lambda: self.twin.claim("client0", 1, []),
            "fee": lambda: self.twin.claim_edge_fee(0),
            "bonds": lambda: self.twin.return_bonds("client0"),
        }
        calls[function]()

    # ------------------------------------------------------------ commit and reveal

    @precondition(AnyCampaign.committing)
    @rule(name=st.sampled_from(OWNERS), bid=st.integers(0, 300), escrow=st.sampled_from([0, 200, 2**96]))
    def commit_bid(self, name, bid, escrow) -> None:
        self.twin.commit_bid(name, bid, escrow)

    @precondition(AnyCampaign.committing)
    @rule(name=st.sampled_from(CLIENTS), cost=st.integers(0, 20), edge=st.integers(0, 3))
    def commit_offer(self, name, cost, edge) -> None:
        self.twin.commit_offer(name, cost, edge)

    @precondition(AnyCampaign.committing)
    @rule(
        edge=st.integers(0, 3),
        names=st.lists(st.sampled_from([*CLIENTS, "client6", "client7"]), max_size=4),
        cost=st.integers(0, 20),
        sender=st.sampled_from([None, None, None, "edge0", "outsider"]),
        forged=st.sampled_from([None, None, None, "outsider", "client0"]),
        opens_at=st.sampled_from([None, None, 0]),
    )
    def relay(self, edge, names, cost, sender, forged, opens_at) -> None:
        offers = [(name, cost + i) for i, name in enumerate(names)]
        self.twin.relay_offers(edge, offers, sender=sender, forged=forged, opens_at=opens_at)

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

    @precondition(AnyCampaign.revealing)
    @rule(names=st.lists(st.sampled_from([*CLIENTS, "client6"]), max_size=7))
    def reveal_offers(self, names) -> None:
        self.twin.reveal_offers(*names)

    @precondition(AnyCampaign.revealing)
    @rule()
    def reveal_everything(self) -> None:
        self.reveal_one_by_one()

    # ------------------------------------------------------------ settle and train

    @precondition(AnyCampaign.settling)
    @rule()
    def settle(self) -> None:
        self.twin.settle()

    @precondition(AnyCampaign.settling)
    @rule(amount=st.integers(0, 21), position=st.integers(0, 5), edge=st.integers(-1, 3), none=st.booleans())
    def settle_with_another_certificate(self, amount, position, edge, none) -> None:
        right = self.twin.ledger.right_certificate()
        wrong = None if none else Key(amount, position)
        cutoffs = [wrong if e == edge else key for e, key in enumerate(right.edge_cutoffs)]
        more = [None] if edge == len(cutoffs) else []
        self.twin.settle(Certificate(wrong if edge < 0 else right.cutoff, (*cutoffs, *more)))

    @precondition(AnyCampaign.training)
    @rule(ahead=st.sampled_from([0, 2]), sender=st.sampled_from(["coordinator", "initiator"]))
    def record_out_of_order(self, ahead, sender) -> None:
        self.twin.record_round(self.twin.ledger.rounds_done + ahead, sender)

    @precondition(AnyCampaign.training)
    @rule(count=st.integers(1, 4), apart=st.sampled_from([0, 1, 20, 49, 50]))
    def record(self, count, apart) -> None:
        for _ in range(count):
            self.twin.at(self.twin.now + apart)
            self.twin.record_round(self.twin.ledger.rounds_done + 1)

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
    @rule(sender=st.sampled_from(["coordinator", "coordinator", "outsider"]), root=st.sampled_from([0, 1, 2]))
    def release(self, sender, root) -> None:
        self.twin.release_models(bytes([root]) * 32, sender)

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
            tree = self.delivered_by(edge, up_to, gaps, forget=forget)
            self.post(edge, up_to, tree, extra=extra, by=None if signer == "edge" else signer)

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

    # ------------------------------------------------------------ payments

    @precondition(lambda self: self.trees)
    @rule(positions=st.permutations(range(6)), lie=st.sampled_from([0, 0, 0, 1, 6]))
    def claim(self, positions, lie) -> None:
        for position in (p for p in positions if p < len(self.twin.ledger.offers)):
            tree = self.trees.get(self.twin.ledger.offers[position].edge)
            known = tree is not None and position in tree.bitmaps
            bitmap = (tree.bitmaps[position] if known else 1) ^ lie
            self.twin.claim(self.twin.name_of(position), bitmap, tree.proof(position) if known else [])

    @precondition(lambda self: self.trees)
    @rule(
        edge=st.integers(0, 3),
        height=st.integers(0, 2),
        index=st.integers(0, 1),
        lie=st.sampled_from([0, 0, 0, 1]),
        twice=st.sampled_from([False, False, True]),
    )
    def claim_neighbours(self, edge, height, index, lie, twice) -> None:
        tree = self.trees.get(edge)
        if tree is not None and height < len(tree.levels) and index < len(tree.levels[height]):
            positions, bitmaps, proof = tree.batch(index, height)
            bitmaps[0] ^= lie
            names = [self.twin.name_of(position) for position in positions] * (1 + twice)
            self.twin.claim_many(edge, names, bitmaps * (1 + twice), proof)
        else:
            self.twin.claim_many(edge, ["client0", "outsider"][:height], [1] * height, [])

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
    @rule(names=st.lists(st.sampled_from([*CLIENTS, *CLIENTS, "outsider"]), max_size=3))
    def return_bonds(self, names) -> None:
        self.twin.return_bonds(*names)

    @precondition(AnyCampaign.settled)
    @rule(edge=st.integers(0, 3))
    def claim_edge_fee(self, edge) -> None:
        self.twin.claim_edge_fee(edge)


class Serial(AnySequence):
    """Cost sharing, without a sponsor and with one that matches."""

    promises = ({}, {"sponsor": SPONSOR, "match": 300_000_000}, {"sponsor": SPONSOR, "match": 10**9})


class Underwritten(AnySequence):
    """The efficient outcome, of which a sponsor pays what the owners do not."""

    promises = ({"sponsor": SPONSOR, "underwritten": True},)


TestSerial = Serial.TestCase
TestSerial.settings = times(0.5, stateful_step_count=40)
TestUnderwritten = Underwritten.TestCase
TestUnderwritten.settings = times(0.3, stateful_step_count=40)
