"""Everybody's place in the books: what it brought, what it cost, what can still be claimed, and where its bond is.

A place is one bid, offer or role. Amounts are base units, edges are named by their ids. ``net`` is what a place has
brought so far: received, or owed by ``withdraw``, less deposited; what can still be claimed is in ``claimable``.
The nets of all places of an account are its payments and what it is owed, less its deposits (``nets``).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cofund.market.terms import NOBODY
from cofund.settlement.ledger import Ledger, Offer, Status


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
    """An offer.

    Attributes:
        edge: of an opened offer, else empty.
        relayed_by: the edge that posted the bond and gets it back; empty if the client did.
        delivered: rounds under the root that the edge signed last.
        paid_rounds, paid: rounds that were paid, and the pay.
        claimable: pay for rounds delivered and not claimed yet.
        saved: what of the price of the rounds delivered an underwriting sponsor keeps.
    """

    account: str
    edge: str
    relayed_by: str
    delivered: int
    paid_rounds: int
    paid: int
    claimable: int
    saved: int
    bond: Bond

    @property
    def earned(self) -> int:
        """Paid or claimable."""
        return self.paid + self.claimable

    @property
    def net(self) -> int:
        """See above; a bond that an edge posted is the edge's."""
        return self.paid + (0 if self.relayed_by else self.bond.net)


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
    """Who created the campaign: bonds that others forfeited, and what rounding leaves."""

    account: str
    forfeited: int
    rounding: int

    @property
    def net(self) -> int:
        """See above."""
        return self.forfeited + self.rounding


Place = OwnerPlace | OfferPlace | EdgePlace | CoordinatorPlace | SponsorPlace | InitiatorPlace


def places_of(ledger: Ledger, bitmaps: Mapping[int, int]) -> tuple[Place, ...]:
    """All places: owners and clients in commit order, edges, then the roles that there are.

    Args:
        ledger: the books.
        bitmaps: rounds delivered under the roots signed last, by position of the offer.
    """
    offers = [_offer(ledger, offer, bitmaps.get(at, 0)) for at, offer in enumerate(ledger.offers)]
    sponsor = [_sponsor(ledger)] if ledger.terms.sponsor != NOBODY else []
    edges = (_edge(ledger, at) for at in range(len(ledger.edges)))
    return (*_owners(ledger), *offers, *edges, _coordinator(ledger), *sponsor, _initiator(ledger, offers))


def nets(places: Iterable[Place]) -> Counter[str]:
    """What all places of every account have brought so far."""
    found, places = Counter[str](), list(places)
    operators = {place.edge: place.account for place in places if isinstance(place, EdgePlace)}
    for place in places:
        found[place.account] += place.net
        if isinstance(place, OfferPlace) and place.relayed_by:
            found[operators[place.relayed_by]] += place.bond.net
    return found


def _bond(amount: int, *, held: bool, lost: bool) -> Bond:
    return Bond(amount, 0, 0) if held else Bond(0, 0, amount) if lost else Bond(0, amount, 0)


def _owners(ledger: Ledger) -> Iterable[OwnerPlace]:
    still_open, given_back = ledger.status == Status.OPEN, ledger.status == Status.CANCELLED
    earned = ledger.earned() if ledger.rounds_done else [0] * len(ledger.owners)
    for owner, used in zip(ledger.owners, earned, strict=True):
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


def _offer(ledger: Ledger, offer: Offer, bitmap: int) -> OfferPlace:
    edges, paying = ledger.terms.edges, ledger.status in {Status.TRAINING, Status.CLOSED}
    claimable, more_saved = ledger.claimable(offer, bitmap) if offer.winner and paying else (0, 0)
    held = ledger.still_bonded(offer)
    return OfferPlace(
        account=offer.client,
        edge="" if offer.cost is None else edges[offer.edge].id,
        relayed_by="" if offer.poster is None else edges[offer.poster].id,
        delivered=bitmap.bit_count(),
        paid_rounds=offer.paid_rounds,
        paid=offer.paid,
        claimable=claimable,
        saved=ledger.saved(offer) + more_saved,
        bond=_bond(ledger.terms.client_bond, held=held and offer.bond_held, lost=not held or offer.bond_lost),
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
        earned=account.delivered * terms.fee,
        paid=account.fee_rounds * terms.fee,
        claimable=(account.claimed - account.fee_rounds) * terms.fee,
        bond=_bond(ledger.terms.edge_bond, held=not over, lost=lost) if account.bonded else Bond(),
    )


def _coordinator(ledger: Ledger) -> CoordinatorPlace:
    terms, amount = ledger.terms, ledger.terms.coordinator_bond if ledger.coordinator_bonded else 0
    if ledger.status != Status.CLOSED:
        over = ledger.status in {Status.UNFUNDED, Status.CANCELLED}
        return CoordinatorPlace(terms.coordinator, 0, 0, _bond(amount, held=not over, lost=False))
    fee, back = ledger.coordinators(ledger.spending())
    lost = terms.coordinator_fee * ledger.rounds_done - fee
    return CoordinatorPlace(terms.coordinator, fee, lost, Bond(0, back, amount - back))


def _sponsor(ledger: Ledger) -> SponsorPlace:
    locked = ledger.sponsor_deposit
    returned = locked - ledger.sponsor_locked + sum(ledger.saved(offer) for offer in ledger.offers)
    if ledger.status == Status.CLOSED:
        returned += ledger.sponsors(ledger.spending())
    return SponsorPlace(ledger.terms.sponsor, locked, returned)


def _initiator(ledger: Ledger, offers: Iterable[OfferPlace]) -> InitiatorPlace:
    """It gets the bonds of what was never opened; those that winners lose are the owners'."""
    unopened = sum(owner.bond.lost for owner in _owners(ledger))
    unopened += sum(offer.bond.lost for offer in offers if not offer.edge)
    return InitiatorPlace(ledger.initiator, unopened, ledger.dust)
