"""What a record cannot be recomputed without: terms, signed transactions with what each did, deliveries, digests.

Of models it has digests only: who has a record must not have the model, or nobody would have to pay for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from eth_utils.conversions import to_hex
from eth_utils.crypto import keccak

from cofund.campaign.campaign import Location
from cofund.campaign.publication import stays_sealed
from cofund.campaign.release import Release, release_from, release_json
from cofund.campaign.signed_rounds import named_bitmaps
from cofund.chain.abi import OF_A_CAMPAIGN, OF_A_SEALED_CAMPAIGN, events
from cofund.chain.journal import Mined
from cofund.chain.logs import Event
from cofund.chain.trail import CampaignTransaction
from cofund.errors import CheckFailed
from cofund.training.deliveries import Delivery, deliveries_from_rows, leaf

OWN: Final = "own chain"
"""The campaign had its chain to itself: verifying executes every transaction again."""

SHARED: Final = "shared chain"
"""Others used the chain too: verifying compares every transaction with it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The inputs of a record.

    Args:
        place: where the campaign is.
        shared: whether others used its chain too.
        terms: the published terms document.
        seen: transactions in the order they were mined, with the campaign's events of each; of a shared chain the one
            that created the campaign and those that changed it, else all.
        mined: what became of each.
        deliveries: of every round; empty where nothing but bitmaps is known.
        delivered: rounds that each client delivered, as a bitmap by the ids of its edge and its own.
        gains: what the models reach at the owners' sites (``gains.gains``), by whoever has the models.
        alone: digest of the model that each owner's site reaches with its own data only, by site.
        releases: the sealed boxes that the coordinator committed to, owners in the order of their bids; empty if nobody
            has the list.
    """

    place: Location
    shared: bool
    terms: dict[str, Any]
    seen: tuple[CampaignTransaction, ...]
    mined: tuple[Mined, ...]
    deliveries: tuple[Delivery, ...] = ()
    delivered: Mapping[tuple[str, str], int] = field(default_factory=dict)
    gains: tuple[dict[str, Any], ...] = ()
    alone: Mapping[str, bytes] = field(default_factory=dict)
    releases: tuple[Release, ...] = ()

    @property
    def transactions(self) -> tuple[tuple[str, Mined], ...]:
        """As they were signed, hex, and what became of each."""
        return tuple((seen.raw, mined) for seen, mined in zip(self.seen, self.mined, strict=True))

    def to_json(self, notes: Sequence[str]) -> dict[str, Any]:
        """The sections of a record that are evidence and nothing else; each line carries the digest that binds it.

        Args:
            notes: what each transaction was for.
        """
        return {
            "alone": [{"site": site, "digest": digest.hex()} for site, digest in self.alone.items()],
            "releases": [release_json(release) for release in self.releases],
            "transactions": [
                _transaction_json(note, seen, mined)
                for note, seen, mined in zip(notes, self.seen, self.mined, strict=True)
            ],
        }


def evidence_of(record: dict[str, Any]) -> Evidence:
    """Read the evidence back out of a record, checking each line against its own digest.

    Raises:
        CheckFailed: naming the first entry that does not have its digest, or an event that is none.
    """
    campaign, rows = record["campaign"], record["deliveries"]
    if campaign["execution"] not in {OWN, SHARED}:
        raise CheckFailed(f"campaign.execution: expected {OWN!r} or {SHARED!r}, got {campaign['execution']!r}")
    shared = campaign["execution"] == SHARED
    contracts = OF_A_SEALED_CAMPAIGN if stays_sealed(record["terms"]) else OF_A_CAMPAIGN
    by_bitmaps = shared or stays_sealed(record["terms"])
    whole = not by_bitmaps or (bool(rows) and rows[0]["leaf"] is not None)
    deliveries = tuple(_delivery(at, entry) for at, entry in enumerate(rows)) if whole else ()
    return Evidence(
        place=Location(**{name: campaign[name] for name in Location.__slots__}),
        shared=shared,
        terms=record["terms"],
        seen=tuple(_seen(at, entry, contracts) for at, entry in enumerate(record["transactions"])),
        mined=tuple(Mined(**{name: entry[name] for name in Mined.__slots__}) for entry in record["transactions"]),
        deliveries=deliveries,
        delivered=named_bitmaps(deliveries) if whole else _bitmaps(rows),
        gains=() if shared else tuple(record["gains"]),
        alone={} if shared else {entry["site"]: bytes.fromhex(entry["digest"]) for entry in record["alone"]},
        releases=tuple(release_from(entry) for entry in record["releases"]),
    )


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """A delivery and its Merkle leaf."""
    said = {name: getattr(delivery, name) for name in ("round", "client", "edge", "accepted", "samples", "reason")}
    return said | {"digest": delivery.digest.hex(), "leaf": leaf(delivery).hex()}


def _bitmaps(rows: Sequence[dict[str, Any]]) -> dict[tuple[str, str], int]:
    """Of rows that tell nothing but whether a round was delivered."""
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        who = row["edge"], row["client"]
        found[who] = found.get(who, 0) | bool(row["accepted"]) << row["round"] - 1
    return found


def _transaction_json(note: str, seen: CampaignTransaction, mined: Mined) -> dict[str, Any]:
    """A transaction as it was signed and mined, and what the campaign logged."""
    return {
        "note": note,
        **{name: getattr(mined, name) for name in ("block", "timestamp", "status", "gas_used", "hash")},
        "raw": seen.raw,
        "events": [_event_json(event) for event in seen.events],
    }


def _event_json(event: Event) -> dict[str, Any]:
    """Numbers as decimal strings, bytes hex."""
    shown = {name: _shown(value) for name, value in event.arguments.items()}
    return {"name": event.name, "position": event.position, "arguments": shown}


def _shown(value: Any) -> Any:
    if isinstance(value, bytes):
        return to_hex(value)
    if isinstance(value, list):
        return [_shown(each) for each in value]
    if isinstance(value, dict):
        return {name: _shown(each) for name, each in value.items()}
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _seen(index: int, entry: dict[str, Any], contracts: Sequence[str]) -> CampaignTransaction:
    if to_hex(keccak(hexstr=entry["raw"])) != entry["hash"]:
        raise CheckFailed(f"transactions[{index}].hash: not the hash of the signed transaction")
    try:
        events = tuple(_event(given, entry, contracts) for given in entry["events"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"{type(error).__name__} {error}"
        raise CheckFailed(f"transactions[{index}].events: expected events of the campaign ({what})") from error
    return CampaignTransaction(entry["raw"], entry["hash"], entry["block"], entry["timestamp"], events)


def _event(given: dict[str, Any], entry: dict[str, Any], contracts: Sequence[str]) -> Event:
    kinds = [kind for kind in events(*contracts).values() if kind["name"] == given["name"]]
    fields = {field["name"]: field for field in kinds[0]["inputs"]} if kinds else {}
    if fields.keys() != given["arguments"].keys():
        raise ValueError(f"{given['name']} has {', '.join(fields)}")
    arguments = {name: _value(fields[name], value) for name, value in given["arguments"].items()}
    return Event(given["name"], arguments, entry["block"], given["position"], entry["hash"])


def _value(field: dict[str, Any], value: Any) -> Any:
    kind = field["type"]
    if kind.endswith("[]"):
        return [_value(field | {"type": kind.removesuffix("[]")}, each) for each in value]
    if kind == "tuple":
        return {part["name"]: _value(part, value[part["name"]]) for part in field["components"]}
    if kind.startswith(("uint", "int")):
        return int(value)
    return bytes.fromhex(value.removeprefix("0x")) if kind.startswith("bytes") else value


def _delivery(index: int, entry: dict[str, Any]) -> Delivery:
    (delivery,) = deliveries_from_rows([{name: entry[name] for name in Delivery.__slots__}])
    if leaf(delivery).hex() != entry["leaf"]:
        raise CheckFailed(f"deliveries[{index}].leaf: not the leaf of this delivery")
    return delivery
