"""An edge's sealed book: a search tree over its offers, of which settlement sees two leaves and claims no cost.

Every inner node commits to a separator: no cost left of it is higher, none right of it lower, and a path counts only if
its separators fit its leaf, so any two leaves with valid paths are in order (docs/mechanism.md, theorem 6.1). Salts and
separators follow from the seed, so that the book can be opened whole if somebody calls it absent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from cofund.market.offer_book import ADDRESS_BYTES, CHUNK, COST_BYTES, ListedOffer

SEALED_BOOK: Final = keccak(text="cofund sealed book")
CLIENT_SALT: Final = 96
COST_SALT: Final = 208
HIGHEST: Final = 2**48 - 1
EMPTY: Final = bytes(32)
CHUNK_HEIGHT: Final = 6


@dataclass(frozen=True, slots=True)
class SealedLeaf:
    """A leaf with its path, without the client's name.

    Args:
        client: digest.
        cost: cost << 208 | salt.
        siblings, separators: from the leaf upwards; separator << 208 | salt.
    """

    client: bytes
    cost: bytes
    siblings: tuple[bytes, ...] = ()
    separators: tuple[bytes, ...] = ()

    @property
    def arguments(self) -> tuple[bytes, bytes, list[bytes], list[bytes]]:
        """As the contract takes it."""
        return self.client, self.cost, list(self.siblings), list(self.separators)

    def root(self, place: int, count: int) -> bytes | None:
        """The root above the leaf at a place among so many; ``None`` if the path does not fit."""
        cost, at, width = int.from_bytes(self.cost) >> COST_SALT, place, count - 1
        node = sealed_leaf(self.client, keccak(self.cost))
        for height, (sibling, word) in enumerate(zip(self.siblings, self.separators, strict=True)):
            if width == 0:  # of a deeper tree no claim could be paid
                return None
            separator = int.from_bytes(word) >> COST_SALT
            left = at & 1 == 0
            if (cost > separator) if left else (separator > cost):
                return None
            node = sealed_node(*((node, sibling) if left else (sibling, node)), keccak(word), height)
            at, width = at >> 1, width >> 1
        return node if width == 0 else None


NO_LEAF: Final = SealedLeaf(EMPTY, EMPTY)


@dataclass(frozen=True, slots=True)
class SealedPlace:
    """A client's proof that its offer is in a sealed book.

    Args:
        edge: its number in the terms.
        count: clients in the book.
        position: of the offer among them.
        offer: the client and its cost.
        client_salt, cost_salt: that hide them, of 96 and 208 bits.
        siblings, separators: as in ``SealedLeaf``.
    """

    edge: int
    count: int
    position: int
    offer: ListedOffer
    client_salt: int
    cost_salt: int
    siblings: tuple[bytes, ...]
    separators: tuple[bytes, ...]

    def commitment(self, chain_id: int, campaign: str) -> bytes | None:
        """The commitment of every book with this offer at this place; ``None`` if a separator does not fit it."""
        client = (int(self.offer.client, 16) << CLIENT_SALT | self.client_salt).to_bytes(32)
        cost = (self.offer.cost << COST_SALT | self.cost_salt).to_bytes(32)
        root = SealedLeaf(keccak(client), cost, self.siblings, self.separators).root(self.position, self.count)
        return None if root is None else sealed_commitment(chain_id, campaign, self.edge, self.count, root)


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

    @cached_property
    def levels(self) -> tuple[tuple[bytes, ...], ...]:
        """The tree from the bottom."""
        return self._tree[0]

    @cached_property
    def separators(self) -> tuple[tuple[bytes, ...], ...]:
        """Words of the separators of the inner nodes, level by level from the bottom."""
        return self._tree[1]

    @cached_property
    def _tree(self) -> tuple[tuple[tuple[bytes, ...], ...], tuple[tuple[bytes, ...], ...]]:
        places = range(len(self.offers))
        nodes = [sealed_leaf(keccak(self.client_word(at)), keccak(self.cost_word(at))) for at in places]
        spans = [(offer.cost, offer.cost) for offer in self.offers]
        levels: list[tuple[bytes, ...]] = [tuple(nodes)]
        separators: list[tuple[bytes, ...]] = []
        while len(nodes) > 1:
            height, words, above, wider = len(separators), [], [], []
            for at in range(0, len(nodes), 2):
                right = nodes[at + 1] if at + 1 < len(nodes) else EMPTY
                high = spans[at + 1] if at + 1 < len(nodes) else (HIGHEST, spans[at][1])
                salt = self.salt(3 + height, at // 2)
                low = spans[at][1]
                words.append(hiding(self.separator(low, high[0], salt), COST_SALT, salt))
                above.append(sealed_node(nodes[at], right, keccak(words[-1]), height))
                wider.append((spans[at][0], high[1]))
            nodes, spans = above, wider
            levels.append(tuple(nodes))
            separators.append(tuple(words))
        return tuple(levels), tuple(separators)

    def commitment(self, chain_id: int, campaign: str) -> bytes:
        """What is committed."""
        return sealed_commitment(chain_id, campaign, self.edge, len(self.offers), self.levels[-1][0])

    def leaf(self, place: int) -> SealedLeaf:
        """The leaf at a place, with its path."""
        siblings = tuple(
            level[(place >> height) ^ 1] if (place >> height) ^ 1 < len(level) else EMPTY
            for height, level in enumerate(self.levels[:-1])
        )
        words = tuple(level[place >> height + 1] for height, level in enumerate(self.separators))
        return SealedLeaf(keccak(self.client_word(place)), self.cost_word(place), siblings, words)

    def place(self, position: int) -> SealedPlace:
        """What the client at a position gets to check that it is in."""
        shown, client = self.leaf(position), int.from_bytes(self.client_word(position)) & 2**CLIENT_SALT - 1
        cost = int.from_bytes(shown.cost) & 2**COST_SALT - 1
        offer, siblings = self.offers[position], shown.siblings
        return SealedPlace(self.edge, len(self.offers), position, offer, client, cost, siblings, shown.separators)

    def boundary(self, winners: int) -> tuple[int, SealedLeaf, SealedLeaf]:
        """Show that the first so many, and no more, win."""
        last = self.leaf(winners - 1) if winners else NO_LEAF
        following = self.leaf(winners) if winners < len(self.offers) else NO_LEAF
        return winners, last, following

    @property
    def records(self) -> bytes:
        """Clients and costs, for ``open_book``."""
        return b"".join(
            bytes.fromhex(offer.client[2:]).rjust(ADDRESS_BYTES) + offer.cost.to_bytes(COST_BYTES)
            for offer in self.offers
        )

    def chunk(self, number: int) -> tuple[list[bytes], list[bytes], list[bytes]]:
        """Leaves of a chunk, digests of the separators in and above it, siblings above it."""
        first = number * CHUNK
        leaves = list(self.levels[0][first : first + CHUNK])
        words: list[bytes] = []
        width = len(leaves)
        for height in range(len(self.separators)):
            if height < CHUNK_HEIGHT:
                width = -(-width // 2)
                start = first >> height + 1
                words += self.separators[height][start : start + width]
            else:
                words.append(self.separators[height][number >> height - CHUNK_HEIGHT + 1])
        above = [
            level[(number >> height - CHUNK_HEIGHT) ^ 1]
            if (number >> height - CHUNK_HEIGHT) ^ 1 < len(level)
            else EMPTY
            for height, level in enumerate(self.levels[:-1])
            if height >= CHUNK_HEIGHT
        ]
        return leaves, [keccak(word) for word in words], above


def hiding(plain: int, bits: int, salt: int) -> bytes:
    """A value with so many bits of salt below it."""
    return (plain << bits | salt >> 256 - bits).to_bytes(32)


def sealed_leaf(client: bytes, cost: bytes) -> bytes:
    """Of the digests of a client and a cost."""
    return keccak(client + cost)


def sealed_node(left: bytes, right: bytes, separator: bytes, height: int) -> bytes:
    """The node above two nodes; of the separator the digest."""
    return keccak(left + right + separator + height.to_bytes(32))


def sealed_commitment(chain_id: int, campaign: str, edge: int, count: int, root: bytes) -> bytes:
    """The 32 bytes that are committed."""
    types = ["bytes32", "uint256", "address", "uint256", "uint256", "bytes32"]
    return keccak(encode(types, [SEALED_BOOK, chain_id, campaign, edge, count, root]))


def sorted_sealed(edge: int, seed: bytes, offers: Sequence[ListedOffer]) -> SealedBook:
    """Sort the offers of an edge by cost; equal costs stay in the order they have."""
    return SealedBook(edge, seed, tuple(sorted(offers, key=lambda offer: offer.cost)))
