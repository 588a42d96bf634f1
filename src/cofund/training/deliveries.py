"""Deliveries: who delivered what in a round, the Merkle tree over it, and each client's bitmap of rounds."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from operator import attrgetter
from typing import Any, Final

from cofund import merkle

LEAF_TYPES: Final = ("string", "string", "uint256", "bool", "string", "uint256", "bytes32")
"""ABI types of a leaf: client, edge, round, accepted, reason, samples, digest."""

NO_DIGEST: Final = bytes(32)
"""Digest of a delivery that was not accepted."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one client delivered in one round.

    Attributes:
        client: the client.
        edge: the edge that it belongs to.
        round: number of the round, from 1.
        accepted: whether every edge round of this round has its update; only then is it paid.
        reason: one sentence why it was not accepted, otherwise empty.
        samples: its weight in the average, 0 if not accepted.
        digest: SHA-256 over samples (8 bytes, big-endian) and model digest of its update in every edge round, in order;
            ``NO_DIGEST`` if not accepted.
    """

    client: str
    edge: str
    round: int
    accepted: bool
    reason: str
    samples: int
    digest: bytes


_VALUES: Final = attrgetter(*(each.name for each in fields(Delivery)))

LONGEST_REASON: Final = 400
"""Characters of the longest reason that is kept: others may have said it."""


def sentence(text: str) -> str:
    """What a member said, as it can be kept and shown: one line, printable, not too long."""
    line = "".join(character if character.isprintable() else " " for character in text).strip()
    return line if len(line) <= LONGEST_REASON else f"{line[: LONGEST_REASON - 1]}…"


def leaf(delivery: Delivery) -> bytes:
    """Merkle leaf of a delivery, 32 bytes."""
    return merkle.leaf(LEAF_TYPES, _VALUES(delivery))


def updates_root(deliveries: Sequence[Delivery]) -> bytes:
    """Merkle root over a round's deliveries in any order, refused ones included; goes on chain with the round."""
    return merkle.root(sorted(leaf(delivery) for delivery in deliveries))


def delivery_proof(deliveries: Sequence[Delivery], client: str) -> list[bytes]:
    """Proof that a client's delivery is in the round's tree.

    Raises:
        ValueError: the client has no delivery in this round.
    """
    place = [delivery.client for delivery in deliveries].index(client)
    leaves = sorted(leaf(delivery) for delivery in deliveries)
    return merkle.proof(merkle.levels(leaves), leaves.index(leaf(deliveries[place])))


def bitmaps(deliveries: Iterable[Delivery]) -> dict[str, int]:
    """Cumulative bitmap of every client over all rounds given: bit r - 1 is set if round r was accepted."""
    maps: dict[str, int] = {}
    for delivery in deliveries:
        maps[delivery.client] = maps.get(delivery.client, 0) | (delivery.accepted << (delivery.round - 1))
    return maps


def deliveries_to_rows(deliveries: Iterable[Delivery]) -> list[dict[str, Any]]:
    """Deliveries as JSON holds them."""
    return [asdict(delivery) | {"digest": delivery.digest.hex()} for delivery in deliveries]


def deliveries_from_rows(rows: Iterable[dict[str, Any]]) -> tuple[Delivery, ...]:
    """Deliveries of ``deliveries_to_rows``.

    Raises:
        ValueError, KeyError, TypeError: they are none.
    """
    return tuple(Delivery(**row | {"digest": bytes.fromhex(row["digest"])}) for row in rows)
