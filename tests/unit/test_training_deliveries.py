"""Deliveries prove themselves against the round's root, and bitmaps count accepted rounds."""

from dataclasses import replace

from cofund import merkle
from cofund.training.deliveries import Delivery, bitmaps, delivery_proof, leaf, updates_root

DELIVERIES = tuple(
    Delivery(f"client {n}", f"edge {n % 2}", 3, n != 2, "" if n != 2 else "Late.", 10 * n, bytes([n]) * 32)
    for n in range(5)
)


def test_every_delivery_proves_and_an_altered_one_does_not() -> None:
    root = updates_root(DELIVERIES)
    for delivery in DELIVERIES:
        proof = delivery_proof(DELIVERIES, delivery.client)
        assert merkle.verify(root, leaf(delivery), proof)
        for altered in (
            replace(delivery, client="another"),
            replace(delivery, edge="another"),
            replace(delivery, round=4),
            replace(delivery, accepted=not delivery.accepted),
            replace(delivery, samples=delivery.samples + 1),
            replace(delivery, digest=bytes([255]) * 32),
        ):
            assert not merkle.verify(root, leaf(altered), proof)


def test_the_reason_is_part_of_the_leaf() -> None:
    assert leaf(DELIVERIES[2]) != leaf(replace(DELIVERIES[2], reason="Out of reach."))


def test_bit_r_minus_one_is_round_r() -> None:
    rows = [Delivery("a", "e", r, r in {1, 3, 256}, "", 1, bytes(32)) for r in range(1, 257)]
    rows.append(Delivery("b", "e", 1, False, "Late.", 0, bytes(32)))
    assert bitmaps(rows) == {"a": 1 + 4 + 2**255, "b": 0}
