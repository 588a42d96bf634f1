"""What a record cannot be recomputed without: terms, signed transactions, deliveries, and what the models reached.

Of models it has digests only: who has a record must not have the model, or nobody would have to pay for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from cofund.campaign.release import Release, release_from, release_json
from cofund.chain.journal import Mined
from cofund.errors import CheckFailed
from cofund.training.deliveries import Delivery, leaf


@dataclass(frozen=True, slots=True)
class Evidence:
    """The inputs of a record.

    Args:
        terms: the published terms document.
        transactions: signed transactions, hex, and what became of them, in the order they were mined.
        deliveries: of every round.
        gains: what the models reach at the owners' sites (``gains.gains``), by whoever has the models.
        alone: digest of the model that each owner's site reaches with its own data only, by site.
        releases: the sealed boxes that the coordinator committed to, owners in the order of their bids.
    """

    terms: dict[str, Any]
    transactions: tuple[tuple[str, Mined], ...]
    deliveries: tuple[Delivery, ...]
    gains: tuple[dict[str, Any], ...]
    alone: dict[str, bytes]
    releases: tuple[Release, ...]

    def to_json(self, notes: Sequence[str]) -> dict[str, Any]:
        """The sections of a record that are evidence; each line carries the digest that binds it.

        Args:
            notes: what each transaction was for.
        """
        return {
            "terms": self.terms,
            "deliveries": [delivery_json(delivery) for delivery in self.deliveries],
            "alone": [{"site": site, "digest": digest.hex()} for site, digest in self.alone.items()],
            "releases": [release_json(release) for release in self.releases],
            "transactions": [
                transaction_json(note, raw, mined) for note, (raw, mined) in zip(notes, self.transactions, strict=True)
            ],
        }


def evidence_of(record: dict[str, Any]) -> Evidence:
    """Read the evidence back out of a record, checking each line against its own digest.

    Raises:
        CheckFailed: naming the first entry that does not have its digest.
    """
    return Evidence(
        terms=record["terms"],
        transactions=tuple(_transaction(i, entry) for i, entry in enumerate(record["transactions"])),
        deliveries=tuple(_delivery(i, entry) for i, entry in enumerate(record["deliveries"])),
        gains=tuple(record["gains"]),
        alone={entry["site"]: bytes.fromhex(entry["digest"]) for entry in record["alone"]},
        releases=tuple(release_from(entry) for entry in record["releases"]),
    )


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """A delivery and its Merkle leaf."""
    return {
        "round": delivery.round,
        "client": delivery.client,
        "edge": delivery.edge,
        "accepted": delivery.accepted,
        "samples": delivery.samples,
        "reason": delivery.reason,
        "digest": delivery.digest.hex(),
        "leaf": leaf(delivery).hex(),
    }


def transaction_json(note: str, raw: str, mined: Mined) -> dict[str, Any]:
    """A transaction as it was signed and mined."""
    return {
        "note": note,
        "block": mined.block,
        "timestamp": mined.timestamp,
        "status": mined.status,
        "gas_used": mined.gas_used,
        "hash": mined.hash,
        "raw": raw,
    }


def _transaction(index: int, entry: dict[str, Any]) -> tuple[str, Mined]:
    if keccak(hexstr=entry["raw"]).hex() != entry["hash"].removeprefix("0x"):
        raise CheckFailed(f"transactions[{index}].hash: not the hash of the signed transaction")
    fields = ("hash", "block", "timestamp", "gas_used", "status")
    return str(entry["raw"]), Mined(**{field: entry[field] for field in fields})


def _delivery(index: int, entry: dict[str, Any]) -> Delivery:
    delivery = Delivery(
        client=entry["client"],
        edge=entry["edge"],
        round=entry["round"],
        accepted=entry["accepted"],
        reason=entry["reason"],
        samples=entry["samples"],
        digest=bytes.fromhex(entry["digest"]),
    )
    if leaf(delivery).hex() != entry["leaf"]:
        raise CheckFailed(f"deliveries[{index}].leaf: not the leaf of this delivery")
    return delivery
