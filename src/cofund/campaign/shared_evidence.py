"""What the record of a campaign on a shared chain cannot be recomputed without.

Terms, the signed transactions with the campaign's events of each, what the contract does without logging it
(``unlogged.py``), and from the campaign's store which rounds each client delivered, and the sealed models.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eth_utils.conversions import to_hex
from eth_utils.crypto import keccak

from cofund.campaign.evidence import transaction_json
from cofund.campaign.release import Release, release_from, release_json
from cofund.campaign.unlogged import Unlogged
from cofund.chain.artifacts import artifact
from cofund.chain.event_logs import Event
from cofund.chain.journal import Mined
from cofund.chain.trail import Seen
from cofund.errors import CheckFailed

SHARED = "shared chain"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a campaign is.

    Args:
        chain_id: of its chain.
        address: of the campaign.
        factory: that created it, with the first transaction of the record.
        store: URL that was announced; empty if none.
        block: number of the last one that was read.
    """

    chain_id: int
    address: str
    factory: str
    store: str
    block: int


@dataclass(frozen=True, slots=True)
class SharedEvidence:
    """The inputs of such a record.

    Args:
        place: where the campaign is.
        terms: the published terms document.
        creation: the transaction that created the campaign, without events of it.
        seen: transactions in the order of the chain.
        mined: what became of the creation and of each of these.
        unlogged: what was read from the contract's state.
        delivered: rounds that each client delivered, as a bitmap by its id, under the roots that its edge signed.
        releases: the sealed boxes that the coordinator committed to; empty if the store has none.
    """

    place: Place
    terms: dict[str, Any]
    creation: Seen
    seen: tuple[Seen, ...]
    mined: tuple[Mined, ...]
    unlogged: Unlogged
    delivered: dict[str, int]
    releases: tuple[Release, ...]

    def to_json(self, notes: Sequence[str]) -> dict[str, Any]:
        """The sections of a record that are evidence, but for deliveries.

        Args:
            notes: what each transaction was for.
        """
        entries = zip(notes, (self.creation, *self.seen), self.mined, strict=True)
        return {
            "releases": [release_json(release) for release in self.releases],
            "unlogged": self.unlogged.to_json(),
            "transactions": [
                transaction_json(note, seen.raw, mined) | {"events": [_event_json(event) for event in seen.events]}
                for note, seen, mined in entries
            ],
        }


def shared_evidence_of(record: dict[str, Any]) -> SharedEvidence:
    """Read the evidence back out of a record.

    Raises:
        CheckFailed: naming the first transaction that does not have its hash, or an event that is none.
    """
    campaign, delivered = record["campaign"], dict[str, int]()
    for entry in record["deliveries"]:
        bit = bool(entry["accepted"]) << entry["round"] - 1
        delivered[entry["client"]] = delivered.get(entry["client"], 0) | bit
    creation, *seen = (_seen(at, entry) for at, entry in enumerate(record["transactions"]))
    fields = ("hash", "block", "timestamp", "gas_used", "status")
    unlogged = record["unlogged"]
    return SharedEvidence(
        place=Place(**{name: campaign[name] for name in Place.__slots__}),
        terms=record["terms"],
        creation=creation,
        seen=tuple(seen),
        mined=tuple(Mined(**{field: entry[field] for field in fields}) for entry in record["transactions"]),
        unlogged=Unlogged(**unlogged | {"roles": tuple(unlogged["roles"])}),
        delivered=delivered,
        releases=tuple(release_from(entry) for entry in record["releases"]),
    )


def place_json(place: Place) -> dict[str, Any]:
    """As members of a record's section ``campaign``."""
    return {"execution": SHARED} | asdict(place)


def _event_json(event: Event) -> dict[str, Any]:
    """Numbers as decimal strings, bytes hex."""
    shown = {name: _shown(value) for name, value in event.arguments.items()}
    return {"name": event.name, "position": event.position, "arguments": shown}


def _shown(value: Any) -> Any:
    if isinstance(value, bytes):
        return to_hex(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _seen(index: int, entry: dict[str, Any]) -> Seen:
    if to_hex(keccak(hexstr=entry["raw"])) != entry["hash"]:
        raise CheckFailed(f"transactions[{index}].hash: not the hash of the signed transaction")
    try:
        events = tuple(_event(given, entry) for given in entry["events"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"{type(error).__name__} {error}"
        raise CheckFailed(f"transactions[{index}].events: expected events of the campaign ({what})") from error
    return Seen(entry["raw"], entry["hash"], entry["block"], entry["timestamp"], events)


def _event(given: dict[str, Any], entry: dict[str, Any]) -> Event:
    (kind,) = [each for each in artifact("Campaign").abi if each["type"] == "event" and each["name"] == given["name"]]
    types = {field["name"]: field["type"] for field in kind["inputs"]}
    if types.keys() != given["arguments"].keys():
        raise ValueError(f"{given['name']} has {', '.join(types)}")
    arguments = {name: _value(types[name], value) for name, value in given["arguments"].items()}
    return Event(given["name"], arguments, entry["block"], given["position"], entry["hash"])


def _value(kind: str, value: Any) -> Any:
    if kind.startswith(("uint", "int")):
        return int(value)
    return bytes.fromhex(value.removeprefix("0x")) if kind.startswith("bytes") else value
