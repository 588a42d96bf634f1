"""Cumulative bitmaps of an edge's winners, by place, with their tree and proofs."""

from collections.abc import Sequence

from cofund.market.offer_book import delivered_levels, delivered_parts, missing_words, tree_proof


class Tree:
    """What an edge signs.

    Attributes:
        bitmaps: rounds delivered by its winners, cheapest first.
        start: position of its first client in its operator's book.
    """

    def __init__(self, bitmaps: Sequence[int], start: int = 0) -> None:
        self.bitmaps, self.start = list(bitmaps), start
        self.levels = delivered_levels(start, self.bitmaps)
        self.root = self.levels[-1][0]
        self.total = sum(bitmap.bit_count() for bitmap in bitmaps)

    def missing(self, rounds: int) -> list[int]:
        return missing_words(self.bitmaps, rounds)

    def parts(self) -> list[tuple[int, tuple[int, ...], tuple[bytes, ...]]]:
        """Chunk of the book, bitmaps and proof of every claim."""
        parts = delivered_parts(self.start, self.bitmaps)
        return [(chunk, bitmaps, tree_proof(self.levels, part)) for part, (chunk, bitmaps) in enumerate(parts)]
