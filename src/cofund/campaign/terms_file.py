"""TERMS.toml: a campaign's terms as people write them; read into the document that is published (``cofund.terms/1``).

Sections and names are those of the document. What may be left out: ``unit`` and ``decimals`` of the token, bonds of
clients (the ceiling) and edges (none), everything under ``market`` from ``coordinator_fee`` on, parties and training.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from eth_utils.address import is_checksum_formatted_address, is_hex_address, to_checksum_address

from cofund.campaign.publication import SCHEMA, iso
from cofund.market.document import Field, NumberText, read_document
from cofund.market.quality import read_quality
from cofund.market.terms import MAX_AMOUNT, MAX_ROUNDS
from cofund.market.text_files import read_toml
from cofund.market.validation import MAX_COUNT
from cofund.units import ONE

TRAINING: Final = ("task", "rounds", "local_steps", "edge_rounds", "learning_rate", "batch", "seed")
TIMES: Final = ("commit_end", "reveal_end", "settle_end")
LIMITS: Final = ("round_limit_s", "veto_window_s", "delivery_window_s")
MAX_SECONDS: Final = 2 * 365 * 24 * 3600  # of one window, as the factory has it


def load_terms(path: Path, initiator: str) -> dict[str, Any]:
    """The published document of a TERMS.toml, or of the document itself (``.json``).

    Args:
        path: the file.
        initiator: account that creates, or created, the campaign.

    Raises:
        InputError: naming the file, the field and what was expected there.
    """
    if path.suffix != ".toml":
        read_document(str(path), SCHEMA)
        return dict(json.loads(path.read_bytes()))  # with plain numbers, of which the digest is taken
    return _document(Field(str(path), "", read_toml(path, NumberText)), initiator)


def _document(root: Field, initiator: str) -> dict[str, Any]:
    required = ("name", "coordinator", "token", "phases", "market", "bonds", "quality", "edges")
    fields = root.members(required, ("owners", "clients", "training"))
    tick = _tick(fields["token"])
    market = _market(fields["market"], tick)
    return {
        "schema": SCHEMA,
        "name": fields["name"].text(),
        "token": _token(fields["token"], tick),
        "initiator": initiator,
        "coordinator": _address(fields["coordinator"]),
        "phases": _phases(fields["phases"]),
        "market": market,
        "bonds": _bonds(fields["bonds"], market["ceiling"]),
        "quality": list(read_quality(fields["quality"])),
        "edges": [_edge(item, tick) for item in fields["edges"].items()],
        "owners": [_owner(item) for item in _items(fields, "owners")],
        "clients": [_client(item) for item in _items(fields, "clients")],
        "training": _training(fields["training"]) if "training" in fields else None,
        "rehearsal": None,
    }


def _token(field: Field, tick: int) -> dict[str, Any]:
    members = field.members(("address", "tick"), ("unit", "decimals"))
    decimals = _whole(members["decimals"], 0, 255) if "decimals" in members else 0
    unit = members["unit"].text() if "unit" in members else ""
    return {"address": _address(members["address"]), "unit": unit, "decimals": decimals, "tick": str(tick)}


def _tick(field: Field) -> int:
    return _amount(field.members(("address", "tick"), ("unit", "decimals"))["tick"], low=1)


def _phases(field: Field) -> dict[str, Any]:
    members = field.members((*TIMES, *LIMITS))
    return {name: iso(_time(members[name])) for name in TIMES} | {
        name: _whole(members[name], 0, MAX_SECONDS) for name in LIMITS
    }


def _market(field: Field, tick: int) -> dict[str, Any]:
    optional = ("coordinator_fee", "goal", "rule", "match", "sponsor", "tolerance", "listed_owners")
    members = field.members(("cohort", "min_cohort", "ceiling"), optional)
    rule = members["rule"] if "rule" in members else Field(field.where, f"{field.path}.rule", "serial")
    if rule.value not in {"serial", "vcg"}:
        raise rule.refuse('"serial" or "vcg"')
    return {
        "cohort": _whole(members["cohort"], 1, MAX_COUNT),
        "min_cohort": _whole(members["min_cohort"], 1, MAX_COUNT),
        "ceiling": str(_amount(members["ceiling"], multiple=tick)),
        "coordinator_fee": str(_amount(members["coordinator_fee"])) if "coordinator_fee" in members else "0",
        "goal": _whole(members["goal"], 1, MAX_ROUNDS) if "goal" in members else 1,
        "rule": rule.value,
        "match": _whole(members["match"], 0, ONE) if "match" in members else 0,
        "sponsor": _address(members["sponsor"]) if "sponsor" in members else None,
        "tolerance": _whole(members["tolerance"], 0, MAX_ROUNDS) if "tolerance" in members else 0,
        "listed_owners": members["listed_owners"].flag() if "listed_owners" in members else False,
    }


def _bonds(field: Field, ceiling: str) -> dict[str, str]:
    members = field.members(("owner", "coordinator"), ("client", "edge"))
    return {
        "owner": str(_amount(members["owner"])),
        "client": str(_amount(members["client"])) if "client" in members else ceiling,
        "edge": str(_amount(members["edge"])) if "edge" in members else "0",
        "coordinator": str(_amount(members["coordinator"])),
    }


def _edge(item: Field, tick: int) -> dict[str, Any]:
    members = item.members(("id", "operator", "capacity", "fee"), ("name", "admits"))
    return {
        "id": members["id"].text(),
        "name": (members.get("name") or members["id"]).text(),
        "operator": _address(members["operator"]),
        "capacity": _whole(members["capacity"], 0, MAX_COUNT),
        "fee": str(_amount(members["fee"], multiple=tick)),
        "admits": members["admits"].flag() if "admits" in members else False,
    }


def _owner(item: Field) -> dict[str, Any]:
    members = item.members(("id", "account"), ("name", "weight"))
    return {
        "id": members["id"].text(),
        "name": (members.get("name") or members["id"]).text(),
        "account": _address(members["account"]),
        "weight": _whole(members["weight"], 1, MAX_COUNT) if "weight" in members else 1,
    }


def _client(item: Field) -> dict[str, Any]:
    members = item.members(("id", "account", "edge"), ("name",))
    named = members.get("name") or members["id"]
    return {
        "id": members["id"].text(),
        "name": named.text(),
        "account": _address(members["account"]),
        "edge": members["edge"].text(),
    }


def _training(field: Field) -> dict[str, Any]:
    """As it is: whoever trains checks it."""
    members = field.members(TRAINING)
    rate = members["learning_rate"].value
    plain = {name: members[name].value for name in TRAINING}
    return plain | {"learning_rate": float(rate.text) if isinstance(rate, NumberText) else rate}


def _items(fields: dict[str, Field], name: str) -> list[Field]:
    return fields[name].items() if name in fields else []


def _address(field: Field) -> str:
    text = field.text()
    if not is_hex_address(text) or not text.startswith("0x"):
        raise field.refuse("an address of 0x and 40 hex digits")
    right = str(to_checksum_address(text))
    if is_checksum_formatted_address(text) and text != right:
        raise field.refuse(f"an address with its checksum, such as {right}")
    return right


def _amount(field: Field, low: int = 0, multiple: int = 1) -> int:
    amount = field.amount()
    if not low <= amount <= MAX_AMOUNT:
        raise field.refuse(f"base units from {low} to 2**96 - 1")
    if amount % multiple:
        raise field.refuse(f"a multiple of the tick, {multiple} base units")
    return amount


def _whole(field: Field, low: int, high: int) -> int:
    if not low <= field.integer() <= high:
        raise field.refuse(f"a whole number from {low} to {high}")
    return field.integer()


def _time(field: Field) -> int:
    """A TOML time with an offset, or a string such as 2026-01-08T12:00:00Z."""
    value = field.value
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, datetime) or value.tzinfo is None or value.microsecond:
        raise Field(field.where, field.path, str(field.value)).refuse("a time such as 2026-01-08T12:00:00Z")
    return int(value.astimezone(UTC).timestamp())
