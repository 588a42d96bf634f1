"""An operator's book: its clients' offers, sorted, sealed as one commitment and opened whole by one call.

A book has a section for each edge of the operator, edges rising; in a section costs rise. Sixty-four offers make a
chunk. A leaf hides an offer behind a salt that follows from the book's seed, a seal is the digest of a chunk's leaves,
and the commitment binds chain, campaign, operator, sections and seals. So a client can be shown its place in a sealed
book with 63 leaves and the seals, and learns nothing of the others. An open book is a tree over chunks; a node binds
what the clients before it ask and the last cost before it too, so that one chunk shows where the winners of a section
end. docs/protocol.md, "Books".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

from eth_abi.abi import encode
from eth_utils.crypto import keccak

BOOK: Final = keccak(text="cofund book")
CHUNK: Final = 64
ADDRESS_BYTES: Final = 20
COST_BYTES: Final = 6
EMPTY_LEAF: Final = bytes(32)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ListedOffer:
    """A client in a book and its cost per client-round, ticks."""

    client: str
    cost: int


@dataclass(frozen=True, slots=True)
class BookSection:
    """The offers at one edge, costs rising."""

    edge: int
    offers: tuple[ListedOffer, ...]


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where the winners of an edge end: what ``settle`` is shown of an open book.

    Args:
        winners: the first ones of the edge's section.
        header: of the chunk, see ``OfferBook.header``.
        clients_digest: of the chunk's clients.
        costs: of the chunk, 6 bytes each.
        proof: from the chunk to the root.
    """

    winners: int
    header: int
    clients_digest: bytes
    costs: bytes
    proof: tuple[bytes, ...]

    @property
    def arguments(self) -> tuple[int, int, bytes, bytes, list[bytes]]:
        """As the contract takes it."""
        return self.winners, self.header, self.clients_digest, self.costs, list(self.proof)


NO_BOUNDARY: Final = Boundary(0, 0, bytes(32), b"", ())


@dataclass(frozen=True, slots=True)
class BookPlace:
    """A client's proof that its offer is in a sealed book.

    Args:
        operator: whose book it is.
        counts: edge << 16 | clients of every section.
        position: of the offer, in the whole book.
        offer: the client and its cost.
        salt: that hides it.
        leaves: of its chunk; its own may be anything.
        seals: of all chunks; that of its own may be anything.
    """

    operator: str
    counts: tuple[int, ...]
    position: int
    offer: ListedOffer
    salt: bytes
    leaves: tuple[bytes, ...]
    seals: tuple[bytes, ...]

    @property
    def edge(self) -> int | None:
        """The edge whose section the position is in; ``None`` if it is in none."""
        end = 0
        for count in self.counts:
            end += count & 0xFFFF
            if self.position < end:
                return count >> 16
        return None

    def commitment(self, chain_id: int, campaign: str) -> bytes:
        """The commitment of every book with this offer at this place."""
        chunk, place = divmod(self.position, CHUNK)
        leaves, seals = list(self.leaves), list(self.seals)
        leaves[place] = leaf(self.offer, self.salt)
        seals[chunk] = keccak(b"".join(leaves))
        return book_commitment(chain_id, campaign, self.operator, self.counts, seals)


@dataclass(frozen=True)
class OfferBook:
    """A whole book.

    Args:
        operator: of all its edges.
        seed: 32 random bytes, from which the salts follow.
        sections: edges rising, none empty.
    """

    operator: str
    seed: bytes
    sections: tuple[BookSection, ...]

    @classmethod
    def of(cls, operator: str, seed: bytes, offers: Mapping[int, Iterable[ListedOffer]]) -> "OfferBook":
        """Sort the offers of every edge by cost; equal costs stay in the order they have."""
        sections = ((edge, tuple(sorted(offers[edge], key=lambda offer: offer.cost))) for edge in sorted(offers))
        return cls(operator, seed, tuple(BookSection(edge, listed) for edge, listed in sections if listed))

    @cached_property
    def offers(self) -> tuple[ListedOffer, ...]:
        """All offers in the order of their positions."""
        return tuple(offer for section in self.sections for offer in section.offers)

    @property
    def counts(self) -> tuple[int, ...]:
        """Edge << 16 | clients of every section."""
        return tuple(section.edge << 16 | len(section.offers) for section in self.sections)

    def salt(self, position: int) -> bytes:
        """What hides the offer at a position."""
        return keccak(self.seed + position.to_bytes(32))

    def start(self, edge: int) -> int:
        """First position of an edge's section."""
        return sum(len(section.offers) for section in self.sections if section.edge < edge)

    def size(self, edge: int) -> int:
        """Offers at an edge."""
        return next((len(section.offers) for section in self.sections if section.edge == edge), 0)

    # ------------------------------------------------------------ sealed

    @cached_property
    def leaves(self) -> tuple[tuple[bytes, ...], ...]:
        """Of every chunk, 64 each; behind the last offer they are empty."""
        hidden = [leaf(offer, self.salt(position)) for position, offer in enumerate(self.offers)]
        return tuple((*part, *(EMPTY_LEAF,) * (CHUNK - len(part))) for part in chunked(hidden))

    @cached_property
    def seals(self) -> tuple[bytes, ...]:
        """One a chunk."""
        return tuple(keccak(b"".join(leaves)) for leaves in self.leaves)

    def commitment(self, chain_id: int, campaign: str) -> bytes:
        """What is committed: 32 bytes."""
        return book_commitment(chain_id, campaign, self.operator, self.counts, self.seals)

    def place(self, position: int) -> BookPlace:
        """What the client at a position gets to check that it is in."""
        chunk, own = divmod(position, CHUNK)
        others = [EMPTY_LEAF if i == own else other for i, other in enumerate(self.leaves[chunk])]
        offer, seals = self.offers[position], tuple(self.seals)
        return BookPlace(self.operator, self.counts, position, offer, self.salt(position), tuple(others), seals)

    # ------------------------------------------------------------ open

    @cached_property
    def chunks(self) -> tuple[tuple[bytes, bytes], ...]:
        """Clients and costs of every chunk, padded with zeros."""
        return tuple(
            (
                b"".join(bytes.fromhex(offer.client[2:]) for offer in part).ljust(CHUNK * ADDRESS_BYTES, b"\0"),
                b"".join(offer.cost.to_bytes(COST_BYTES) for offer in part).ljust(CHUNK * COST_BYTES, b"\0"),
            )
            for part in chunked(self.offers)
        )

    @property
    def records(self) -> bytes:
        """What follows the arguments of ``open_book``."""
        return b"".join(clients + costs for clients, costs in self.chunks)

    def asked_before(self, position: int) -> int:
        """What all clients before a position ask together, ticks."""
        return sum(offer.cost for offer in self.offers[:position])

    def header(self, chunk: int) -> int:
        """What the clients before a chunk ask << 64 | the last cost before it."""
        first = chunk * CHUNK
        return self.asked_before(first) << 64 | (self.offers[first - 1].cost if first else 0)

    @cached_property
    def levels(self) -> tuple[tuple[bytes, ...], ...]:
        """The tree over the chunks, from the bottom."""
        nodes = [
            keccak(number.to_bytes(32) + self.header(number).to_bytes(32) + keccak(clients) + keccak(costs))
            for number, (clients, costs) in enumerate(self.chunks)
        ]
        return tuple(tree_levels(nodes))

    @property
    def root(self) -> bytes:
        """What the contract keeps of the open book."""
        return self.levels[-1][0]

    def proof(self, chunk: int) -> tuple[bytes, ...]:
        """From a chunk to the root."""
        return tree_proof(self.levels, chunk)

    def boundary(self, edge: int, winners: int) -> Boundary:
        """Show that the first so many at an edge, and no more, win."""
        size = self.size(edge)
        if size == 0:
            return NO_BOUNDARY
        at = self.start(edge) + winners
        chunk = (at if winners < size else at - 1) // CHUNK
        clients, costs = self.chunks[chunk]
        return Boundary(winners, self.header(chunk), keccak(clients), costs, self.proof(chunk))


def delivered_parts(start: int, bitmaps: Sequence[int]) -> list[tuple[int, tuple[int, ...]]]:
    """The bitmaps of an edge's winners by chunk of the book.

    Args:
        start: first position of the edge's section.
        bitmaps: rounds delivered, by place in the section.
    """
    parts: dict[int, list[int]] = {}
    for place, bitmap in enumerate(bitmaps):
        parts.setdefault((start + place) // CHUNK, []).append(bitmap)
    return [(chunk, tuple(part)) for chunk, part in parts.items()]


def delivered_leaf(chunk: int, bitmaps: Sequence[int]) -> bytes:
    """The node of one chunk in an edge's deliveries."""
    return keccak(encode(["uint256", "uint256[]"], [chunk, list(bitmaps)]))


def delivered_levels(start: int, bitmaps: Sequence[int]) -> tuple[tuple[bytes, ...], ...]:
    """The tree that an edge signs the root of, from the bottom."""
    return tuple(tree_levels([delivered_leaf(chunk, part) for chunk, part in delivered_parts(start, bitmaps)]))


def missing_words(bitmaps: Sequence[int], rounds: int) -> list[int]:
    """How many of the bitmaps miss each round, 16 bits each, the first lowest, sixteen to a word."""
    missed = [sum(not (bitmap >> r) & 1 for bitmap in bitmaps) for r in range(rounds)]
    return [sum(count << 16 * at for at, count in enumerate(missed[k : k + 16])) for k in range(0, rounds, 16)]


def missing_counts(words: Sequence[int], rounds: int) -> list[int]:
    """How many winners missed each round, of what ``missing_words`` packed."""
    return [word >> 16 * lane & 0xFFFF for word in words for lane in range(16)][:rounds]


def leaf(offer: ListedOffer, salt: bytes) -> bytes:
    """An offer, hidden."""
    return keccak((int(offer.client, 16) << 8 * COST_BYTES | offer.cost).to_bytes(32) + salt)


def book_commitment(
    chain_id: int, campaign: str, operator: str, counts: Sequence[int], seals: Sequence[bytes]
) -> bytes:
    """The 32 bytes that are committed."""
    sections, chunks = keccak(encode(["uint256[]"], [list(counts)])), keccak(encode(["bytes32[]"], [list(seals)]))
    types = ["bytes32", "uint256", "address", "address", "bytes32", "bytes32"]
    return keccak(encode(types, [BOOK, chain_id, campaign, operator, sections, chunks]))


def chunked(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Sixty-four at a time."""
    return (items[first : first + CHUNK] for first in range(0, len(items), CHUNK))


def tree_levels(nodes: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
    """Neighbours are paired level by level; the last one of an odd level moves up as it is."""
    level = tuple(nodes)
    yield level
    while len(level) > 1:
        pairs = [pair(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = (*pairs, *level[len(level) - len(level) % 2 :])
        yield level


def tree_proof(levels: Sequence[Sequence[bytes]], index: int) -> tuple[bytes, ...]:
    """The siblings from a node to the root."""
    return tuple(level[(index >> k) ^ 1] for k, level in enumerate(levels[:-1]) if (index >> k) ^ 1 < len(level))


def root_above(node: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that a proof leads to."""
    for sibling in proof:
        node = pair(node, sibling)
    return node


def pair(a: bytes, b: bytes) -> bytes:
    """The node above two nodes, hashed in sorted order."""
    return keccak(min(a, b) + max(a, b))
