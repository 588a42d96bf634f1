"""An edge's sealed book: a search tree over its offers, of which settlement sees two leaves and claims no cost.

Every inner node commits to a separator: no cost left of it is higher, none right of it lower, and a path counts only if
its separators fit its leaf, so any two leaves with valid paths are in order (docs/mechanism.md, theorem 6.1). Salts and
separators follow from the seed, so that the book can be opened whole if somebody calls it absent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from cofund.market.offer_book import CHUNK, COST_BYTES, ListedOffer
from cofund.market.sealed_proofs import (
    CHUNK_HEIGHT,
    CLIENT_SALT,
    COST_SALT,
    EMPTY,
    NO_LEAF,
    SEALED_BOOK,
    NamelessBook,
    SealedBoundary,
    SealedChunk,
    SealedLeaf,
    ShownClients,
    chunks_of,
    sealed_commitment,
    sealed_leaf,
    sealed_node,
)

__all__ = [
    "CLIENT_SALT",
    "COST_SALT",
    "EMPTY",
    "NO_LEAF",
    "SEALED_BOOK",
    "SealedBook",
    "SealedLeaf",
    "SealedPlace",
    "hiding",
    "sealed_commitment",
    "sealed_leaf",
    "sealed_node",
    "sorted_sealed",
]
HIGHEST: Final = 2**48 - 1


@dataclass(frozen=True, slots=True)
class SealedPlace:
    """A client's proof that its offer is in a sealed book, and that it can be paid from it.

    Args:
        edge: its number in the terms.
        count: clients in the book.
        position: of the offer among them.
        offer: the client and its cost.
        client_salt, cost_salt: that hide them, of 96 and 208 bits.
        siblings, separators: as in ``SealedLeaf``.
        chunk: all leaves of its chunk: a claim shows them, so without them nobody could be paid.
    """

    edge: int
    count: int
    position: int
    offer: ListedOffer
    client_salt: int
    cost_salt: int
    siblings: tuple[bytes, ...]
    separators: tuple[bytes, ...]
    chunk: SealedChunk

    @property
    def _words(self) -> tuple[bytes, bytes]:
        """Client << 96 | salt, and cost << 208 | salt."""
        client = (int(self.offer.client, 16) << CLIENT_SALT | self.client_salt).to_bytes(32)
        return client, (self.offer.cost << COST_SALT | self.cost_salt).to_bytes(32)

    def commitment(self, chain_id: int, campaign: str) -> bytes | None:
        """The commitment of every book with this offer at this place; ``None`` if a separator does not fit it."""
        client, cost = self._words
        root = SealedLeaf(keccak(client), cost, self.siblings, self.separators).root(self.position, self.count)
        return None if root is None else sealed_commitment(chain_id, campaign, self.edge, self.count, root)

    @property
    def shown(self) -> ShownClients:
        """What a claim takes of this client."""
        client, cost = self._words
        mine = {self.position: (client, keccak(cost))}
        return ShownClients(self.edge, self.count, mine, {self.chunk.number: self.chunk})


@dataclass(frozen=True)
class SealedBook:
    """A whole book of one edge.

    Args:
        edge: its number in the terms.
        seed: 32 random bytes.
        offers: costs rising.
    """

    edge: int
    seed: bytes
    offers: tuple[ListedOffer, ...]

    def client_word(self, place: int) -> bytes:
        """Client << 96 | salt."""
        return hiding(int(self.offers[place].client, 16), CLIENT_SALT, self.salt(1, place))

    def cost_word(self, place: int) -> bytes:
        """Cost << 208 | salt."""
        return hiding(self.offers[place].cost, COST_SALT, self.salt(2, place))

    def salt(self, kind: int, number: int) -> int:
        """A number that only who knows the seed knows."""
        return int.from_bytes(keccak(encode(["bytes32", "uint256", "uint256"], [self.seed, kind, number])))

    def separator(self, low: int, high: int, salt: int) -> int:
        """A number from the highest cost on the left to the lowest on the right."""
        return low + (salt & (2**64 - 1)) % (high - low + 1)

    @property
    def levels(self) -> tuple[tuple[bytes, ...], ...]:
        """The tree from the bottom."""
        return self.nameless.levels

    @cached_property
    def separators(self) -> tuple[tuple[bytes, ...], ...]:
        """Words of the separators of the inner nodes, level by level from the bottom."""
        spans = [(offer.cost, offer.cost) for offer in self.offers]
        found: list[tuple[bytes, ...]] = []
        while len(spans) > 1:
            words, wider = [], []
            for at in range(0, len(spans), 2):
                high = spans[at + 1] if at + 1 < len(spans) else (HIGHEST, spans[at][1])
                salt, low = self.salt(3 + len(found), at // 2), spans[at][1]
                words.append(hiding(self.separator(low, high[0], salt), COST_SALT, salt))
                wider.append((spans[at][0], high[1]))
            spans = wider
            found.append(tuple(words))
        return tuple(found)

    @cached_property
    def nameless(self) -> NamelessBook:
        """The same without the clients' names."""
        places = range(len(self.offers))
        clients = tuple(keccak(self.client_word(at)) for at in places)
        return NamelessBook(self.edge, clients, tuple(map(self.cost_word, places)), self.separators)

    def commitment(self, chain_id: int, campaign: str) -> bytes:
        """What is committed."""
        return self.nameless.commitment(chain_id, campaign)

    def leaf(self, place: int) -> SealedLeaf:
        """The leaf at a place, with its path."""
        return self.nameless.leaf(place)

    def place(self, position: int) -> SealedPlace:
        """What the client at a position gets to check that it is in."""
        shown, client = self.leaf(position), int.from_bytes(self.client_word(position)) & 2**CLIENT_SALT - 1
        cost = int.from_bytes(shown.cost) & 2**COST_SALT - 1
        return SealedPlace(
            edge=self.edge,
            count=len(self.offers),
            position=position,
            offer=self.offers[position],
            client_salt=client,
            cost_salt=cost,
            siblings=shown.siblings,
            separators=shown.separators,
            chunk=self.shown_chunk(position // CHUNK),
        )

    def boundary(self, winners: int) -> SealedBoundary:
        """Show that the first so many, and no more, win."""
        return self.nameless.boundary(winners)

    @property
    def records(self) -> bytes:
        """Clients and costs, for ``open_book``."""
        return b"".join(bytes.fromhex(offer.client[2:]) + offer.cost.to_bytes(COST_BYTES) for offer in self.offers)

    def chunk(self, number: int) -> tuple[list[bytes], list[bytes], list[bytes]]:
        """Leaves of a chunk, digests of the separators in and above it, siblings above it."""
        first = number * CHUNK
        leaves, path = list(self.levels[0][first : first + CHUNK]), self.leaf(first)
        words: list[bytes] = []
        width = len(leaves)
        for height, level in enumerate(self.separators[:CHUNK_HEIGHT]):
            width = -(-width // 2)
            start = first >> height + 1
            words += level[start : start + width]
        words += path.separators[CHUNK_HEIGHT:]
        return leaves, [keccak(word) for word in words], list(path.siblings[CHUNK_HEIGHT:])

    def shown_chunk(self, number: int) -> SealedChunk:
        """A chunk as a claim shows it."""
        leaves, separators, siblings = self.chunk(number)
        return SealedChunk(number, tuple(leaves), tuple(separators), tuple(siblings))

    def shown(self, places: Iterable[int]) -> ShownClients:
        """Clients at some places without their costs."""
        named = {at: (self.client_word(at), keccak(self.cost_word(at))) for at in places}
        chunks = {number: self.shown_chunk(number) for number in chunks_of(named)}
        return ShownClients(self.edge, len(self.offers), named, chunks)


def hiding(plain: int, bits: int, salt: int) -> bytes:
    """A value with so many bits of salt below it."""
    return (plain << bits | salt >> 256 - bits).to_bytes(32)


def sorted_sealed(edge: int, seed: bytes, offers: Sequence[ListedOffer]) -> SealedBook:
    """Sort the offers of an edge by cost; equal costs stay in the order they have."""
    return SealedBook(edge, seed, tuple(sorted(offers, key=lambda offer: offer.cost)))
