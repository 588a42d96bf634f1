"""What the ledger of a campaign holds: an account for every bid, book, offer and edge, and all money in and out.

Times are seconds since the epoch, amounts base units, costs of offers ticks.
"""

from collections import Counter
from copy import copy
from dataclasses import dataclass, field
from typing import Self

from cofund.errors import Reverted
from cofund.market.offer_book import ListedOffer
from cofund.market.terms import Terms
from cofund.settlement.deadlines import Clock, Status
from cofund.units import ONE, div_down

NO_ROOT = bytes(32)


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
class BookAccount:
    """One operator's book; of a sealed campaign the book of one of its edges.

    Attributes:
        clients: in it, as the operator said when it sealed it.
        opened: whether it is open; then its offers are in the ledger, of a sealed campaign as ``known``.
        returned: whether its bond went back.
        penalty: what of its bond it lost for client-rounds that are missing, base units.
        edge: whose book it is, in a sealed campaign.
        void: sealed: it was called absent, and not all of its operator's books were opened in time.
        known: sealed: its offers, if whoever keeps the ledger has them.
    """

    operator: str
    commitment: bytes
    clients: int
    opened: bool = False
    returned: bool = False
    penalty: int = 0
    edge: int | None = None
    void: bool = False
    known: tuple[ListedOffer, ...] | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """To settle without books that are called absent.

    Attributes:
        settler: who staked money for it.
        until: when it may be confirmed, and no such book be opened any more.
        absent: edges whose books are called absent.
        results: winners and price of every edge, base units.
    """

    settler: str
    until: int
    absent: frozenset[int]
    results: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Offer:
    """One offer of an open book, or a winner of a sealed one, and what was paid on it.

    Of a sealed book's winner the client is empty until it is paid, and the cost 0, unless the book is known.

    Attributes:
        place: in the edge's section of the book.
        cost: ticks.
        paid_up_to: the round up to which it was paid.
        paid_rounds, paid: how many of them it delivered, and base units for them.
        extra_rounds, extra: what it got on top after an early end inside the goal; -1 until then.
    """

    client: str
    edge: int
    place: int
    cost: int
    winner: bool = False
    paid_up_to: int = 0
    paid_rounds: int = 0
    paid: int = 0
    extra_rounds: int = -1
    extra: int = 0


@dataclass(slots=True)
class EdgeAccount:
    """What an edge serves, signed for, and what was paid on it; counts are client-rounds.

    Attributes:
        start: position of its first offer in its operator's open book.
        offers: how many it has there.
        price: base units per client-round, fees included.
        root: of its last deliveries.
        missing: of every signed round, winners that did not deliver it.
        fee_rounds: at and below it, whose fee was paid.
        stood_in: whether the coordinator signed in the operator's place.
    """

    bonded: bool = False
    stood_in: bool = False
    start: int = 0
    offers: int = 0
    winners: int = 0
    price: int = 0
    root: bytes = NO_ROOT
    missing: tuple[int, ...] = ()
    claimed: int = 0
    extra_claimed: int = 0
    fee_rounds: int = 0

    @property
    def up_to_round(self) -> int:
        """The last round that was signed for."""
        return len(self.missing)

    @property
    def delivered(self) -> int:
        """Client-rounds signed for."""
        return self.winners * len(self.missing) - sum(self.missing)


@dataclass(slots=True)
class State(Clock):
    """The state of one campaign; ``Ledger`` has its calls.

    Args:
        terms: public terms.
        initiator: account that created the campaign; gets what rounding leaves.
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
    books: dict[str, BookAccount] = field(default_factory=dict)
    """By operator, in the order of their commitments."""
    sealed_books: dict[int, BookAccount] = field(default_factory=dict)
    """By edge, if the terms say that books stay sealed."""
    attempt: Attempt | None = None
    stakes: Counter[str] = field(default_factory=Counter)
    """What everybody has of the stakes of all attempts, less what it staked."""
    offers: list[Offer] = field(default_factory=list)
    """Of all open books, and winners of sealed ones, by edge and place."""
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
    vetoed: frozenset[str] = frozenset()
    """Who ended the campaign by a veto."""
    training_end: int = 0
    halted: bool = False
    boxes: tuple[bytes, ...] = ()
    """Digests of the released models."""
    extra: int = 0
    """Base units per client-round on top, once the campaign is closed."""
    dust: int = 0
    """What rounding, and forfeits that nobody can be given, left to the initiator."""
    lost_bonds: int = 0
    """Base units, kept for the owners until the campaign closes."""
    refused_by_token: set[str] = field(default_factory=set)
    """Accounts that the token does not pay now: an input, like the time. What they are paid becomes their credit."""
    credit: Counter[str] = field(default_factory=Counter)
    deposits: Counter[str] = field(default_factory=Counter)
    payments: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Open one account per edge."""
        self.edges = [EdgeAccount() for _ in self.terms.edges]

    def copy(self) -> Self:
        """The same ledger, which can go on without changing this."""
        found = copy(self)
        found.owners, found.offers = list(map(copy, self.owners)), list(map(copy, self.offers))
        found.edges = list(map(copy, self.edges))
        found.books = {operator: copy(book) for operator, book in self.books.items()}
        found.sealed_books = {edge: copy(book) for edge, book in self.sealed_books.items()}
        found.vetoes = {number: set(against) for number, against in self.vetoes.items()}
        found.recorded_at = dict(self.recorded_at)
        found.refused_by_token, found.stakes = set(self.refused_by_token), Counter(self.stakes)
        found.credit, found.deposits, found.payments = (
            Counter(amounts) for amounts in (self.credit, self.deposits, self.payments)
        )
        return found

    @property
    def models_released(self) -> bool:
        """Whether the coordinator committed to the models' boxes."""
        return bool(self.boxes)

    def held(self) -> int:
        """Token balance of the contract: what came in and did not go out."""
        return self.deposits.total() - self.payments.total()

    def promised(self) -> int:
        """All that can be asked for by now or, of what edges signed and bonds, later; at most ``held`` (I-1)."""
        owners = sum(owner.owed for owner in self.owners)
        bonds = sum(self.bond_left(book) for book in self.every_book() if self.still_bonded(book))
        bonds += self.terms.stake if self.attempt else 0
        clients = sum((edge.delivered - edge.claimed) * self.pay_per_round(at) for at, edge in enumerate(self.edges))
        fees = sum(
            (self.delivered_below(at) - edge.fee_rounds) * self.terms.edges[at].fee
            for at, edge in enumerate(self.edges)
        )
        extra = sum((edge.delivered - edge.extra_claimed) * self.extra for edge in self.edges)
        return self.credit.total() + owners + bonds + clients + fees + extra + self.lost_bonds

    def every_book(self) -> list[BookAccount]:
        """All books, sealed or not."""
        return [*self.books.values(), *self.sealed_books.values()]

    def book_of(self, edge: int) -> BookAccount:
        """The book with the offers of an edge that has winners."""
        return self.sealed_books[edge] if self.terms.sealed else self.books[self.terms.edges[edge].operator]

    def book_bond(self, book: BookAccount) -> int:
        """What was locked for a book."""
        return book.clients * self.terms.book_bond

    def bond_left(self, book: BookAccount) -> int:
        """What of it comes back."""
        return self.book_bond(book) - book.penalty

    def still_bonded(self, book: BookAccount) -> bool:
        """Whether the ledger holds a bond for this book: one that nobody showed forfeits it at settlement."""
        return not book.returned and (self.status == Status.OPEN or self.may_return(book))

    def pay_per_round(self, edge: int) -> int:
        """What a client gets for a round at its price, base units."""
        return self.edges[edge].price - self.terms.path_fee(edge) if self.edges[edge].winners else 0

    def at_and_below(self, edge: int) -> list[int]:
        """An edge and all edges below it."""
        return [at for at in range(len(self.edges)) if edge in self.terms.path(at)]

    def delivered_below(self, edge: int) -> int:
        """Client-rounds signed for at and below an edge."""
        return sum(self.edges[at].delivered for at in self.at_and_below(edge))

    def claimed_below(self, edge: int) -> int:
        """Client-rounds paid at and below an edge."""
        return sum(self.edges[at].claimed for at in self.at_and_below(edge))

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

    def refuse(self, account: str, amount: int) -> None:
        """Make what was paid credit: the token did not move it."""
        self.payments[account] -= amount
        self.credit[account] += amount

    def compensate(self, amount: int, shares: list[int]) -> int:
        """Owe the owners an amount in proportion to their shares, rounded down; what they got of it."""
        total = sum(shares)
        parts = [div_down(amount * share, total) if total else 0 for share in shares]
        for owner, part in zip(self.owners, parts, strict=True):
            owner.refund(part)
        return sum(parts)

    def edge(self, index: int) -> EdgeAccount:
        """The account of an edge of the terms."""
        require(0 <= index < len(self.edges), "edge: unknown")
        return self.edges[index]

    def offers_at(self, edge: int) -> list[Offer]:
        """The offers of an edge, cheapest first."""
        return [offer for offer in self.offers if offer.edge == edge]

    def add_offers(self, edge: int, start: int, listed: tuple[ListedOffer, ...]) -> None:
        """Enter an open book's section."""
        self.edges[edge].start, self.edges[edge].offers = start, len(listed)
        self.offers += [Offer(one.client, edge, place, one.cost) for place, one in enumerate(listed)]
        self.offers.sort(key=lambda offer: (offer.edge, offer.place))


def require(condition: bool, sentence: str) -> None:
    """Refuse with the contract's sentence."""
    if not condition:
        raise Reverted(sentence)
