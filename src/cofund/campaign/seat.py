"""What one account has at stake in a campaign, and where that stands, at one moment.

It is made of the ledger's own accounts and holds no more of them than the contracts' views tell, so that the books
(``seat_of``) and the views (``views.seat_at``) give the same: bids and books without their commitments, a bid without
its escrow and what came back of it, a book without its penalty, of an edge's missing deliveries only how many. Only the
logs say whose offers are in a book, so the views give a client none.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from cofund.campaign.chain_state import edge_seen
from cofund.market.terms import Terms
from cofund.settlement.deadlines import Clock, Status
from cofund.settlement.ledger import Ledger, Offer
from cofund.settlement.state import Attempt, BookAccount, EdgeAccount, OwnerAccount

COURSE: Final[tuple[str, ...]] = (
    "rounds",
    "rounds_done",
    "round_deadline",
    "training_end",
    "halted",
    "models_released",
)
"""Where training stands: what a seat and the books have by the same names, in the order of the view ``progress``."""
MONEY: Final[tuple[str, ...]] = ("coordinator_bonded", "sponsor_locked", "round_cost", "extra")
"""What a seat, the books and the contract's views have by the same names."""
PAYING: Final = frozenset({Status.TRAINING, Status.CLOSED})
"""While there are winners: an unfunded campaign has none, whatever its market came to."""


@dataclass(frozen=True, slots=True)
class Seat(Clock):
    """Everything that the next step of an account depends on.

    Args:
        campaign, account: addresses; the account's is empty for somebody who has no place.
        now: earliest time that the next block can have, seconds since the epoch.
        terms, initiator: of the campaign; by the views with edges called by number, and of all weights with those of
            owners that have committed.
        status: the contract's.
        coordinator_bonded, sponsor_locked: as in the books.
        edges: all of them, in the order of the terms.
        books: all that are committed, in the order of their operators' first edges, or of their edges.
        attempt: to settle without books that are called absent; without its results, which only the logs tell.
        bids: how many are sealed.
        round_cost: base units.
        extra: base units per client-round on top, once the campaign is closed.
        rounds, rounds_done: bought, and recorded and not vetoed.
        round_deadline, training_end: seconds since the epoch; the second is 0 while rounds are outstanding.
        recorded_at: of the last rounds done that may not be accepted yet, and of the last one.
        halted: whether a record did not come in time.
        models_released: whether the coordinator committed to the models' boxes.
        deposited, paid_out: base units, by everybody.
        credit: base units that ``withdraw`` pays the account, besides an owner's.
        owner: the account's bid, None if it sealed none.
        offers: the account's in open books; only the campaign's events say which they are, so empty unless somebody has
            looked.
        model_kept: whether the account's folder says that its model was fetched; False where nobody has looked.
        block: at which all of it was read.
    """

    campaign: str
    account: str
    now: int
    terms: Terms
    initiator: str
    status: Status
    coordinator_bonded: bool
    sponsor_locked: int
    edges: tuple[EdgeAccount, ...]
    books: tuple[BookAccount, ...]
    bids: int
    round_cost: int
    extra: int
    rounds: int
    rounds_done: int
    round_deadline: int
    training_end: int
    recorded_at: Mapping[int, int]
    halted: bool
    models_released: bool
    deposited: int
    paid_out: int
    credit: int = 0
    owner: OwnerAccount | None = None
    offers: tuple[Offer, ...] = ()
    model_kept: bool = False
    block: int | str = "latest"
    attempt: Attempt | None = None

    @property
    def phase(self) -> str:
        """Name of the phase."""
        return self.phase_at(self.now)[0]

    @property
    def until(self) -> int | None:
        """When the phase ends by the clock, if it does."""
        return self.phase_at(self.now)[1]

    @property
    def operated(self) -> tuple[int, ...]:
        """Indices of the edges that this account operates."""
        return tuple(at for at, edge in enumerate(self.terms.edges) if edge.operator == self.account)

    @property
    def book(self) -> BookAccount | None:
        """The account's own book, or the first one of its edges; None if it sealed none."""
        return next(iter(self.own_books), None)

    @property
    def own_books(self) -> tuple[BookAccount, ...]:
        """All of the account; more than one only if books stay sealed."""
        return tuple(book for book in self.books if book.operator == self.account)

    def office(self, role: str) -> str:
        """Whom the terms give a role to, as sponsor, coordinator or initiator."""
        return self.initiator if role == "initiator" else str(getattr(self.terms, role))

    @property
    def withdrawable(self) -> int:
        """Base units that ``withdraw`` pays the account now."""
        own = self.owner.owed if self.owner is not None and self.status != Status.OPEN else 0
        return self.credit + own

    def returns_bond(self, book: BookAccount) -> bool:
        """Whether ``return_bond`` gives a book's bond back now, to its operator."""
        over = self.status not in {Status.OPEN, Status.TRAINING}
        return over and not book.returned and self.may_return(book)


def seat_of(ledger: Ledger, now: int, account: str, block: int | str = "latest") -> Seat:
    """An account's seat by the books; its offers included.

    Args:
        ledger: the books, which must not change as long as the seat is used.
        now: earliest time that the next block can have.
        account: any.
        block: whose state the books are.
    """
    return next(seats_of(ledger, now, [account], block))


def seats_of(ledger: Ledger, now: int, accounts: Iterable[str], block: int | str = "latest") -> Iterator[Seat]:
    """The seats of many accounts, in their order."""
    nobody = _nobodys(ledger, now, block)
    owners = {owner.account: owner for owner in ledger.owners}
    offers: dict[str, list[Offer]] = {}
    for offer in ledger.offers:
        offers.setdefault(offer.client, []).append(replace(offer, winner=offer.winner and nobody.status in PAYING))
    for account in accounts:
        owner = owners.get(account)
        yield replace(
            nobody,
            account=account,
            credit=ledger.credit[account],
            owner=None if owner is None else replace(owner, commitment=b"", escrow=0, refunded=0),
            offers=tuple(offers.get(account, ())),
        )


def recent(terms: Terms, rounds_done: int) -> range:
    """The last rounds done that may not be accepted yet."""
    return range(max(1, rounds_done - terms.unaccepted + 1), rounds_done + 1)


def _nobodys(ledger: Ledger, now: int, block: int | str) -> Seat:
    """What is the same for everybody."""
    operators = dict.fromkeys(edge.operator for edge in ledger.terms.edges)
    books = [ledger.books[operator] for operator in operators if operator in ledger.books]
    books += [ledger.sealed_books[edge] for edge in sorted(ledger.sealed_books)]
    attempt = ledger.attempt
    return Seat(
        campaign=ledger.address,
        account="",
        now=now,
        edges=tuple(map(edge_seen, ledger.edges)),
        books=tuple(replace(book, commitment=b"", penalty=0, known=None) for book in books),
        attempt=None if attempt is None else replace(attempt, results=()),
        bids=len(ledger.owners),
        recorded_at={number: ledger.recorded_at[number] for number in recent(ledger.terms, ledger.rounds_done)},
        deposited=ledger.deposits.total(),
        paid_out=ledger.payments.total(),
        block=block,
        **{name: getattr(ledger, name) for name in ("terms", "initiator", "status", *MONEY, *COURSE)},
    )
