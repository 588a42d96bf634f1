"""Clients' signed offers to two edges of one operator, and the book of them."""

from dataclasses import replace
from pathlib import Path

from eth_utils.address import to_checksum_address

from cofund.campaign.signed_offers import Listing, SignedOffer, sign_offer, write_offer
from cofund.chain.accounts import rehearsal_account
from cofund.market.terms import EdgeTerms
from cofund.roles.edge_book import bind_book
from twin import SOME_TERMS

CHAIN, CAMPAIGN = 31337, to_checksum_address("0x" + "cc" * 20)
NORTH, SOUTH, RIVAL = (rehearsal_account("places", name) for name in ("north", "south", "rival"))
CLIENTS = [rehearsal_account("places", f"client {at}") for at in range(150)]
TERMS = replace(
    SOME_TERMS,
    tick=10,
    edges=(
        EdgeTerms("north", NORTH.address, 100, 20, 200),
        EdgeTerms("rival", RIVAL.address, 100, 0, 200),
        EdgeTerms("far north", NORTH.address, 100, 0, 150),
    ),
)
SEALED_TERMS = replace(TERMS, sealed=True, stake=1, absence_window_s=1)
LISTING = Listing(CHAIN, CAMPAIGN, TERMS, NORTH.address)


def offer(at=0, edge=0, cost=3, **changes: object):
    return replace(sign_offer(CLIENTS[at], CHAIN, CAMPAIGN, edge, cost), **changes)


def files(folder: Path, *offers: SignedOffer):
    return [write_offer(each, folder / f"{at}.json") for at, each in enumerate(offers)]


def book(*, sealed=False, count=150):
    offers = [offer(at, edge=2 * (at % 3 == 0), cost=at % 7) for at in range(count)]
    return bind_book(CHAIN, CAMPAIGN, NORTH.address, offers, sealed=sealed)
