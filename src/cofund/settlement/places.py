"""Everybody's place in the books: what it brought, what it cost, what can still be claimed, and where its bond is.

A place is one bid, offer or role. Amounts are base units, edges are named by their ids. ``net`` is what a place has
brought so far: received, or owed by ``withdraw``, less deposited; what can still be claimed is in ``claimable``.
The nets of all places of an account are its payments and what it is owed, less its deposits (``nets``).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import add

from cofund.market.terms import NOBODY
from cofund.settlement.ledger import Ledger, Offer, Status
from cofund.settlement.state import BookAccount


@dataclass(frozen=True, slots=True)
class Bond:
    """Where a bond is; the three add up to what was posted."""

    held: int = 0
    returned: int = 0
    lost: int = 0

    @property
    def net(self) -> int:
        """What it has brought so far."""
        return -self.held - self.lost

    @property
    def where(self) -> str:
        """In a word; empty if none was posted."""
        return "held" if self.held else "lost" if self.lost > self.returned else "returned" if self.returned else ""


@dataclass(frozen=True, slots=True)
class OwnerPlace:
    """A bid.

    Attributes:
        escrow: locked with the bid; ``locked`` is what of it is still locked.
        charge: of the rounds bought.
        earned: what of the charge the rounds done have earned.
        refunded: what came back after settlement: of the charge, and of what others lost.
        owed: what ``withdraw`` pays for this bid now.
    """

    account: str
    escrow: int
    locked: int
    charge: int
    earned: int
    refunded: int
    owed: int
    bond: Bond

    @property
    def net(self) -> int:
        """See above."""
        return self.refunded - self.charge - self.locked + self.bond.net


@dataclass(frozen=True, slots=True)
class OfferPlace:
    """An offer of an open book, or a winner of a sealed one.

    Attributes:
        account: of the client; empty in a sealed book until it is paid.
        edge: in whose section or book it is.
        number: its place there.
        delivered: rounds under the deliveries that the edge signed last.
        paid_rounds, paid: rounds that were paid, and the pay.
        claimable: pay for rounds delivered and not claimed yet, the extra included.
        extra: what was paid on top after an early end inside the goal.
        saved: what of the price of the rounds delivered an underwriting sponsor keeps.
    """

    account: str
    edge: str
    number: int
    delivered: int
    paid_rounds: int
    paid: int
    claimable: int
    extra: int
    saved: int

    @property
    def earned(self) -> int:
        """Paid or claimable."""
        return self.paid + self.extra + self.claimable

    @property
    def net(self) -> int:
        """See above."""
        return self.paid + self.extra


@dataclass(frozen=True, slots=True)
class OperatorPlace:
    """An operator's book and its bond.

    Attributes:
        clients: in it.
        opened: whether it is open.
        edge: whose book it is, if books stay sealed; else empty.
    """

    account: str
    clients: int
    opened: bool
    bond: Bond
    edge: str = ""

    @property
    def net(self) -> int:
        """See above."""
        return self.bond.net


@dataclass(frozen=True, slots=True)
class EdgePlace:
    """An edge; counts are client-rounds.

    Attributes:
        bonded: whether it serves anybody.
        price: of a client-round, fee included.
        up_to_round: that its root signs for; ``stood_in`` if the coordinator signed it.
        delivered, claimed, fee_rounds: signed for, paid to clients, paid to the edge.
        earned: fees for what was delivered; ``paid`` and, for what clients claimed, ``claimable`` are parts of it.
    """

    account: str
    edge: str
    bonded: bool
    winners: int
    price: int
    up_to_round: int
    stood_in: bool
    delivered: int
    claimed: int
    fee_rounds: int
    earned: int
    paid: int
    claimable: int
    bond: Bond

    @property
    def net(self) -> int:
        """See above."""
        return self.paid + self.bond.net


@dataclass(frozen=True, slots=True)
class CoordinatorPlace:
    """The coordinator; it gets its fee at closing, or loses it to the owners."""

    account: str
    fee: int
    fee_lost: int
    bond: Bond

    @property
    def net(self) -> int:
        """See above."""
        return self.fee + self.bond.net


@dataclass(frozen=True, slots=True)
class SponsorPlace:
    """The sponsor: what it locked and what of it came back."""

    account: str
    locked: int
    returned: int

    @property
    def net(self) -> int:
        """See above."""
        return self.returned - self.locked


@dataclass(frozen=True, slots=True)
class InitiatorPlace:
    """Who created the campaign: what rounding leaves, and forfeits that nobody can be given."""

    account: str
    rounding: int

    @property
    def net(self) -> int:
        """See above."""
        return self.rounding


@dataclass(frozen=True, slots=True)
class StakePlace:
    """Who settled without sealed books, or showed its own when they were called absent: stakes got less stakes put."""

    account: str
    net: int


Place = (
    StakePlace | OwnerPlace | OperatorPlace | OfferPlace | EdgePlace | CoordinatorPlace | SponsorPlace | InitiatorPlace
)


def places_of(ledger: Ledger, bitmaps: Mapping[tuple[int, int], int]) -> tuple[Place, ...]:
    """All places: owners, books, stakes, offers by edge and place, edges, then the roles that there are.

    Owners and books are in commit order.

    Args:
        ledger: the accounts.
        bitmaps: rounds delivered under the deliveries signed last, by edge and place.
    """
    offers = [_offer(ledger, offer, bitmaps.get((offer.edge, offer.place), 0)) for offer in ledger.offers]
    sponsor = [_sponsor(ledger)] if ledger.terms.sponsor != NOBODY else []
    edges = (_edge(ledger, at) for at in range(len(ledger.edges)))
    books = (_book(ledger, book) for book in ledger.every_book())
    stakes = (StakePlace(account, net) for account, net in ledger.stakes.items())
    return (*_owners(ledger), *books, *stakes, *offers, *edges, _coordinator(ledger), *sponsor, _initiator(ledger))


def nets(places: Iterable[Place]) -> Counter[str]:
    """What all places of every account have brought so far."""
    found = Counter[str]()
    for place in places:
        found[place.account] += place.net
    return found


def _bond(amount: int, *, held: bool, lost: bool) -> Bond:
    return Bond(amount, 0, 0) if held else Bond(0, 0, amount) if lost else Bond(0, amount, 0)


def _owners(ledger: Ledger) -> Iterable[OwnerPlace]:
    still_open, given_back = ledger.status == Status.OPEN, ledger.status == Status.CANCELLED
    earned = ledger.earned() if ledger.rounds_done else None
    used_up = map(add, earned.earned, earned.more) if earned else [0] * len(ledger.owners)
    for owner, used in zip(ledger.owners, used_up, strict=True):
        yield OwnerPlace(
            account=owner.account,
            escrow=owner.escrow,
            locked=owner.escrow if still_open else 0,
            charge=owner.charge,
            earned=used,
            refunded=owner.refunded,
            owed=0 if still_open else owner.owed,
            bond=_bond(ledger.terms.owner_bond, held=still_open, lost=owner.bid is None and not given_back),
        )


def _book(ledger: Ledger, book: BookAccount) -> OperatorPlace:
    left = ledger.bond_left(book)
    if ledger.still_bonded(book):
        bond = Bond(left, 0, book.penalty)
    else:
        bond = Bond(0, left, book.penalty) if book.returned else Bond(0, 0, ledger.book_bond(book))
    edge = "" if book.edge is None else ledger.terms.edges[book.edge].id
    return OperatorPlace(book.operator, book.clients, book.opened, bond, edge)


def _offer(ledger: Ledger, offer: Offer, bitmap: int) -> OfferPlace:
    paying = offer.winner and ledger.status in {Status.TRAINING, Status.CLOSED}
    _, more_saved = ledger.claimable(offer, bitmap) if paying else (0, 0)
    return OfferPlace(
        account=offer.client,
        edge=ledger.terms.edges[offer.edge].id,
        number=offer.place,
        delivered=bitmap.bit_count(),
        paid_rounds=offer.paid_rounds,
        paid=offer.paid,
        claimable=ledger.due(offer, bitmap) if paying else 0,
        extra=offer.extra,
        saved=ledger.saved(offer) + more_saved,
    )


def _edge(ledger: Ledger, at: int) -> EdgePlace:
    account, terms, over = ledger.edges[at], ledger.terms.edges[at], ledger.status not in {Status.OPEN, Status.TRAINING}
    lost = ledger.status == Status.CLOSED and ledger.forfeits_bond(at)
    return EdgePlace(
        account=terms.operator,
        edge=terms.id,
        bonded=account.bonded or ledger.terms.edge_bond == 0,
        winners=account.winners,
        price=account.price,
        up_to_round=account.up_to_round,
        stood_in=account.stood_in,
        delivered=account.delivered,
        claimed=account.claimed,
        fee_rounds=account.fee_rounds,
        earned=ledger.delivered_below(at) * terms.fee,
        paid=account.fee_rounds * terms.fee,
        claimable=(ledger.claimed_below(at) - account.fee_rounds) * terms.fee,
        bond=_bond(ledger.terms.edge_bond, held=not over, lost=lost) if account.bonded else Bond(),
    )


def _coordinator(ledger: Ledger) -> CoordinatorPlace:
    terms, amount = ledger.terms, ledger.terms.coordinator_bond if ledger.coordinator_bonded else 0
    if ledger.status != Status.CLOSED:
        over = ledger.status in {Status.UNFUNDED, Status.CANCELLED}
        return CoordinatorPlace(terms.coordinator, 0, 0, _bond(amount, held=not over, lost=False))
    fee, back = ledger.coordinators(ledger.earned())
    lost = terms.coordinator_fee * ledger.rounds_done - fee
    return CoordinatorPlace(terms.coordinator, fee, lost, Bond(0, back, amount - back))


def _sponsor(ledger: Ledger) -> SponsorPlace:
    locked = ledger.sponsor_deposit
    returned = locked - ledger.sponsor_locked + sum(ledger.saved(offer) for offer in ledger.offers)
    if ledger.status == Status.CLOSED:
        returned += ledger.sponsors(ledger.earned())
    return SponsorPlace(ledger.terms.sponsor, locked, returned)


def _initiator(ledger: Ledger) -> InitiatorPlace:
    return InitiatorPlace(ledger.initiator, ledger.dust)
