"""What a campaign's store says of its training, held against the chain: terms, rounds, signed rows, sealed models.

A store that cannot be read proves nothing and is said to be so; one that says something else than the chain is a
failed check. The models themselves only their owners can open.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eth_utils.crypto import keccak

from cofund.campaign.creations import Created
from cofund.campaign.delivery_rows import Deliveries
from cofund.campaign.inspection import unusual_of
from cofund.campaign.onchain import events_of
from cofund.campaign.published import location, published_terms, read_deliveries, read_releases, read_round
from cofund.campaign.store import Store, box_name
from cofund.campaign.terms_check import token_lines
from cofund.campaign.token import token_facts
from cofund.campaign.verify_chain import require_same
from cofund.chain.code import verify_campaign
from cofund.chain.contract import Contract
from cofund.errors import CheckFailed, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cofund.chain.logs import Event
    from cofund.training.deliveries import Delivery


@dataclass(frozen=True, slots=True)
class PublishedDeliveries:
    """A store with what the chain says about it."""

    campaign: Contract
    store: Store
    document: dict[str, Any]
    events: "Sequence[Event]"


def check_store(campaign: Contract, created: Created, folder: Path, given: str | None = None) -> list[str]:
    """Hold everything in a campaign's store against the chain; what was checked, in words.

    Args:
        campaign: the contract.
        created: where it came from.
        folder: for the index of events.
        given: URL of a store, None for the one that was announced.

    Raises:
        CheckFailed: naming the artifact that is not what the chain says.
        InputError: the store that is given cannot be read.
    """
    url = location(campaign.node, created, campaign.address) if given is None else given
    if not url:
        return ["no store was announced: nothing is known of the training but digests"]
    try:
        terms = published_terms(campaign.node, campaign.address, created, given)
        code = verify_campaign(campaign.node, campaign.address, created.factory)
        require_same(campaign.node, code, created, terms.document)
        found = PublishedDeliveries(campaign, terms.store, terms.document, events_of(campaign, created, folder))
        lines = [f"store {url}: the terms are those of the campaign", *_unusual(campaign, terms.document)]
        return [*lines, *_training(found), *_models(found)]
    except InputError as error:
        if given is not None:
            raise
        return [f"store not read to its end: {error}"]


def _unusual(campaign: Contract, document: dict[str, Any]) -> list[str]:
    token = token_facts(campaign.node, document["token"]["address"])
    return [f"unusual: {line}" for line in (*token_lines(document, token), *unusual_of(document))]


def _training(found: PublishedDeliveries) -> list[str]:
    done = found.campaign.view("rounds_done")
    recorded = {event.arguments["round"]: event.arguments for event in found.events if event.name == "RoundRecorded"}
    rounds = {n: read_round(found.store, n, bytes(recorded[n]["updates_root"])) for n in range(1, done + 1)}
    lines = [f"store: who delivered in {done} rounds, under the roots recorded on chain"] if done else []
    signed = unsigned = 0
    for at, edge in enumerate(found.document["edges"]):
        _, state, root = found.campaign.view("edge", at)
        if state[2]:
            where = found.campaign.node.chain_id, found.campaign.address
            rows = read_deliveries(found.store, at, *where, bytes(root))
            signed += rows.total
            unsigned += _held(found, edge["id"], rows, rounds)
    if signed or unsigned:
        lines.append(
            f"store: {signed} client-rounds signed by edges, all of them recorded; {unsigned} recorded and not signed"
        )
    return lines


def _held(found: PublishedDeliveries, edge: str, rows: Deliveries, rounds: "Mapping[int, Sequence[Delivery]]") -> int:
    """Hold an edge's rows against what the coordinator recorded; client-rounds that are recorded and not signed.

    Raises:
        CheckFailed: the edge signed a client-round that was not recorded.
    """
    ids = {party["account"]: party["id"] for party in found.document["clients"]}
    missing = 0
    for row in rows.rows:
        name = ids.get(row.client, row.client)
        (position, *_), _, _ = found.campaign.view("offer", row.client)  # the root binds the position only
        if position != row.position:
            raise CheckFailed(f"deliveries of edge {edge}: the offer at position {row.position} is not that of {name}")
        for number in range(1, rows.up_to_round + 1):
            recorded = any(each.accepted and each.client == name and each.edge == edge for each in rounds[number])
            if row.bitmap >> (number - 1) & 1 and not recorded:
                raise CheckFailed(f"edge {edge} signed round {number} of {name}, which the coordinator did not record")
            missing += recorded and not row.bitmap >> (number - 1) & 1
    return missing


def _models(found: PublishedDeliveries) -> list[str]:
    roots = [event.arguments["root"] for event in found.events if event.name == "ModelsReleased"]
    if not roots:
        return []
    releases = read_releases(found.store, bytes(roots[-1]))
    for each in releases:
        if keccak(found.store.get(box_name(each.owner))) != each.digest:
            name = found.store.where(box_name(each.owner))
            raise CheckFailed(f"{name}: not the box that the coordinator committed to on chain")
    return [f"store: {len(releases)} sealed models, the boxes that the coordinator committed to on chain"]
