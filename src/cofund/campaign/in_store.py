"""What a campaign's store tells of its deliveries besides the chain, each held against its root there.

The coordinator publishes who delivered in a round, the edges publish the bitmaps that they sign.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from cofund.campaign.campaign import Campaign
from cofund.campaign.published import read_deliveries, read_round
from cofund.campaign.sections import by_round, ids_by_account, signed_bitmaps
from cofund.campaign.store import Store
from cofund.chain.trail import CampaignTransaction
from cofund.errors import CheckFailed, InputError
from cofund.settlement.ledger import Ledger
from cofund.training.deliveries import Delivery, bitmaps


def with_store(campaign: Campaign, store: Store) -> Campaign:
    """A campaign with what its store tells.

    Raises:
        InputError: the rows that an edge signed are not there.
        CheckFailed: they are others.
    """
    signed = signed_in(store, campaign.ledger, campaign.document)
    deliveries = recorded_in(store, campaign.seen, campaign.ledger, campaign.document, signed)
    return replace(campaign, bitmaps=signed, deliveries=deliveries)


def signed_in(store: Store, ledger: Ledger, terms: dict[str, Any]) -> dict[int, int]:
    """Bitmaps under the roots signed last, by position of the offer, for every winner.

    Raises:
        InputError: there are none.
        CheckFailed: they are others.
    """
    found = {at: 0 for at, offer in enumerate(ledger.offers) if offer.winner}
    for at, edge in enumerate(ledger.edges):
        if edge.up_to_round:
            for row in read_deliveries(store, at, ledger.chain_id, ledger.address, edge.root).rows:
                if row.position not in found or ledger.offers[row.position].client != row.client:
                    # the root binds the position only
                    where, name = f"deliveries of edge {terms['edges'][at]['id']}", ids_by_account(terms)[row.client]
                    raise CheckFailed(f"{where}: the offer at position {row.position} is not that of {name}")
                found[row.position] = row.bitmap
    return found


def recorded_in(
    store: Store, seen: Iterable[CampaignTransaction], ledger: Ledger, terms: dict[str, Any], signed: Mapping[int, int]
) -> tuple[Delivery, ...]:
    """What the coordinator recorded of every round; nothing if that is not all there, or not what the edges signed.

    Args:
        store: of the campaign.
        seen: its transactions.
        ledger: the books.
        terms: the published document.
        signed: bitmaps under the roots signed last, by position of the offer.
    """
    logged = [event.arguments for one in seen for event in one.events if event.name == "RoundRecorded"]
    try:
        found = tuple(d for given in logged for d in read_round(store, given["round"], given["updates_root"]))
    except (InputError, CheckFailed):  # a coordinator that publishes nothing, or nonsense, stops nobody's record
        return ()
    ids = ids_by_account(terms)
    winners = {(ids[offer.client], ledger.terms.edges[offer.edge].id) for offer in ledger.offers if offer.winner}
    whole = all({(d.client, d.edge) for d in rows} == winners for rows in by_round(found).values())
    return found if whole and signed_bitmaps(ledger, terms, bitmaps(found)) == dict(signed) else ()
