"""The table of next steps against the books: at every moment of every life it names exactly the calls that they take.

The books equal the contract after every call (``twin``), so a step that is named is accepted, a call that moves money
is named, a deadline is the last second in which it is, and what is lost is what the books then give to somebody else.
"""

from copy import deepcopy

import pytest

import scenario
import sealed_scenario
from cofund.campaign.seat import seat_of
from cofund.market.terms import EdgeTerms, Terms
from cofund.roles.next_actions import ROLES, Step, holds, next_steps
from cofund.settlement.ledger import Ledger, Status
from scenario import Scenario, close_and_leave, train
from sealed_scenario import SEALED, SealedScenario, disproved, given_up
from sealed_twin import SealedTwin
from seen import after, passes
from twin import COORDINATOR, INITIATOR, ROOT, SPONSOR, Twin, address, with_terms

TERMS = with_terms(
    sponsor=SPONSOR,
    match=100_000_000,
    tolerance=0,
    edge_bond=70,
    veto_window_s=10,
    listed_owners=True,
    weights=tuple((address(f"owner{i}"), 1) for i in range(3)),
    edges=(EdgeTerms("edge0", address("edge0"), 2, 20, 200), EdgeTerms("edge1", address("edge1"), 2, 0, 200)),
)
LIVES = {
    "all goes well": (Scenario(TERMS), {"rounds": 4}),
    "rounds missed": (Scenario(TERMS), {"rounds": 4, "gaps": 0x1111}),
    "paid midway": (Scenario(TERMS), {"rounds": 4, "midway": True}),
    "halted": (Scenario(TERMS), {"rounds": 1}),
    "halted at once": (Scenario(TERMS), {"rounds": 0}),
    "edges are silent": (Scenario(TERMS), {"rounds": 2, "signing": "stand-in"}),
    "nobody signs": (Scenario(TERMS), {"rounds": 2, "signing": "nobody"}),
    "seals stay closed": (Scenario(TERMS, silent=frozenset({"owner2", "edge1"})), {"rounds": 4}),
    "unfunded": (Scenario(TERMS, bids=(1,)), None),
    "cancelled": (Scenario(TERMS), None),
    "without veto": (Scenario(with_terms(edge_bond=0)), {"rounds": 4}),
    "one operator, a region": (
        Scenario(
            with_terms(
                edges=(
                    EdgeTerms("edge0", address("edge0"), 4, 20, 200),
                    EdgeTerms("b", address("edge0"), 2, 10, 200, "edge0"),
                )
            )
        ),
        {"rounds": 4},
    ),
}
PARTIES = [*(f"owner{i}" for i in range(3)), *(f"client{i}" for i in range(5)), "edge0", "edge1"]
ACCOUNTS = [*map(address, PARTIES), COORDINATOR, SPONSOR, INITIATOR]
EXACT = {
    ("coordinator", "bond"),
    ("sponsor", "lock"),
    ("edge", "bond"),
    ("edge", "book"),
    ("edge", "open"),
    ("owner", "reveal"),
    ("coordinator", "record"),
    ("coordinator", "release"),
    ("coordinator", "sign"),
    ("edge", "sign"),
    ("anyone", "settle"),
    ("anyone", "confirm"),
    ("anyone", "give-up"),
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
        name = action.replace("-", "_")
        return getattr(self, f"{role}_{name}" if hasattr(self, f"{role}_{name}") else name)(now)

    def coordinator_bond(self, now: int) -> bool:
        return passes(self.ledger, lambda copy: copy.post_coordinator_bond(now, self.account))

    def sponsor_lock(self, now: int) -> bool:
        return passes(self.ledger, lambda copy: copy.lock_sponsorship(now, self.account))

    def edge_bond(self, now: int) -> bool:
        wanted = self.edges if self.ledger.terms.edge_bond else []
        return any(passes(self.ledger, lambda copy, at=at: copy.post_edge_bond(now, self.account, at)) for at in wanted)

    def edge_book(self, now: int) -> bool:
        return passes(self.ledger, lambda copy: copy.commit_book(now, self.account, self.edges[0], ROOT, 1))

    def edge_open(self, now: int) -> bool:
        book = self.twin.sealed.get(self.account)
        return book is not None and passes(self.ledger, lambda copy: copy.open_book(now, book))

    def edge_refund(self, now: int) -> bool:
        """Whether money comes out, or the bond of the book comes back."""
        done = after(self.ledger, lambda copy: copy.return_book_bond(self.account))
        return done is not None or self.withdraw(now)

    def owner_reveal(self, now: int) -> bool:
        opening = self.twin.openings.get(self.account)
        return opening is not None and passes(self.ledger, lambda copy: copy.reveal_bids(now, [opening]))

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
        last = (edge, ledger.rounds_done, ROOT, counted(signed.missing, ledger.rounds_done))
        return signed.winners > 0 and passes(ledger, lambda copy: copy.post_deliveries(now, *last, signer=self.account))

    def refund(self, now: int) -> bool:
        return self.withdraw(now)

    def withdraw(self, now: int) -> bool:
        del now
        return self.ledger.owed()[self.account] > 0

    def settle(self, now: int) -> bool:
        right = self.ledger.right_winners() if self.ledger.status == Status.OPEN else None
        return right is not None and passes(self.ledger, lambda copy: copy.settle(now, right))

    def confirm(self, now: int) -> bool:
        """Only sealed books are called absent."""
        return now < 0

    give_up = confirm

    def cancel(self, now: int) -> bool:
        return passes(self.ledger, lambda copy: copy.cancel(now))

    def halt(self, now: int) -> bool:
        return passes(self.ledger, lambda copy: copy.halt(now))

    def close(self, now: int) -> bool:
        return passes(self.ledger, lambda copy: copy.close(now))


class SealedBooks(Books):
    """The same where books stay sealed; who settles has them all."""

    def edge_book(self, now: int) -> bool:
        return passes(self.ledger, lambda copy: copy.commit_sealed_book(now, self.account, self.edges[0], ROOT, 1))

    def edge_open(self, now: int) -> bool:
        trees = [self.twin.trees[at] for at in self.edges if at in self.twin.trees]
        return any(passes(self.ledger, lambda copy, tree=tree: copy.open_sealed_book(now, tree)) for tree in trees)

    def edge_refund(self, now: int) -> bool:
        bonds = (passes(self.ledger, lambda copy, at=at: copy.return_sealed_bond(at)) for at in self.edges)
        return any(bonds) or self.withdraw(now)

    def settle(self, now: int) -> bool:
        right = self.ledger.right_results() if self.ledger.status == Status.OPEN else None
        return right is not None and passes(self.ledger, lambda copy: copy.settle_sealed(now, self.account, right))

    def confirm(self, now: int) -> bool:
        attempt = self.ledger.attempt
        return attempt is not None and passes(
            self.ledger, lambda copy: copy.confirm(now, attempt.results, attempt.absent)
        )

    def give_up(self, now: int) -> bool:
        del now
        return passes(self.ledger, lambda copy: copy.give_up())


def release(ledger: Ledger, now: int) -> None:
    """Release the models."""
    ledger.release_models(now, COORDINATOR, [ROOT] * sum(owner.level > 0 for owner in ledger.owners))


def counted(missing: tuple[int, ...], rounds: int) -> list[int]:
    """Words of what was signed before, with rounds in which nobody was missing behind."""
    counts = [*missing, *(0,) * (rounds - len(missing))]
    return [sum(count << 16 * at for at, count in enumerate(counts[k : k + 16])) for k in range(0, rounds, 16)]


class Following:
    """A campaign whose next steps are held against its books before every call, and when time has passed."""

    named: set[tuple[str, str]]
    calls_of: type[Books] = Books

    def __init__(self, *given: object) -> None:
        super().__init__(*given)
        self.named = set()

    def at(self, timestamp: int) -> None:
        super().at(timestamp)
        self.follow()

    def both(self, *given: object, **named: object):
        self.follow()
        refusal = super().both(*given, **named)
        self.follow()
        return refusal

    def claim(self, edge, chunk, bitmaps, proof=(), chosen=None) -> str | None:
        """A claim that pays is named before to the clients whom it pays, and to their edge."""
        before = dict(self.ledger.payments)
        told = {account: {step.action for _, step in self.steps(account)} for account in ACCOUNTS}
        refusal = super().claim(edge, chunk, bitmaps, proof, chosen)
        paid = {account for account in ACCOUNTS if self.ledger.payments[account] > before.get(account, 0)}
        assert refusal is not None or "claim" in told[self.terms.edges[edge].operator]
        assert all("claim" in told[account] for account in paid)
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
        seen, books = seat_of(self.ledger, self.now, account), self.calls_of(self, account)
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


class Followed(Following, Twin):
    """With open books."""


class FollowedSealed(Following, SealedTwin):
    """With sealed ones."""

    calls_of = SealedBooks


SEALED_TERMS = with_terms(**SEALED, edge_bond=70, veto_window_s=10, min_cohort=1)


@pytest.mark.parametrize(
    ("played", "named"),
    [
        (lambda: SealedScenario(SEALED_TERMS).settled(), {"settle", "quotes", "winners"}),
        (lambda: SealedScenario(SEALED_TERMS, silent=frozenset({"edge1"})).settled(), {"confirm", "open"}),
        (lambda: disproved(SealedScenario(SEALED_TERMS)), {"open"}),
        (lambda: given_up(SealedScenario(SEALED_TERMS)), {"give-up", "cancel"}),
    ],
)
def test_every_call_on_sealed_books_is_named(played, named, monkeypatch) -> None:
    monkeypatch.setattr(sealed_scenario, "SealedTwin", FollowedSealed)
    twin = played()
    trees = train(twin, 4) if twin.ledger.status == Status.TRAINING else {}
    if trees:
        twin.at(twin.ledger.accepted_end())
        twin.release_models()
    close_and_leave(twin, trees)
    assert {action for _, action in twin.named} >= named


@pytest.mark.parametrize("life", LIVES)
def test_every_call_that_moves_money_is_named_until_the_second_in_which_it_is_refused(life, monkeypatch) -> None:
    monkeypatch.setattr(scenario, "Twin", Followed)
    told, training = LIVES[life]
    twin = told.committed() if life == "cancelled" else told.settled()
    if life == "cancelled":
        twin.at(twin.terms.settle_end)
        assert twin.cancel() is None
    trees = {} if training is None else train(twin, **training)
    if twin.ledger.status == Status.TRAINING and twin.ledger.rounds_done and life != "halted":
        twin.at(twin.ledger.accepted_end())
        twin.release_models()
    close_and_leave(twin, trees)
    assert twin.named, "somebody had something to do"


@pytest.mark.parametrize("missing", ["coordinator", "sponsor"])
def test_without_a_bond_or_the_sponsors_money_nothing_is_named_but_to_cancel(missing) -> None:
    twin = Followed(TERMS)
    assert (twin.lock_sponsorship() if missing == "coordinator" else twin.post_coordinator_bond()) is None
    assert twin.commit_bid("owner0", 3000, 3100) is None
    assert twin.commit_book("edge0", {0: [("client0", 3)]}) is None
    twin.at(TERMS.commit_end)
    assert twin.reveal_bids("owner0") is not None
    assert twin.open_book("edge0") is not None
    for end in (TERMS.commit_end, TERMS.reveal_end):
        twin.at(end)
        assert all(twin.steps(account) == [] for account in map(address, PARTIES))
    twin.at(TERMS.settle_end)
    assert [step.action for _, step in twin.steps(address("owner0"))] == ["cancel"]


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
        ledger.post_deliveries(now, 0, ledger.rounds_done, ROOT, counted((), ledger.rounds_done), signer=operator)

    lost = ended(twin, sign).credit[operator] - ended(twin).credit[operator]
    assert lost == step.lost_amount == TERMS.edge_bond
