"""What the books of a campaign hold: an account for every bid, offer and edge, and all money in and out.

Times are seconds since the epoch, amounts base units, costs of offers ticks.
"""

from collections import Counter
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from typing import Self

from cofund import merkle
from cofund.errors import Reverted
from cofund.market.terms import Terms
from cofund.settlement.deadlines import Clock, Status
from cofund.units import ONE, div_down


@dataclass(slots=True)
class OwnerAccount:
    """One sealed bid and what became of it.

    Attributes:
        owed: the escrow until settlement, then what ``withdraw`` pays besides credit.
        bid: None until opened.
        refunded: what came to the owner after settlement: of its charge, and of what others lost.
    """

    account: str
    commitment: bytes
    escrow: int
    weight: int
    owed: int
    bid: int | None = None
    level: int = 0
    charge: int = 0
    refunded: int = 0

    def refund(self, amount: int) -> None:
        """Owe the owner more than settlement left it."""
        self.owed += amount
        self.refunded += amount


@dataclass(slots=True)
class Offer:
    """One sealed offer and what was paid on it.

    Attributes:
        poster: the edge that relayed the offer and locked its bond; None if the client did.
        cost: ticks; None until opened.
        bond_lost: whether a call took the bond from who posted it; one never opened is lost at settlement.
        paid: base units for ``paid_rounds`` rounds, without the bond.
    """

    client: str
    commitment: bytes
    poster: int | None = None
    edge: int = 0
    cost: int | None = None
    winner: bool = False
    bond_held: bool = True
    bond_lost: bool = False
    paid_rounds: int = 0
    paid: int = 0


@dataclass(slots=True)
class EdgeAccount:
    """What an edge serves, signed for, and what was paid on it; counts are client-rounds.

    Attributes:
        price: base units per client-round, fee included.
        stood_in: whether the coordinator signed in the operator's place.
    """

    bonded: bool = False
    stood_in: bool = False
    winners: int = 0
    price: int = 0
    up_to_round: int = 0
    root: bytes = merkle.EMPTY_ROOT
    delivered: int = 0
    claimed: int = 0
    fee_rounds: int = 0


@dataclass(slots=True)
class Books(Clock):
    """The state of one campaign; ``Ledger`` has its calls.

    Args:
        terms: public terms.
        initiator: account that created the campaign; gets the dust and the forfeited bonds of bids and offers.
        chain_id: of the chain, bound into every seal.
        address: of the campaign, bound into every seal.
    """

    terms: Terms
    initiator: str
    chain_id: int
    address: str
    status: Status = Status.OPEN
    coordinator_bonded: bool = False
    sponsor_locked: int = 0
    sponsor_deposit: int = 0
    """What the sponsor locked; ``sponsor_locked`` is what of it the rounds need."""
    owners: list[OwnerAccount] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    positions: dict[str, int] = field(default_factory=dict)
    """Position of every client's offer in commit order."""
    edges: list[EdgeAccount] = field(default_factory=list)
    round_cost: int = 0
    true_cost: int = 0
    slacks: tuple[int, ...] = ()
    """Underwritten: value less true cost of every round that runs, base units."""
    rounds: int = 0
    rounds_done: int = 0
    round_deadline: int = 0
    recorded_at: dict[int, int] = field(default_factory=dict)
    vetoes: dict[int, set[str]] = field(default_factory=dict)
    training_end: int = 0
    halted: bool = False
    release_root: bytes = merkle.EMPTY_ROOT
    dust: int = 0
    """What closing, and bonds lost later, left to the initiator after rounding."""
    lost_bonds: int = 0
    """Base units: bonds that winners lost, kept for the owners until the books close."""
    refused_by_token: set[str] = field(default_factory=set)
    """Accounts that the token does not pay now: an input, like the time. What they are paid becomes their credit."""
    credit: Counter[str] = field(default_factory=Counter)
    deposits: Counter[str] = field(default_factory=Counter)
    payments: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Open one account per edge."""
        self.edges = [EdgeAccount() for _ in self.terms.edges]

    def copy(self) -> Self:
        """The same books, which can go on without changing these."""
        found = copy(self)
        found.owners, found.offers = list(map(copy, self.owners)), list(map(copy, self.offers))
        found.edges = list(map(copy, self.edges))
        found.vetoes = {number: set(against) for number, against in self.vetoes.items()}
        found.positions, found.recorded_at = dict(self.positions), dict(self.recorded_at)
        found.refused_by_token = set(self.refused_by_token)
        found.credit, found.deposits, found.payments = (
            Counter(amounts) for amounts in (self.credit, self.deposits, self.payments)
        )
        return found

    def held(self) -> int:
        """Token balance of the contract: what came in and did not go out."""
        return self.deposits.total() - self.payments.total()

    def promised(self) -> int:
        """All that can be asked for by now or, of what edges signed and bonds, later; at most ``held`` (I-1)."""
        owners = sum(owner.owed for owner in self.owners)
        bonds = sum(offer.bond_held and self.still_bonded(offer) for offer in self.offers) * self.terms.client_bond
        sites = sum(
            (account.delivered - account.claimed) * account.price + (account.claimed - account.fee_rounds) * edge.fee
            for account, edge in zip(self.edges, self.terms.edges, strict=True)
        )
        return self.credit.total() + owners + bonds + sites + self.lost_bonds

    def still_bonded(self, offer: Offer) -> bool:
        """Whether the books hold a bond for this offer: one never opened forfeits it at settlement."""
        return offer.cost is not None or self.status in {Status.OPEN, Status.CANCELLED}

    def owed(self) -> Counter[str]:
        """What ``withdraw`` would pay every account now."""
        owed = Counter({owner.account: owner.owed for owner in self.owners if self.status != Status.OPEN})
        owed.update(self.credit)
        return owed

    def matched(self) -> int:
        """The sponsor's part of a round under ``serial``, rounded down."""
        return div_down(self.terms.match * self.round_cost, ONE)

    def pay(self, account: str, amount: int) -> None:
        """Pay, or credit what the token refuses to move."""
        (self.credit if account in self.refused_by_token else self.payments)[account] += amount

    def lose_bond(self) -> None:
        """A winner's bond waits for the books to close; once they are closed, the owners get it at once."""
        bond = self.terms.client_bond
        if self.status != Status.CLOSED:
            self.lost_bonds += bond
        else:
            rest = bond - self.compensate(bond)
            self.dust += rest
            self.credit[self.initiator] += rest

    def compensate(self, amount: int) -> int:
        """Owe the owners an amount in proportion to their charges, rounded down; what they got of it."""
        charges = sum(owner.charge for owner in self.owners)
        parts = [div_down(amount * owner.charge, charges) if charges else 0 for owner in self.owners]
        for owner, part in zip(self.owners, parts, strict=True):
            owner.refund(part)
        return sum(parts)

    def edge(self, index: int) -> EdgeAccount:
        """The account of an edge of the terms."""
        require(0 <= index < len(self.edges), "edge: unknown")
        return self.edges[index]


@dataclass(slots=True)
class Movements:
    """What a call pays and credits; booked only when the whole call is accepted."""

    paid: Counter[str] = field(default_factory=Counter)
    credited: Counter[str] = field(default_factory=Counter)
    lost_bonds: int = 0
    """How many."""

    def settle_bond(self, books: Books, offer: Offer, *, kept: bool) -> None:
        """A bond goes back to who posted it, unless it is lost."""
        bond = books.terms.client_bond
        offer.bond_held, offer.bond_lost = False, not kept
        if not kept:
            self.lost_bonds += 1
        elif offer.poster is None:
            self.paid[offer.client] += bond
        else:
            self.credited[books.terms.edges[offer.poster].operator] += bond

    def book(self, books: Books, offers: Iterable[Offer]) -> None:
        """Accept: write the money and the offers that it was moved for."""
        for account, amount in self.paid.items():
            books.pay(account, amount)
        books.credit.update(self.credited)
        for _ in range(self.lost_bonds):
            books.lose_bond()
        for offer in offers:
            books.offers[books.positions[offer.client]] = offer


def require(condition: bool, sentence: str) -> None:
    """Refuse with the contract's sentence."""
    if not condition:
        raise Reverted(sentence)
