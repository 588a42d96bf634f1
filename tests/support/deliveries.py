"""Cumulative bitmaps of an edge's winners, by place, with their tree and proofs."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from cofund.market.offer_book import delivered_levels, delivered_parts, missing_words, tree_proof
from cofund.units import div_up

LANES = 16


class Tree:
    """What an edge signs.

    Attributes:
        bitmaps: rounds delivered by its winners, cheapest first, by whatever number somebody counts them.
        start: position of its first client in its operator's book.
        signed: all trees, by root.
    """

    signed: ClassVar[dict[bytes, "Tree"]] = {}

    def __init__(self, bitmaps: Mapping[int, int] | Sequence[int], start: int = 0) -> None:
        self.bitmaps, self.start = dict(bitmaps if isinstance(bitmaps, Mapping) else enumerate(bitmaps)), start
        self.levels = delivered_levels(start, [*self.bitmaps.values()])
        self.root = self.levels[-1][0] if self.bitmaps else bytes(32)
        self.total = sum(bitmap.bit_count() for bitmap in self.bitmaps.values())
        Tree.signed[self.root] = self

    def missing(self, rounds: int) -> list[int]:
        return missing_words([*self.bitmaps.values()], rounds)

    def parts(self) -> list[tuple[int, tuple[int, ...], tuple[bytes, ...]]]:
        """Chunk of the book, bitmaps and proof of every claim."""
        parts = delivered_parts(self.start, [*self.bitmaps.values()])
        return [(chunk, bitmaps, tree_proof(self.levels, part)) for part, (chunk, bitmaps) in enumerate(parts)]

    def proof(self, number: int) -> tuple[bytes, ...]:
        """Of the chunk with this winner."""
        place = list(self.bitmaps).index(number)
        ends = [sum(len(part) for _, part, _ in self.parts()[: at + 1]) for at in range(len(self.parts()))]
        return next(proof for (_, _, proof), end in zip(self.parts(), ends, strict=True) if place < end)


def words_of_total(total: int, rounds: int, winners: int) -> list[int]:
    """Words of missing winners that leave this many client-rounds: the first rounds whole, then none."""
    left = [max(0, min(winners, total - number * winners)) for number in range(rounds)]
    left[-1:] = [left[-1] + total - sum(left)] if left else []
    missed = [(winners - count) % 2**16 for count in left]
    words = [missed[LANES * at : LANES * (at + 1)] for at in range(div_up(rounds, LANES))]
    return [sum(count << LANES * at for at, count in enumerate(word)) for word in words]
