"""Cumulative bitmaps of an edge's clients, their tree and the proofs."""

from cofund import merkle
from cofund.settlement.ledger import delivery_leaf


class Tree:
    """Bitmaps by position of the client's offer."""

    def __init__(self, bitmaps: dict[int, int]) -> None:
        self.bitmaps = bitmaps
        self.leaves = {position: delivery_leaf(position, bitmap) for position, bitmap in bitmaps.items()}
        self.root = merkle.root(list(self.leaves.values()))
        self.total = sum(bitmap.bit_count() for bitmap in bitmaps.values())

    def proof(self, position: int) -> list[bytes]:
        ordered = list(self.leaves)
        return merkle.proof([self.leaves[p] for p in ordered], ordered.index(position))
