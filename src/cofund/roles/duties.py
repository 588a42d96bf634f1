"""When a duty is due, until when, and what its omission costs (protocol.md, "Life of a campaign").

Functions of a seat, in whose words the table in ``next_actions`` is written. A condition holds exactly when the
contract would take the call now; what it cannot see, such as what an edge signed for one client, is said there.
"""

from collections.abc import Callable
from typing import Final

from cofund.campaign.seat import Seat
from cofund.settlement.deadlines import Status
from cofund.settlement.ledger import Offer

Condition = Callable[[Seat], bool]
Number = Callable[[Seat], int]

ENDED: Final = frozenset({Status.UNFUNDED, Status.CANCELLED, Status.CLOSED})
"""States in which nothing more is decided."""


def phase(*names: str) -> Condition:
    """Whether the campaign is in one of these phases."""
    return lambda seen: seen.phase in names


def end(name: str) -> Number:
    """The end of a phase."""
    return lambda seen: int(getattr(seen.terms, f"{name}_end"))


def bond(name: str) -> Number:
    """One bond, base units."""
    return lambda seen: int(getattr(seen.terms, f"{name}_bond"))


def office(name: str) -> Condition:
    """Whether the terms give this role to the account."""
    return lambda seen: seen.office(name) == seen.account


def both(*conditions: Condition) -> Condition:
    """Whether all of them hold."""
    return lambda seen: all(holds(seen) for holds in conditions)


# ------------------------------------------------------------------ opening and settling


def opens(seen: Seat) -> bool:
    """Whether seals can be opened now: not without the coordinator's bond and the sponsor's money."""
    return seen.phase == "reveal" and seen.complete()


def sealed_bid(seen: Seat) -> bool:
    """Whether the owner's bid is sealed still."""
    return seen.owner is not None and seen.owner.bid is None


def unsealed_book(seen: Seat) -> bool:
    """Whether an edge of the account has no book yet that it could have."""
    return seen.phase == "commit" and bool(seen.operated) and seen.book is None


def closed_book(seen: Seat) -> bool:
    """Whether the account's book is committed and not open; one that stays sealed is opened by no plan."""
    return seen.book is not None and not seen.book.opened and not seen.terms.sealed


def holds_book(seen: Seat) -> bool:
    """Whether the account has to keep a book: to open it, or where it stays sealed to show it."""
    return closed_book(seen) or (seen.terms.sealed and not all(book.opened for book in seen.own_books))


def called_absent(seen: Seat) -> bool:
    """Whether somebody settles without sealed books of the account, which can still be opened."""
    return any(seen.called_absent(book, seen.now) for book in seen.own_books)


def opens_book(seen: Seat) -> bool:
    """Whether a book of the account has to be opened now."""
    return (opens(seen) and closed_book(seen)) or called_absent(seen)


def open_end(seen: Seat) -> int:
    """Until when."""
    return seen.attempt.until if seen.attempt is not None else seen.terms.reveal_end


def shows_quotes(seen: Seat) -> bool:
    """Whether whoever settles needs to see the account's sealed books, without their names."""
    books = seen.own_books if seen.terms.sealed and seen.complete() else ()
    return seen.phase == "settle" and not all(book.opened for book in books)


def names_winners(seen: Seat) -> bool:
    """Whether only the account knows who won at its edges."""
    return seen.terms.sealed and seen.status == Status.TRAINING and serves_winners(seen)


def settles(seen: Seat) -> bool:
    """Whether the market can be cleared now."""
    return seen.phase == "settle" and seen.complete()


def gives_up(seen: Seat) -> bool:
    """Whether a stake lies in a cancelled campaign."""
    return seen.status == Status.CANCELLED and seen.attempt is not None


def book_bond(seen: Seat) -> int:
    """What hangs on opening the account's books, base units."""
    return sum(book.clients for book in seen.own_books) * seen.terms.book_bond


def unbonded(seen: Seat) -> bool:
    """Whether an edge of the account still needs its bond."""
    return seen.terms.edge_bond > 0 and any(not seen.edges[edge].bonded for edge in seen.operated)


# ------------------------------------------------------------------ training


def trains(seen: Seat) -> bool:
    """Whether a round is outstanding and there is time for it."""
    return seen.is_training() and not seen.may_halt(seen.now)


def may_veto(seen: Seat) -> bool:
    """Whether the owner pays, and the last round is not accepted yet."""
    paying = seen.owner is not None and seen.owner.charge > 0
    return seen.status == Status.TRAINING and paying and seen.rounds_done > 0 and seen.now < veto_end(seen)


def veto_end(seen: Seat) -> int:
    """Until when the last round can be vetoed."""
    return seen.veto_end(seen.recorded_at[seen.rounds_done])


def may_record(seen: Seat) -> bool:
    """Whether a round is outstanding and may be recorded now: ``unaccepted`` rounds before it are accepted."""
    return trains(seen) and seen.may_build(seen.rounds_done + 1) <= seen.now


def serves_winners(seen: Seat) -> bool:
    """Whether winners train at an edge of the account."""
    return any(seen.edges[edge].winners for edge in seen.operated)


# ------------------------------------------------------------------ deliveries and models


def must_sign(seen: Seat) -> bool:
    """Whether an edge of the account has to sign its last root now."""
    ended = seen.status == Status.TRAINING and seen.training_end > 0
    accepted = seen.veto_end(seen.recorded_at.get(seen.rounds_done, 0)) <= seen.now
    in_time = ended and accepted and seen.now < seen.sign_end()
    return in_time and any(seen.unsigned(edge) for edge in seen.operated)


def unsigned_bonds(seen: Seat) -> int:
    """Bonds of the account's edges that no last root has saved yet."""
    return sum(seen.unsigned(edge) and seen.edges[edge].bonded for edge in seen.operated) * seen.terms.edge_bond


def must_stand_in(seen: Seat) -> bool:
    """Whether the coordinator's signature is taken in the place of an edge's, and one is missing."""
    return seen.phase == "stand-in deliveries" and any(seen.unsigned(edge) for edge in range(len(seen.edges)))


def late_end(seen: Seat) -> int | None:
    """When anybody may close without what is missing; None if that time has come."""
    return seen.late_end() if seen.now < seen.late_end() else None


def must_release(seen: Seat) -> bool:
    """Whether the coordinator has to commit to the models now."""
    return seen.is_accepted(seen.now) and not seen.released()


def release_lost(seen: Seat) -> int:
    """What a coordinator that releases nothing loses, base units: its fee, and its bond unless a halt took it."""
    fee = seen.rounds_done * seen.terms.coordinator_fee
    return fee + (0 if seen.halted else seen.terms.coordinator_bond)


def model_waits(seen: Seat) -> bool:
    """Whether a model was released to the owner, and is not in its folder."""
    bought = seen.owner is not None and min(seen.owner.level, seen.rounds_done) > 0
    return bought and seen.released() and not seen.model_kept


def may_close(seen: Seat) -> bool:
    """Whether the books can be closed."""
    return seen.may_close(seen.now)


# ------------------------------------------------------------------ money out


def claim_waits(offer: Offer, seen: Seat) -> bool:
    """Whether a winner's edge has signed more than it was paid for, or an extra waits.

    What the edge signed for this client only the edge's rows say: a claim may find nothing new.
    """
    extra = seen.extra > 0 and offer.extra_rounds < 0
    up_to = seen.edges[offer.edge].up_to_round
    return offer.winner and (offer.paid_up_to < up_to or (extra and up_to > 0))


def may_claim(seen: Seat) -> bool:
    """Whether the client may have something to get."""
    return any(claim_waits(offer, seen) for offer in seen.offers)


def fee_waits(edge: int, seen: Seat) -> bool:
    """Whether an edge's fee can be taken."""
    below = sum(seen.edges[at].claimed for at in range(len(seen.edges)) if edge in seen.terms.path(at))
    return seen.terms.edges[edge].fee > 0 and below > seen.edges[edge].fee_rounds


def unclaimed(edge: int, seen: Seat) -> bool:
    """Whether clients of an edge have something to get."""
    account = seen.edges[edge]
    return account.claimed < account.delivered or (seen.extra > 0 and account.extra_claimed < account.delivered)


def may_push(seen: Seat) -> bool:
    """Whether an edge of the account has fees to take, or claims to push for its clients."""
    return any(unclaimed(edge, seen) or fee_waits(edge, seen) for edge in seen.operated)


def bonds_back(seen: Seat) -> tuple[str | int, ...]:
    """Arguments of every ``return_bond`` that gives the account back the bond of a book now."""
    back = [book for book in seen.own_books if seen.returns_bond(book)]
    return tuple(book.operator if book.edge is None else book.edge for book in back)
