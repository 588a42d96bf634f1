"""Cumulative bitmaps of an edge's clients, their tree and the proofs."""

from cofund import merkle
from cofund.settlement.ledger import delivery_leaf


class Tree:
    """Bitmaps by position of the client's offer, in that order."""

    def __init__(self, bitmaps: dict[int, int]) -> None:
        self.bitmaps = dict(sorted(bitmaps.items()))
        self.levels = merkle.levels([delivery_leaf(*row) for row in self.bitmaps.items()])
        self.root = self.levels[-1][0] if self.levels else merkle.EMPTY_ROOT
        self.total = sum(bitmap.bit_count() for bitmap in bitmaps.values())

    def proof(self, position: int) -> list[bytes]:
        return merkle.proof(self.levels, list(self.bitmaps).index(position))

    def batch(self, index: int, height: int) -> tuple[list[int], list[int], list[bytes]]:
        """Positions, bitmaps and proof of the leaves below one node."""
        rows = list(self.bitmaps.items())[index << height : (index + 1) << height]
        return [p for p, _ in rows], [b for _, b in rows], merkle.proof(self.levels, index, height)
