"""What of a sealed book its operator shows, and to whom: all but the names to who settles, the winners to everybody.

A ``NamelessBook`` has every cost and no client. Who gets it can make the certificate, and needs to trust nobody: it
leads to the commitment, and what is not in order cannot be settled with. ``ShownClients`` are clients without costs, as
claims show them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from cofund.market.offer_book import ADDRESS_BYTES, CHUNK

SEALED_BOOK: Final = keccak(text="cofund sealed book")
CLIENT_SALT: Final = 96
COST_SALT: Final = 208
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
        cost, at, width = plain(self.cost), place, count - 1
        node = sealed_leaf(self.client, keccak(self.cost))
        for height, (sibling, word) in enumerate(zip(self.siblings, self.separators, strict=True)):
            if width == 0:  # of a deeper tree no claim could be paid
                return None
            separator = plain(word)
            left = at & 1 == 0
            if (cost > separator) if left else (separator > cost):
                return None
            node = sealed_node(*((node, sibling) if left else (sibling, node)), keccak(word), height)
            at, width = at >> 1, width >> 1
        return node if width == 0 else None


NO_LEAF: Final = SealedLeaf(EMPTY, EMPTY)
SealedBoundary = tuple[int, SealedLeaf, SealedLeaf]
"""How many win, the last who does, and the first who does not."""
NO_SEALED_BOUNDARY: Final[SealedBoundary] = (0, NO_LEAF, NO_LEAF)


@dataclass(frozen=True)
class NamelessBook:
    """All of an edge's book but the names.

    Args:
        edge: its number in the terms.
        clients: digests.
        costs: cost << 208 | salt.
        separators: words of the inner nodes, level by level from the bottom.
    """

    edge: int
    clients: tuple[bytes, ...]
    costs: tuple[bytes, ...]
    separators: tuple[tuple[bytes, ...], ...]

    @property
    def asked(self) -> tuple[int, ...]:
        """Costs, ticks."""
        return tuple(map(plain, self.costs))

    @cached_property
    def levels(self) -> tuple[tuple[bytes, ...], ...]:
        """The tree from the bottom."""
        pairs = zip(self.clients, self.costs, strict=True)
        levels = [tuple(sealed_leaf(client, keccak(cost)) for client, cost in pairs)]
        for height, words in enumerate(self.separators):
            below = (*levels[-1], EMPTY)
            levels.append(
                tuple(
                    sealed_node(below[2 * at], below[2 * at + 1], keccak(word), height) for at, word in enumerate(words)
                )
            )
        return tuple(levels)

    @property
    def shaped(self) -> bool:
        """Whether there are as many separators on every level as a tree over these clients has."""
        width, found = len(self.clients), []
        while width > 1:
            width = -(-width // 2)
            found.append(width)
        return bool(self.clients) and [len(words) for words in self.separators] == found

    def commitment(self, chain_id: int, campaign: str) -> bytes:
        """What is committed."""
        return sealed_commitment(chain_id, campaign, self.edge, len(self.clients), self.levels[-1][0])

    def misplaced(self) -> int | None:
        """The first place that cannot be shown, because a separator on its path does not fit; None if there is none."""
        separators = [tuple(map(plain, level)) for level in self.separators]

        def fits(at: int, cost: int) -> bool:
            path = ((at >> height & 1, words[at >> height + 1]) for height, words in enumerate(separators))
            return all(separator <= cost if right else cost <= separator for right, separator in path)

        return next((at for at, cost in enumerate(self.asked) if not fits(at, cost)), None)

    def leaf(self, place: int) -> SealedLeaf:
        """The leaf at a place, with its path."""
        siblings = tuple(
            level[(place >> height) ^ 1] if (place >> height) ^ 1 < len(level) else EMPTY
            for height, level in enumerate(self.levels[:-1])
        )
        words = tuple(level[place >> height + 1] for height, level in enumerate(self.separators))
        return SealedLeaf(self.clients[place], self.costs[place], siblings, words)

    def boundary(self, winners: int) -> SealedBoundary:
        """Show that the first so many, and no more, win."""
        last = self.leaf(winners - 1) if winners else NO_LEAF
        following = self.leaf(winners) if winners < len(self.clients) else NO_LEAF
        return winners, last, following


@dataclass(frozen=True, slots=True)
class SealedChunk:
    """Sixty-four places of a sealed book, as a claim shows them.

    Args:
        number: of the chunk.
        leaves: those behind the last client left out.
        separators: digests, of the nodes within the chunk level by level, then above it.
        siblings: from the chunk to the root.
    """

    number: int
    leaves: tuple[bytes, ...]
    separators: tuple[bytes, ...]
    siblings: tuple[bytes, ...]

    def root(self, count: int) -> bytes | None:
        """The root above it in a book of so many clients; ``None`` if it is no chunk of one."""
        if len(self.leaves) != min(CHUNK, count - self.number * CHUNK) or not self.leaves:
            return None
        level, at, total, height = list(self.leaves), self.number, count, 0
        words, siblings = iter(self.separators), iter(self.siblings)
        try:
            while total > 1:
                if height < CHUNK_HEIGHT:
                    level += [EMPTY] * (len(level) % 2)
                    pairs = zip(level[::2], level[1::2], strict=True)
                    level = [sealed_node(left, right, next(words), height) for left, right in pairs]
                else:
                    both = (level[0], next(siblings)) if at & 1 == 0 else (next(siblings), level[0])
                    level, at = [sealed_node(*both, next(words), height)], at >> 1
                total, height = -(-total // 2), height + 1
        except (StopIteration, RuntimeError):
            return None
        whole = next(words, None) is None and next(siblings, None) is None
        return level[0] if whole else None


@dataclass(frozen=True)
class ShownClients:
    """Clients of an edge's book without their costs, with the chunks that they are in: what claims take.

    Args:
        edge: its number.
        count: clients in the book.
        clients: by place, client << 96 | salt, and the digest of the cost.
        chunks: by number.
    """

    edge: int
    count: int
    clients: Mapping[int, tuple[bytes, bytes]]
    chunks: Mapping[int, SealedChunk]

    def account(self, place: int) -> str:
        """Of the client at a place."""
        return str(to_checksum_address(self.clients[place][0][:ADDRESS_BYTES]))

    def accounts(self, winners: int) -> list[str]:
        """Of the first so many, cheapest first."""
        return [self.account(place) for place in range(winners)]

    def commitment(self, chain_id: int, campaign: str) -> bytes | None:
        """Of the book that all of them are in; ``None`` if they are in no one book."""
        roots = {chunk.root(self.count) for chunk in self.chunks.values()}
        if len(roots) != 1 or None in roots or not all(map(self._is_in_its_chunk, self.clients)):
            return None
        (root,) = roots
        assert root is not None  # noqa: S101 - for the types
        return sealed_commitment(chain_id, campaign, self.edge, self.count, root)

    def _is_in_its_chunk(self, place: int) -> bool:
        chunk, (client, cost) = self.chunks.get(place // CHUNK), self.clients[place]
        at = place % CHUNK
        there = chunk is not None and at < len(chunk.leaves)
        return there and chunk is not None and chunk.leaves[at] == sealed_leaf(keccak(client), cost)

    def claim(
        self, chunk: int, chosen: Sequence[int], bitmaps: Sequence[int], proof: Sequence[bytes]
    ) -> tuple[Any, ...]:
        """Arguments of a claim.

        Args:
            chunk: its number.
            chosen: places in it, rising.
            bitmaps: rounds delivered by all winners of the edge in this chunk.
            proof: from them to the root that was signed.
        """
        shown, named = self.chunks[chunk], [self.clients[chunk * CHUNK + at] for at in chosen]
        bits, clients, costs = sum(1 << at for at in chosen), [one for one, _ in named], [cost for _, cost in named]
        tree = list(shown.leaves), costs, list(shown.separators), list(shown.siblings)
        return self.edge, chunk, bits, clients, *tree, list(bitmaps), list(proof)


def plain(word: bytes) -> int:
    """The cost or separator above its salt."""
    return int.from_bytes(word) >> COST_SALT


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


def chunks_of(places: Iterable[int]) -> Iterator[int]:
    """Numbers of the chunks that places are in, each once."""
    return iter(dict.fromkeys(place // CHUNK for place in places))
