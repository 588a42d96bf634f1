"""The table of next steps against the books: at every moment of every life it names exactly the calls that they take.

The books equal the contract after every call (``twin``), so a step that is named is accepted, a call that moves money
is named, a deadline is the last second in which it is, and what is lost is what the books then give to somebody else.
"""

from copy import deepcopy

import pytest

import scenario
from cofund.campaign.seat import seat_of
from cofund.market.sealing import BID, OFFER
from cofund.market.terms import EdgeTerms, Terms
from cofund.roles.next_actions import ROLES, Step, holds, next_steps
from cofund.settlement.ledger import Ledger, Status
from leaving import leave
from scenario import Scenario, train
from seen import after, passes
from twin import COORDINATOR, INITIATOR, ROOT, SPONSOR, Twin, address, with_terms

TERMS = with_terms(
    sponsor=SPONSOR,
    match=100_000_000,
    tolerance=0,
    edge_bond=70,
    veto_window_s=10,
    edges=(EdgeTerms("edge0", address("edge0"), 2, 20), EdgeTerms("edge1", address("edge1"), 2, 0)),
)
LIVES = {
    "all goes well": (Scenario(TERMS), {"rounds": 4}),
    "an edge relays": (Scenario(TERMS, relayed=frozenset({"client0", "client2"})), {"rounds": 4}),
    "rounds missed": (Scenario(TERMS, relayed=frozenset({"client0"})), {"rounds": 4, "gaps": 0x1111}),
    "paid midway": (Scenario(TERMS), {"rounds": 4, "midway": True}),
    "halted": (Scenario(TERMS), {"rounds": 1}),
    "halted at once": (Scenario(TERMS), {"rounds": 0}),
    "edges are silent": (Scenario(TERMS, relayed=frozenset({"client0"})), {"rounds": 2, "signing": "stand-in"}),
    "nobody signs": (Scenario(TERMS, relayed=frozenset({"client0"})), {"rounds": 2, "signing": "nobody"}),
    "seals stay closed": (Scenario(TERMS, silent=frozenset({"owner2", "client4"})), {"rounds": 4}),
    "unfunded": (Scenario(TERMS, bids=(1,)), None),
    "cancelled": (Scenario(TERMS, relayed=frozenset({"client1"})), None),
    "without veto": (Scenario(with_terms(edge_bond=0)), {"rounds": 4}),
}
PARTIES = [*(f"owner{i}" for i in range(3)), *(f"client{i}" for i in range(5)), "edge0", "edge1"]
ACCOUNTS = [*map(address, PARTIES), COORDINATOR, SPONSOR, INITIATOR]
EXACT = {
    ("coordinator", "bond"),
    ("sponsor", "lock"),
    ("edge", "bond"),
    ("owner", "reveal"),
    ("client", "reveal"),
    ("coordinator", "record"),
    ("coordinator", "release"),
    ("coordinator", "sign"),
    ("edge", "sign"),
    ("client", "refund"),
    ("anyone", "settle"),
    ("anyone", "cancel"),
    ("anyone", "halt"),
    ("anyone", "close"),
    *((role, "refund") for role in ROLES if role != "client"),
    ("client", "withdraw"),
}
"""Steps that are named exactly when the books take their call."""


class Books:
    """Calls on copies of a twin's ledger, as one account makes them."""

    def __init__(self, twin: Twin, account: str) -> None:
        self.twin, self.ledger, self.account = twin, twin.ledger, account
        self.edges = [at for at, edge in enumerate(twin.terms.edges) if edge.operator == account]

    def takes(self, role: str, action: str, now: int) -> bool:
        """Whether the books take a step's call at a time."""
        return getattr(self, f"{role}_{action}" if hasattr(self, f"{role}_{action}") else action)(now)

    def coordinator_bond(self, now: int) -> bool:
        return passes(self.ledger, lambda copy: copy.post_coordinator_bond(now, self.account))

    def sponsor_lock(self, now: int) -> bool:
        return passes(self.ledger, lambda copy: copy.lock_sponsorship(now, self.account))

    def edge_bond(self, now: int) -> bool:
        wanted = self.edges if self.ledger.terms.edge_bond else []
        return any(passes(self.ledger, lambda copy, at=at: copy.post_edge_bond(now, self.account, at)) for at in wanted)

    def owner_reveal(self, now: int) -> bool:
        opening = self.twin.openings[BID, self.account]
        return passes(self.ledger, lambda copy: copy.reveal_bids(now, [opening]))

    def client_reveal(self, now: int) -> bool:
        opening = self.twin.openings[OFFER, self.account]
        return passes(self.ledger, lambda copy: copy.reveal_offers(now, [opening]))

    def coordinator_record(self, now: int) -> bool:
        following = self.ledger.rounds_done + 1
        return passes(self.ledger, lambda copy: copy.record_round(now, self.account, following))

    def coordinator_release(self, now: int) -> bool:
        return bool(self.ledger.rounds_done) and passes(self.ledger, lambda copy: release(copy, now))

    def edge_sign(self, now: int) -> bool:
        return bool(self.ledger.training_end) and any(self._signs(at, now) for at in self.edges)

    def coordinator_sign(self, now: int) -> bool:
        return bool(self.ledger.training_end) and any(self._signs(at, now) for at in range(len(self.ledger.edges)))

    def _signs(self, edge: int, now: int) -> bool:
        ledger, signed = self.ledger, self.ledger.edges[edge]
        last = (edge, ledger.rounds_done, ROOT, signed.delivered)
        return signed.winners > 0 and passes(ledger, lambda copy: copy.post_deliveries(now, *last, signer=self.account))

    def client_refund(self, now: int) -> bool:
        """Whether the client's own bond comes back."""
        done = after(self.ledger, lambda copy: copy.return_bonds(now, [self.account]))
        return done is not None and done.payments[self.account] > self.ledger.payments[self.account]

    def refund(self, now: int) -> bool:
        """Whether money comes out, or bonds of relayed offers come back."""
        relayed = [offer.client for offer in self.ledger.offers if offer.poster in self.edges]
        done = [after(self.ledger, lambda copy, who=who: copy.return_bonds(now, [who])) for who in relayed]
        back = any(one is not None and one.credit[self.account] > self.ledger.credit[self.account] for one in done)
        return back or self.withdraw(now)

    def withdraw(self, now: int) -> bool:
        del now
        return self.ledger.owed()[self.account] > 0

    def settle(self, now: int) -> bool:
        right = self.ledger.right_certificate() if self.ledger.status == Status.OPEN else None
        return right is not None and passes(self.ledger, lambda copy: copy.settle(now, right))

    def cancel(self, now: int) -> bool:
        return passes(self.ledger, lambda copy: copy.cancel(now))

    def halt(self, now: int) -> bool:
        return passes(self.ledger, lambda copy: copy.halt(now))

    def close(self, now: int) -> bool:
        return passes(self.ledger, lambda copy: copy.close(now))


def release(ledger: Ledger, now: int) -> None:
    """Release the models."""
    ledger.release_models(now, COORDINATOR, ROOT)


class Followed(Twin):
    """A campaign whose next steps are held against its books before every call, and when time has passed."""

    named: set[tuple[str, str]]

    def __init__(self, *given: object) -> None:
        super().__init__(*given)
        self.named = set()

    def at(self, timestamp: int) -> None:
        super().at(timestamp)
        self.follow()

    def both(self, sender, function, arguments, model):
        self.follow()
        return super().both(sender, function, arguments, model)

    def claim(self, name: str, bitmap: int, proof: list[bytes]) -> str | None:
        """A claim that pays is named to its client before."""
        steps = {step.action for _, step in self.steps(address(name))}
        refusal = super().claim(name, bitmap, proof)
        assert refusal is not None or "claim" in steps
        return refusal

    def steps(self, account: str) -> list[tuple[str, Step]]:
        seen = seat_of(self.ledger, self.now, account)
        return [
            ("anyone" if step.public else role, step)
            for role in ROLES
            if holds(role, seen)
            for step in next_steps(role, seen)
        ]

    def follow(self) -> None:
        for account in ACCOUNTS:
            self.follow_one(account)

    def follow_one(self, account: str) -> None:
        seen, books = seat_of(self.ledger, self.now, account), Books(self, account)
        steps = {(role, step.action): step for role, step in self.steps(account)}
        self.named |= set(steps)
        held = [role for role in ROLES if holds(role, seen)]
        for role, action in EXACT:
            if role in held or (role == "anyone" and held):
                taken = books.takes(role, action, self.now)
                assert ((role, action) in steps) == taken, (role, action, seen.phase)
        for (role, action), step in steps.items():
            if (role, action) in EXACT and step.deadline is not None and action != "release":
                assert books.takes(role, action, step.deadline - 1), (role, action)
                assert not books.takes(role, action, step.deadline), (role, action)


@pytest.mark.parametrize("life", LIVES)
def test_every_call_that_moves_money_is_named_until_the_second_in_which_it_is_refused(life, monkeypatch) -> None:
    monkeypatch.setattr(scenario, "Twin", Followed)
    told, training = LIVES[life]
    twin = told.committed() if life == "cancelled" else told.settled()
    trees = {} if training is None else train(twin, **training)
    if twin.ledger.status == Status.TRAINING and twin.ledger.rounds_done and life != "halted":
        twin.release_models()
    leave(twin, trees)
    assert twin.named, "somebody had something to do"


@pytest.mark.parametrize("missing", ["coordinator", "sponsor"])
def test_without_a_bond_or_the_sponsors_money_nothing_is_named_but_to_cancel(missing) -> None:
    twin = Followed(TERMS)
    assert (twin.lock_sponsorship() if missing == "coordinator" else twin.post_coordinator_bond()) is None
    assert twin.commit_bid("owner0", 3000, 3100) is None
    assert twin.commit_offer("client0", 3, 0) is None
    twin.at(TERMS.commit_end)
    assert twin.reveal_bids("owner0") is not None
    for end in (TERMS.commit_end, TERMS.reveal_end):
        twin.at(end)
        assert all(twin.steps(account) == [] for account in map(address, PARTIES))
    twin.at(TERMS.settle_end)
    assert [step.action for _, step in twin.steps(address("owner0"))] == ["cancel"]
    leave(twin, {})


def ended(twin: Twin, *calls: object) -> Ledger:
    """The books closed at the first second in which everybody may, after these calls."""
    ledger = deepcopy(twin.ledger)
    for call in calls:
        call(ledger)
    ledger.close(ledger.accepted_end() + 2 * ledger.terms.delivery_window_s)
    return ledger


def trained(terms: Terms, rounds: int) -> Twin:
    twin = Scenario(terms).settled()
    train(twin, rounds, signing="nobody")
    return twin


@pytest.mark.parametrize("rounds", [4, 2])
def test_a_coordinator_that_releases_nothing_loses_what_its_step_says(rounds: int) -> None:
    twin = trained(TERMS, rounds)
    now = twin.ledger.accepted_end()
    steps = next_steps("coordinator", seat_of(twin.ledger, now, COORDINATOR))
    (step,) = [step for step in steps if step.action == "release"]
    released, silent = ended(twin, lambda copy: release(copy, now)), ended(twin)
    lost = released.credit[COORDINATOR] - silent.credit[COORDINATOR]
    assert 0 <= step.lost_amount - lost < len(twin.ledger.owners), "but for the dust of a goal that was not reached"
    assert (rounds == 2) == twin.ledger.halted
    assert step.deadline == now + 2 * TERMS.delivery_window_s


def test_an_edge_that_does_not_sign_loses_what_its_step_says() -> None:
    twin = trained(TERMS, 4)
    now, operator = twin.ledger.accepted_end(), address("edge0")
    (step,) = [one for one in next_steps("edge", seat_of(twin.ledger, now, operator)) if one.action == "sign"]

    def sign(ledger: Ledger) -> None:
        ledger.post_deliveries(now, 0, ledger.rounds_done, ROOT, 0, signer=operator)

    lost = ended(twin, sign).credit[operator] - ended(twin).credit[operator]
    assert lost == step.lost_amount == TERMS.edge_bond
