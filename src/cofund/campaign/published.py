"""What a campaign publishes in its store, and how whoever knows only its address reads and checks that."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.creations import Created
from cofund.campaign.delivery_rows import Deliveries, deliveries_text, parse_deliveries, require_signed
from cofund.campaign.onchain import terms_on_chain
from cofund.campaign.publication import SCHEMA, digest
from cofund.campaign.release import Release, release_from, release_json
from cofund.campaign.store import MEBIBYTE, RELEASES, TERMS, Store, announced
from cofund.campaign.terms_file import published_document
from cofund.chain.abi import decoded
from cofund.chain.contract import Contract
from cofund.errors import CheckFailed, InputError, NodeError
from cofund.market.document import parsed_document
from cofund.training.deliveries import Delivery, deliveries_from_rows, deliveries_to_rows, updates_root

if TYPE_CHECKING:
    from cofund.chain.node import Node

RELEASES_SCHEMA: Final = "cofund.releases/1"
ROUND_SCHEMA: Final = "cofund.round/1"
MOST_JSON: Final = 16 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class Published:
    """The terms of a campaign as its initiator published them, and the store they came from."""

    document: dict[str, Any]
    store: Store


def publish_terms(store: Store, document: dict[str, Any]) -> None:
    """Put the terms where everybody finds them.

    Raises:
        InputError: the store is another campaign's.
    """
    if store.has(TERMS) and _terms_digest(store) != digest(document):
        raise InputError(store.where(TERMS), "", "the terms of another campaign; expected a store of this one's own")
    store.put(TERMS, (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())


def published_terms(node: "Node", address: str, created: Created, store: str | None = None) -> Published:
    """The terms of a campaign from its store, held against their digest on chain.

    Args:
        node: the chain.
        address: of the campaign.
        created: where it was created (``onchain.find_creation``).
        store: URL of a store, or None for the one that was announced on chain.

    Raises:
        InputError: there is no store, or no terms in it.
        CheckFailed: the terms there are not those of the campaign.
    """
    found = announced(location(node, created, address)) if store is None else Store(store)
    where, content = found.where(TERMS), found.get(TERMS, MOST_JSON)
    try:
        document = _parsed(where, content, SCHEMA)
    except InputError as error:  # there is something, and it is no terms
        raise CheckFailed(str(error)) from error
    right = bytes(terms_on_chain(Contract(node, "Campaign", address))["digest"])
    if digest(document) != right:
        raise CheckFailed(f"{where}: has the digest 0x{digest(document).hex()}, the campaign carries 0x{right.hex()}")
    try:
        return Published(published_document(where, content), found)
    except InputError as error:  # the initiator published something else than terms
        raise CheckFailed(str(error)) from error


def location(node: "Node", created: Created, address: str) -> str:
    """URL of the store that the factory logged with the new campaign; empty if none was given.

    Raises:
        InputError: there is no such log, or what was logged is no text.
    """
    for log in node.logs(created.hash, created.factory):
        if len(log.topics) > 1 and int(log.topics[1], 16) == int(address, 16):
            try:
                return str(decoded("CampaignFactory", [log])[0].arguments["store"])
            except NodeError as error:  # bytes that are no text; whoever creates a campaign chooses them
                raise InputError(created.hash, "store", "expected the URL of a store in UTF-8") from error
    raise InputError(created.hash, "", f"expected the transaction that created {address}")


def publish_releases(store: Store, releases: list[Release]) -> None:
    """Put the list of all sealed models there."""
    _write(store, RELEASES, {"schema": RELEASES_SCHEMA, "releases": [release_json(each) for each in releases]})


def read_releases(store: Store, boxes: Sequence[bytes]) -> list[Release]:
    """The list of sealed models that the coordinator committed to on chain.

    Args:
        store: of the campaign.
        boxes: digests of all of them, as on chain.

    Raises:
        InputError: there is none.
        CheckFailed: it is another.
    """
    content = _read(store, RELEASES, RELEASES_SCHEMA)
    try:
        releases = [release_from(entry) for entry in content["releases"]]
        right = [release.digest for release in releases] == list(boxes)
    except Exception as error:  # also what an ABI cannot encode as a leaf
        raise InputError(store.where(RELEASES), "releases", "expected owner, level and digest of every box") from error
    if not right:
        raise CheckFailed(f"{store.where(RELEASES)}: not the boxes that the coordinator committed to on chain")
    return releases


def publish_deliveries(store: Store, deliveries: Deliveries) -> None:
    """Put an edge's rows there, in which everybody finds the proof of its claim."""
    store.put(deliveries_name(deliveries.edge), deliveries_text(deliveries).encode())


def deliveries_name(edge: int) -> str:
    """Name of the rows that the edge of this index signed last."""
    return f"deliveries/{edge}.json"


def read_deliveries(store: Store, edge: int, chain_id: int, campaign: str, root: bytes) -> Deliveries:
    """An edge's rows, held against the root that it signed.

    Raises:
        InputError: there are none.
        CheckFailed: they are others.
    """
    where, content = store.where(deliveries_name(edge)), store.get(deliveries_name(edge), MOST_JSON)
    found = parse_deliveries(where, content, chain_id, campaign)
    if found.edge != edge:
        raise InputError(where, "edge", f"expected {edge}")
    require_signed(found, root, where)
    return found


def publish_round(store: Store, number: int, deliveries: Sequence[Delivery]) -> None:
    """Put there who delivered in a round, before the root of it is recorded on chain."""
    _write(
        store,
        round_name(number),
        {"schema": ROUND_SCHEMA, "round": number, "deliveries": deliveries_to_rows(deliveries)},
    )


def round_name(number: int) -> str:
    """Name of a round's deliveries."""
    return f"rounds/{number:04d}.json"


def read_round(store: Store, number: int, root: bytes) -> tuple[Delivery, ...]:
    """Who delivered in a round, held against the root that the coordinator recorded.

    Raises:
        InputError: nothing is published of this round.
        CheckFailed: it is something else than what was recorded.
    """
    where, document = store.where(round_name(number)), _read(store, round_name(number), ROUND_SCHEMA)
    try:
        found = deliveries_from_rows(document["deliveries"])
        right = updates_root(found) == root
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(where, "deliveries", f"expected the deliveries of a round ({ROUND_SCHEMA})") from error
    except Exception as error:  # what an ABI cannot encode as a leaf
        raise InputError(where, "deliveries", "expected client, edge, round, samples and digest of each") from error
    if not right or any(delivery.round != number for delivery in found):
        raise CheckFailed(f"{where}: not the deliveries that were recorded on chain for round {number}")
    return found


def _terms_digest(store: Store) -> bytes:
    return digest(_read(store, TERMS, SCHEMA))


def _write(store: Store, name: str, document: dict[str, Any]) -> None:
    store.put(name, (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())


def _read(store: Store, name: str, schema: str) -> dict[str, Any]:
    return _parsed(store.where(name), store.get(name, MOST_JSON), schema)


def _parsed(where: str, content: bytes, schema: str) -> dict[str, Any]:
    return dict(parsed_document(where, content, schema).plain())
