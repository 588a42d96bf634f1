"""A campaign on revm up to its settlement, made of raw arguments: edges, regions, books. Money is plentiful."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from cofund.chain.accounts import deliveries_message, rehearsal_account, sign
from cofund.chain.contract import claim_arguments
from cofund.market.offer_book import (
    CHUNK,
    Boundary,
    ListedOffer,
    OfferBook,
    delivered_levels,
    delivered_parts,
    missing_words,
    tree_proof,
)
from cofund.market.sealed_book import SealedBook
from evm import CHAIN_ID, START, Machine, deploy_factory, signature_of

NOBODY = "0x" + "00" * 20
COORDINATOR_KEY = rehearsal_account("books", "coordinator")
COORDINATOR = COORDINATOR_KEY.address
OPERATORS = [rehearsal_account("books", f"operator{number}") for number in range(4)]
INITIATOR = "0x" + "11" * 20
CURVE = (400_000_000, 300_000_000, 200_000_000, 100_000_000)


def account(number: int) -> str:
    return to_checksum_address((0xABC0000000000 + number).to_bytes(20))


@dataclass(frozen=True)
class Site:
    """An edge: who runs it, clients at and below it, its own fee and ceiling, 1 + the edge above it."""

    operator: str
    capacity: int
    fee: int = 0
    ceiling: int = 100
    parent: int = 0


@dataclass
class BookMarket:
    """A campaign with its books.

    Args:
        sites: in the order of the terms.
        cohort: most clients.
        changes: of the public terms.
    """

    sites: Sequence[Site]
    cohort: int
    changes: dict[str, Any] = field(default_factory=dict)
    goals: Sequence[int] = ((1 << 16) | 2,)
    machine: Any = field(default_factory=Machine)

    def __post_init__(self) -> None:
        self.token = self.machine.deploy("TestToken")
        self.factory = deploy_factory(self.machine)
        create = ("create", tuple(self.terms.values()), self.edge_rows(), [self.curve_word()], list(self.goals), [], "")
        campaign = self.machine.call("CampaignFactory", self.factory, *create, sender=INITIATOR)
        self.campaign = to_checksum_address(campaign)
        self.books = to_checksum_address(self.call("books"))
        self.funded: dict[str, int] = {}
        self.book_of: dict[str, OfferBook] = {}
        self.bids: dict[str, tuple[str, int, bytes]] = {}
        self.fund(COORDINATOR)
        self.call("post_coordinator_bond", sender=COORDINATOR)

    @property
    def terms(self) -> dict[str, Any]:
        """The public terms as the contract takes them."""
        fields = {
            "token": self.token, "initiator": NOBODY, "coordinator": COORDINATOR, "sponsor": NOBODY, "sharing": NOBODY,
            "underwritten": False, "match": 0,
            "commit_end": START + 100, "reveal_end": START + 200, "settle_end": START + 300,
            "round_limit": 50, "veto_window": 0, "unaccepted": 1, "delivery_window": 40, "tick": 1,
            "cohort": self.cohort, "min_cohort": 1, "ceiling": 100, "coordinator_fee": 7, "rounds": 4,
            "tolerance": 10**9, "owner_bond": 5, "book_bond": 100, "edge_bond": 0, "coordinator_bond": 1000,
            "stake": 0, "absence_window": 0, "sealed": False, "listed_owners": False, "digest": b"\7" * 32,
        }  # fmt: skip
        assert set(self.changes) <= set(fields)
        return fields | self.changes

    def edge_rows(self) -> list[tuple[Any, ...]]:
        return [(site.operator, site.capacity, site.fee, site.ceiling, site.parent) for site in self.sites]

    @staticmethod
    def curve_word() -> int:
        return sum(step << 32 * at for at, step in enumerate(CURVE))

    def call(self, function: str, *arguments: Any, sender: str = INITIATOR) -> Any:
        return self.machine.call("Campaign", self.campaign, function, *arguments, sender=sender)

    def on_books(self, function: str, *arguments: Any, sender: str = INITIATOR) -> Any:
        return self.machine.call("Books", self.books, function, *arguments, sender=sender)

    def fund(self, holder: str) -> None:
        if holder in self.funded:
            return
        self.funded[holder] = 10**30
        self.machine.call("TestToken", self.token, "mint", [holder], 10**30)
        self.machine.call("TestToken", self.token, "approve", self.campaign, 2**256 - 1, sender=holder)

    def commit(self, book: OfferBook) -> None:
        self.fund(book.operator)
        arguments = (book.sections[0].edge, book.commitment(CHAIN_ID, self.campaign), len(book.offers))
        self.on_books("commit_book", *arguments, sender=book.operator)
        self.book_of[book.operator] = book

    def opening(self, book: OfferBook) -> bytes:
        selector, inputs, _ = signature_of("Books", "open_book", 3)
        return selector + encode(inputs, [book.operator, book.seed, list(book.counts)]) + book.records

    def open(self, book: OfferBook) -> None:
        self.machine.now = max(self.machine.now, START + 100)
        self.machine.send(self.books, self.opening(book))

    def settle(self, boundaries: Sequence[Boundary]) -> None:
        self.machine.now = max(self.machine.now, START + 200)
        self.on_books("settle", [boundary.arguments for boundary in boundaries])

    def bid(self, owner: str, amount: int, escrow: int) -> None:
        self.fund(owner)
        salt = owner.encode()[-32:].rjust(32)
        types = ["bytes32", "uint256", "address", "address", "uint256", "bytes32"]
        seal = keccak(encode(types, [keccak(text="cofund bid"), CHAIN_ID, self.campaign, owner, amount, salt]))
        self.call("commit_bid", seal, escrow, b"\5" * 32, sender=owner)
        self.bids[owner] = (owner, amount, salt)

    def reveal(self, *owners: str) -> None:
        self.machine.now = max(self.machine.now, START + 100)
        self.call("reveal_bids", [self.bids[owner] for owner in owners])

    def record(self, number: int) -> None:
        self.call("record_round", number, bytes([number]) * 32, b"\2" * 32, 5, sender=COORDINATOR)

    def start(self, edge: int) -> int:
        book = self.book_of.get(self.sites[edge].operator)
        return book.start(edge) if book else 0

    def post(self, edge: int, bitmaps: Sequence[int], rounds: int, signer: Any) -> None:
        """Deliveries of an edge's winners, signed."""
        root = delivered_levels(self.start(edge), bitmaps)[-1][0]
        missing = missing_words(bitmaps, rounds)
        r, vs = sign(signer, deliveries_message(CHAIN_ID, self.campaign, edge, rounds, root, missing))
        self.call("post_deliveries", edge, rounds, root, missing, r + vs)

    def claim(self, edge: int, bitmaps: Sequence[int], part: int, chosen: int | None = None) -> None:
        """Claims of one chunk of an edge's winners."""
        book, start = self.book_of[self.sites[edge].operator], self.start(edge)
        chunk, delivered = delivered_parts(start, bitmaps)[part]
        who, proof = (1 << len(delivered)) - 1, tree_proof(delivered_levels(start, bitmaps), part)
        self.on_books("claim", *claim_arguments(book, edge, chunk, who if chosen is None else chosen, delivered, proof))

    def claim_sealed(self, edge: int, book: SealedBook, bitmaps: Sequence[int], part: int) -> None:
        """Claims of one chunk of an edge's winners, from a sealed book."""
        chunk, delivered = delivered_parts(0, bitmaps)[part]
        everybody, proof = range(len(delivered)), tree_proof(delivered_levels(0, bitmaps), part)
        _, *shown = book.shown(chunk * CHUNK + at for at in everybody).claim(chunk, everybody, delivered, proof)
        self.machine.call("SealedBooks", self.books, "claim", edge, *shown)

    def balance(self, holder: str) -> int:
        return self.machine.view("TestToken", self.token, "balanceOf", holder)

    def results(self) -> list[tuple[int, int]]:
        """Winners and price of every edge."""
        states = [self.call("edge", index)[1] for index in range(len(self.sites))]
        return [(state[1], state[0]) for state in states]


def random_books(sites: Sequence[Site], offers: int, seed: int, top: int = 100) -> dict[str, OfferBook]:
    """Books of random offers, by operator."""
    draw = random.Random(seed)
    listed: dict[str, dict[int, list[ListedOffer]]] = {}
    for number in range(offers):
        edge = draw.randrange(len(sites))
        at_edge = listed.setdefault(sites[edge].operator, {}).setdefault(edge, [])
        at_edge.append(ListedOffer(account(number), draw.randrange(top)))
    return {operator: OfferBook.of(operator, draw.randbytes(32), at) for operator, at in listed.items()}
