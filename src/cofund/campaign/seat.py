"""What one account has at stake in a campaign, and where that stands, at one moment.

It is made of the ledger's own accounts and holds no more of them than the contract's views tell, so that the books
(``seat_of``) and the views (``onchain.seat_at``) give the same: bids and offers without their commitments, a bid
without its escrow and what came back of it, an offer without what became of its bond once that is settled.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from cofund.market.terms import Terms
from cofund.settlement.deadlines import BondRule, Clock, Status
from cofund.settlement.ledger import Ledger, Offer
from cofund.settlement.state import EdgeAccount, OwnerAccount

COURSE: Final[tuple[str, ...]] = (
    *("coordinator_bonded", "sponsor_locked", "round_cost", "rounds", "rounds_done"),
    *("round_deadline", "training_end", "halted", "release_root"),
)
"""What a seat, the books and the contract's views have by the same names."""
PAYING: Final = frozenset({Status.TRAINING, Status.CLOSED})
"""While there are winners: an unfunded campaign has none, whatever its market came to."""


@dataclass(frozen=True, slots=True)
class Seat(Clock):
    """Everything that the next step of an account depends on.

    Args:
        campaign, account: addresses; the account's is empty for somebody who has no place.
        now: earliest time that the next block can have, seconds since the epoch.
        terms, initiator: of the campaign; by the views with edges called by number, without the curve, and of all
            weights with those of owners that have committed.
        status: the contract's.
        coordinator_bonded, sponsor_locked: as in the books.
        edges: all of them, in the order of the terms.
        bids, offers, opened: how many bids and offers are sealed, and how many of the offers are opened.
        round_cost: base units.
        rounds, rounds_done: bought, and recorded and not vetoed.
        round_deadline, training_end: seconds since the epoch; the second is 0 while rounds are outstanding.
        recorded_at: of the last round, 0 if none.
        halted: whether a record did not come in time.
        release_root: of the sealed models, zeros until they are released.
        deposited, paid_out: base units, by everybody.
        credit: base units that ``withdraw`` pays the account, besides an owner's.
        owner, offer: the account's bid and offer, None if it sealed none.
        position: of the offer, in commit order.
        relayed: offers that the account's edges relayed; only the campaign's events say which they are, so empty unless
            somebody has looked.
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
    bids: int
    offers: int
    opened: int
    round_cost: int
    rounds: int
    rounds_done: int
    round_deadline: int
    training_end: int
    recorded_at: int
    halted: bool
    release_root: bytes
    deposited: int
    paid_out: int
    credit: int = 0
    owner: OwnerAccount | None = None
    offer: Offer | None = None
    position: int | None = None
    relayed: tuple[Offer, ...] = ()
    model_kept: bool = False
    block: int | str = "latest"

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

    def office(self, role: str) -> str:
        """Whom the terms give a role to, as sponsor, coordinator or initiator."""
        return self.initiator if role == "initiator" else str(getattr(self.terms, role))

    @property
    def withdrawable(self) -> int:
        """Base units that ``withdraw`` pays the account now."""
        own = self.owner.owed if self.owner is not None and self.status != Status.OPEN else 0
        return self.credit + own

    def returns_bond(self, offer: Offer) -> bool:
        """Whether ``return_bonds`` gives an offer's bond back now, to whoever posted it."""
        return offer.bond_held and self.unclaimed_bond(offer, self.now) == BondRule.RETURNS


def seat_of(ledger: Ledger, now: int, account: str, block: int | str = "latest") -> Seat:
    """An account's seat by the books; offers that its edges relayed included.

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
    for account in accounts:
        owner, position = owners.get(account), ledger.positions.get(account)
        seat = replace(
            nobody,
            account=account,
            credit=ledger.credit[account],
            owner=None if owner is None else replace(owner, commitment=b"", escrow=0, refunded=0),
            offer=None if position is None else told(ledger.offers[position], nobody),
            position=position,
        )
        operated = seat.operated
        relayed = [told(offer, nobody) for offer in ledger.offers if offer.poster in operated] if operated else ()
        yield replace(seat, relayed=tuple(relayed))


def _nobodys(ledger: Ledger, now: int, block: int | str) -> Seat:
    """What is the same for everybody."""
    return Seat(
        campaign=ledger.address,
        account="",
        now=now,
        edges=tuple(ledger.edges),
        bids=len(ledger.owners),
        offers=len(ledger.offers),
        opened=sum(offer.cost is not None for offer in ledger.offers),
        recorded_at=ledger.recorded_at.get(ledger.rounds_done, 0),
        deposited=ledger.deposits.total(),
        paid_out=ledger.payments.total(),
        block=block,
        **{name: getattr(ledger, name) for name in ("terms", "initiator", "status", *COURSE)},
    )


def told(offer: Offer, state: Clock) -> Offer:
    """What the contract's views tell of an offer."""
    cost = None if offer.cost is None else min(offer.cost, most_kept(state.terms, offer.edge))
    winner = offer.winner and state.status in PAYING
    return replace(offer, commitment=b"", cost=cost, winner=winner, bond_lost=False)


def most_kept(terms: Terms, edge: int) -> int:
    """Ticks of an offer's cost that the contract keeps: with its edge's fee one tick above the ceiling."""
    return (terms.ceiling - terms.edges[edge].fee) // terms.tick + 1
