"""What a campaign's store tells of its deliveries besides the chain, each held against its root there.

The coordinator publishes who delivered in a round, the edges publish the bitmaps that they sign.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cofund.campaign.campaign import Campaign
from cofund.campaign.delivery_rows import Deliveries
from cofund.campaign.party_ids import ids_by_account
from cofund.campaign.published import read_deliveries, read_round
from cofund.campaign.signed_rounds import Bitmaps, by_round, named_bitmaps, signed_bitmaps
from cofund.campaign.store import Store
from cofund.chain.trail import CampaignTransaction
from cofund.errors import CheckFailed, InputError
from cofund.settlement.ledger import Ledger
from cofund.training.deliveries import Delivery


def with_store(campaign: Campaign, store: Store) -> Campaign:
    """A campaign with what its store tells.

    Raises:
        InputError: the rows that an edge signed are not there.
        CheckFailed: they are others.
    """
    signed = signed_in(store, campaign.ledger, campaign.document)
    deliveries = recorded_in(store, campaign.seen, campaign.ledger, campaign.document, signed)
    return replace(campaign, bitmaps=signed, deliveries=deliveries)


def signed_in(store: Store, ledger: Ledger, terms: dict[str, Any]) -> Bitmaps:
    """Bitmaps under the roots signed last, of every winner.

    Raises:
        InputError: there are none.
        CheckFailed: they are others.
    """
    found = {(offer.edge, offer.place): 0 for offer in ledger.offers if offer.winner}
    for at, edge in enumerate(ledger.edges):
        if edge.up_to_round and edge.winners:
            told = read_deliveries(store, at, ledger.chain_id, ledger.address, edge.root)
            _check_rows(told, ledger, terms)
            found |= {(at, place): row.bitmap for place, row in enumerate(told.rows)}
    return found


def _check_rows(told: Deliveries, ledger: Ledger, terms: dict[str, Any]) -> None:
    """The root binds the places only, and the counts are signed besides."""
    at, edge = told.edge, ledger.edges[told.edge]
    where, ids = f"deliveries of edge {terms['edges'][at]['id']}", ids_by_account(terms)
    winners = ledger.offers_at(at)[: edge.winners]
    if (told.start, told.up_to_round, len(told.rows)) != (edge.start, edge.up_to_round, edge.winners):
        raise CheckFailed(f"{where}: expected the {edge.winners} winners from position {edge.start} on")
    for offer, row in zip(winners, told.rows, strict=True):
        if offer.client and row.client != offer.client:
            raise CheckFailed(f"{where}: place {offer.place} is that of {ids[offer.client]}, not of {ids[row.client]}")
    if _missed(told) != edge.missing:
        raise CheckFailed(f"{where}: other winners missed rounds than it signed for")


def _missed(told: Deliveries) -> tuple[int, ...]:
    return tuple(sum(not bits >> r & 1 for bits in told.bitmaps) for r in range(told.up_to_round))


def recorded_in(
    store: Store, seen: Iterable[CampaignTransaction], ledger: Ledger, terms: dict[str, Any], signed: Bitmaps
) -> tuple[Delivery, ...]:
    """What the coordinator recorded of every round; nothing if that is not all there, or not what the edges signed.

    Args:
        store: of the campaign.
        seen: its transactions.
        ledger: the books.
        terms: the published document.
        signed: bitmaps under the roots signed last.
    """
    logged = [event.arguments for one in seen for event in one.events if event.name == "RoundRecorded"]
    try:
        found = tuple(d for given in logged for d in read_round(store, given["round"], given["updates_root"]))
    except (InputError, CheckFailed):  # a coordinator that publishes nothing, or nonsense, stops nobody's record
        return ()
    ids = ids_by_account(terms)
    winners = {(ids[offer.client], terms["edges"][offer.edge]["id"]) for offer in ledger.offers if offer.winner}
    whole = all({(d.client, d.edge) for d in rows} == winners for rows in by_round(found).values())
    return found if whole and signed_bitmaps(ledger, terms, named_bitmaps(found)) == dict(signed) else ()
