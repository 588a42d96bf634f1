"""An operator's book on its own disk: the offers it lists, in their order, and the seed that alone opens them.

It is written, and backed up, before anything is sent, and never changed after that: clients are shown their places in
it. Who loses it cannot open the book, and its bond with it; who has it can open the book, so a second party may.
"""

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any, Final

from eth_utils.crypto import keccak

from cofund.campaign.book_places import Place
from cofund.campaign.signed_offers import SignedOffer, offer_in
from cofund.errors import InputError
from cofund.market.document import read_document
from cofund.market.hex_fields import address, below, hexadecimal
from cofund.market.offer_book import BookSection, OfferBook
from cofund.market.sealed_book import SealedBook
from cofund.market.terms import MAX_BOOK, MAX_SEALED
from cofund.roles.openings import write_secret

SCHEMA: Final = "cofund.book/1"
NAME: Final = "book.json"
SEED_BYTES: Final = 32


@dataclass(frozen=True)
class KeptBook:
    """An operator's book, or its books if they are sealed: then every edge has its own.

    Args:
        chain_id, campaign: where it is committed.
        operator: of all its edges.
        sealed: whether the terms say that books are never opened.
        seed: 32 random bytes.
        offers: edges rising, costs rising at each, equal costs in an order that the seed draws.
    """

    chain_id: int
    campaign: str
    operator: str
    sealed: bool
    seed: bytes
    offers: tuple[SignedOffer, ...]

    @cached_property
    def edges(self) -> tuple[int, ...]:
        """At which somebody is listed."""
        return tuple(sorted({offer.edge for offer in self.offers}))

    @cached_property
    def whole(self) -> OfferBook:
        """The book of all edges; of terms whose books open."""
        sections = (BookSection(edge, tuple(offer.listed for offer in self.at(edge))) for edge in self.edges)
        return OfferBook(self.operator, self.seed, tuple(sections))

    @cached_property
    def by_edge(self) -> dict[int, SealedBook]:
        """The book of every edge, each with a seed of its own; of terms whose books stay sealed."""
        return {
            edge: SealedBook(
                edge, keccak(self.seed + edge.to_bytes(32)), tuple(offer.listed for offer in self.at(edge))
            )
            for edge in self.edges
        }

    @property
    def commitments(self) -> tuple[tuple[int, bytes, int], ...]:
        """Arguments of every ``commit_book``: an edge, the commitment, how many clients."""
        if self.sealed:
            books = self.by_edge.items()
            return tuple((at, book.commitment(self.chain_id, self.campaign), len(book.offers)) for at, book in books)
        return ((self.edges[0], self.whole.commitment(self.chain_id, self.campaign), len(self.offers)),)

    def at(self, edge: int) -> tuple[SignedOffer, ...]:
        """The offers of an edge, cheapest first."""
        return tuple(offer for offer in self.offers if offer.edge == edge)

    def place(self, at: int) -> Place:
        """The proof of the offer at a place of ``offers``."""
        if not self.sealed:
            return self.whole.place(at)
        edge = self.offers[at].edge
        return self.by_edge[edge].place(at - sum(offer.edge < edge for offer in self.offers))

    def to_json(self) -> dict[str, Any]:
        """The document."""
        return {
            "schema": SCHEMA,
            "chain_id": self.chain_id,
            "campaign": self.campaign,
            "operator": self.operator,
            "sealed": self.sealed,
            "seed": self.seed.hex(),
            "offers": [offer.to_json() for offer in self.offers],
        }


def bind_book(chain_id: int, campaign: str, operator: str, offers: Iterable[SignedOffer], *, sealed: bool) -> KeptBook:
    """Sort offers into a new book with a fresh seed.

    Raises:
        InputError: there are none, or more than can be opened.
    """
    seed = secrets.token_bytes(SEED_BYTES)
    book = KeptBook(chain_id, campaign, operator, sealed, seed, _in_order(offers, seed))
    most, sizes = (MAX_SEALED, [len(book.at(e)) for e in book.edges]) if sealed else (MAX_BOOK, [len(book.offers)])
    if not book.offers:
        raise InputError(campaign, "", "expected at least one offer for a book, found none")
    if max(sizes) > most:
        raise InputError(campaign, "", f"expected at most {most:,} clients in a book, got {max(sizes):,}")
    return book


def fitting(offers: Sequence[SignedOffer], *, sealed: bool) -> list[SignedOffer]:
    """As many offers as books take, the cheapest of every edge: else a crowd of strangers would keep all out."""
    cheapest: dict[int, list[SignedOffer]] = {}
    for offer in sorted(offers, key=lambda offer: offer.cost):
        cheapest.setdefault(offer.edge, []).append(offer)
    if sealed:
        return [offer for there in cheapest.values() for offer in there[:MAX_SEALED]]
    in_turn = chain.from_iterable(zip_longest(*cheapest.values()))
    return list(islice((offer for offer in in_turn if offer is not None), MAX_BOOK))


def _in_order(offers: Iterable[SignedOffer], seed: bytes) -> tuple[SignedOffer, ...]:
    """By edge and cost; of equal costs a lot decides, so that no name and no hour is worth anything."""

    def lot(client: str) -> bytes:
        return keccak(seed + bytes.fromhex(client[2:]))

    return tuple(sorted(offers, key=lambda offer: (offer.edge, offer.cost, lot(offer.client))))


# ------------------------------------------------------------ on disk


def book_path(folder: Path) -> Path:
    """Where an operator keeps its book."""
    return folder / NAME


def kept_book(folder: Path) -> KeptBook | None:
    """The book in an account's folder, if there is one."""
    path = book_path(folder)
    return load_book(path) if path.exists() else None


def load_book(path: Path) -> KeptBook:
    """Read a book.

    Raises:
        InputError: naming file and field, if it is none.
    """
    names = ("schema", "chain_id", "campaign", "operator", "sealed", "seed", "offers")
    fields = read_document(str(path), SCHEMA).members(names)
    offers = tuple(offer_in(item) for item in fields["offers"].items(least=1))
    book = KeptBook(
        below(fields["chain_id"], fields["chain_id"].integer(), 2**256),
        address(fields["campaign"]),
        address(fields["operator"]),
        fields["sealed"].flag(),
        hexadecimal(fields["seed"], SEED_BYTES),
        offers,
    )
    if [(offer.edge, offer.cost) for offer in offers] != sorted((offer.edge, offer.cost) for offer in offers):
        raise fields["offers"].refuse("offers by edge and cost, both rising")
    return book


def keep_book(book: KeptBook, folder: Path, backup: Path | None) -> list[Path]:
    """Write a book into the account's folder, and a second copy into ``backup``; on disk when this returns.

    Raises:
        InputError: if another book is there, which must not be lost.
    """
    paths = [book_path(folder)]
    if backup is not None:
        paths.append(backup / f"{book.chain_id}-{book.campaign}-{book.operator}-book.json")
    for path in paths:
        if path.exists() and load_book(path) != book:
            raise InputError(str(path), "", "holds another book; move it away only if that one was never sent")
        write_secret(path, json.dumps(book.to_json(), indent=1) + "\n")
    return paths


def require_book(book: KeptBook, chain_id: int, campaign: str, where: Path, edges: Sequence[str] = ()) -> KeptBook:
    """Refuse a book of another campaign; ``edges``: the operators of all edges, if they are known.

    Raises:
        InputError: naming the file.
    """
    if (book.chain_id, book.campaign) != (chain_id, campaign):
        there = f"expected a book in {campaign} on chain {chain_id}"
        raise InputError(str(where), "campaign", f"{there}, got {book.campaign} on chain {book.chain_id}")
    if edges and any(edge >= len(edges) or edges[edge] != book.operator for edge in book.edges):
        raise InputError(str(where), "operator", "expected a book of edges of one operator of this campaign")
    return book
