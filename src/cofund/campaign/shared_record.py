"""The record of a campaign that shares its chain, collected from the chain and store, and held against the chain."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cofund.campaign.audit import Recomputed, recompute
from cofund.campaign.campaign import Location
from cofund.campaign.creations import Created
from cofund.campaign.evidence import Evidence, evidence_of
from cofund.campaign.in_store import recorded_in, signed_in
from cofund.campaign.party_ids import clients_called
from cofund.campaign.publication import digest, terms_of
from cofund.campaign.published import location, published_terms, read_releases
from cofund.campaign.record import build_record
from cofund.campaign.release import Release
from cofund.campaign.signed_rounds import Bitmaps
from cofund.campaign.store import RELEASES, Store
from cofund.campaign.text import render
from cofund.chain.code import verify_campaign
from cofund.chain.journal import Mined
from cofund.chain.provider import at_once
from cofund.chain.signed import raw_of
from cofund.chain.trail import CampaignTransaction
from cofund.errors import CheckFailed
from cofund.settlement.ledger import Ledger

if TYPE_CHECKING:
    from cofund.chain.node import Node


def record_from_chain(node: "Node", campaign: str, created: Created, store: str | None, folder: Path) -> dict[str, Any]:
    """Make the record of a campaign that is over.

    Args:
        node: not the embedded one.
        campaign: address.
        created: where it came from.
        store: URL of its store, or None for the one that was announced.
        folder: for the index of its events.

    Raises:
        InputError: the campaign is not over, or the store lacks terms or deliveries.
        CheckFailed: chain or store are not what the recomputation says.
    """
    found = verify_campaign(node, campaign, created.factory)
    published = published_terms(node, campaign, created, store)
    made = recompute(node, found, created, folder, terms_of(published.document))
    evidence = _evidence(node, created, made, published.document)
    ledger, document = made.books.ledger, published.document
    signed, releases = signed_in(published.store, ledger, document), _releases(published.store, ledger.boxes)
    return build_record(
        replace(
            evidence,
            deliveries=recorded_in(published.store, evidence.seen, ledger, document, signed),
            delivered=named_by_bitmaps(ledger, document, signed),
            releases=releases,
        )
    )


def compare_with_chain(node: "Node", record: dict[str, Any], folder: Path) -> int:
    """Hold a record that was verified offline against its chain, at the block that it was written at.

    Returns:
        Number of transactions.

    Raises:
        CheckFailed: naming the first transaction that one has and the other has not, or the line that differs.
    """
    given = evidence_of(record)
    if node.chain_id != given.place.chain_id:
        raise CheckFailed(f"campaign: of chain {given.place.chain_id}, the node is on chain {node.chain_id}")
    place, first = given.place, given.seen[0]
    created = Created(place.address, place.factory, first.block, first.hash, place.store)
    found = verify_campaign(node, given.place.address, given.place.factory)
    if digest(given.terms) != found.terms["digest"]:
        raise CheckFailed("terms: do not have the digest that the campaign carries")
    made = recompute(node, found, created, folder, terms_of(given.terms), given.place.block)
    again = replace(
        _evidence(node, created, made, given.terms),
        deliveries=given.deliveries,
        delivered=given.delivered,
        releases=given.releases,
    )
    _compare_transactions(given, again)
    text = render(build_record(again)).splitlines()
    for number, (line, right) in enumerate(zip(render(record).splitlines(), text, strict=False), start=1):
        if line != right:
            raise CheckFailed(f"line {number}: is {line.strip()[:120]}, on the chain {right.strip()[:120]}")
    return len(given.mined)


def _compare_transactions(given: Evidence, again: Evidence) -> None:
    for at, seen in enumerate(again.seen):
        if at >= len(given.seen) or given.seen[at].hash != seen.hash:
            raise CheckFailed(f"transactions[{at}]: the chain has {seen.hash} there, the record does not")
        if given.seen[at] != seen or given.mined[at] != again.mined[at]:
            raise CheckFailed(f"transactions[{at}]: {seen.hash} is otherwise on the chain")
    if extra := given.seen[len(again.seen) :]:
        raise CheckFailed(f"transactions[{len(again.seen)}]: the chain does not have {extra[0].hash} there")


def _evidence(node: "Node", created: Created, made: Recomputed, terms: dict[str, Any]) -> Evidence:
    """What the chain tells."""
    campaign = made.campaign.address
    hashes = [created.hash, *(seen.hash for seen in made.trail.seen)]
    mined = tuple(at_once(lambda hash_: _mined(node, hash_), hashes))
    creation = CampaignTransaction(
        raw_of(node.transaction(hashes[0])), hashes[0], mined[0].block, mined[0].timestamp, ()
    )
    place = Location(node.chain_id, campaign, created.factory, location(node, created, campaign), made.trail.head)
    return Evidence(place, True, terms, (creation, *made.trail.seen), mined)


def _mined(node: "Node", hash_: str) -> Mined:
    found = node.outcome(hash_)
    if found is None:
        raise CheckFailed(f"transaction {hash_}: the node has no receipt of it")
    return found


def named_by_bitmaps(ledger: Ledger, document: dict[str, Any], signed: Bitmaps) -> dict[tuple[str, str], int]:
    """Bitmaps by the ids of edge and client."""
    called = clients_called(ledger, document)
    return {(document["edges"][at]["id"], called[at, place]): bits for (at, place), bits in signed.items()}


def _releases(store: Store, boxes: Sequence[bytes]) -> tuple[Release, ...]:
    return tuple(read_releases(store, boxes)) if boxes and store.has(RELEASES) else ()
