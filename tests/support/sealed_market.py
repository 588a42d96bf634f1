"""A campaign on revm whose books stay sealed: what an operator shows of them, and calls."""

import random
from typing import Any

from book_market import COORDINATOR, OPERATORS, BookMarket, Site, account
from cofund.market.offer_book import ListedOffer, OfferBook
from cofund.market.sealed_book import NO_LEAF, sorted_sealed
from evm import CHAIN_ID, START
from sorted_market import sorted_market

STRANGER, SETTLER = account(1), account(77)
SEALED = {"sealed": True, "stake": 33, "absence_window": 10, "settle_end": START + 400}


def sealed_market(sites, cohort, count, seed, top=100, sizes=None, **changes: Any):
    """Books of random offers; ``sizes`` by edge instead of offers at any."""
    draw = random.Random(seed)
    offers = {}
    edges = [e for e, size in sizes.items() for _ in range(size)] if sizes else None
    for number in range(len(edges) if edges else count):
        edge = edges[number] if edges else draw.randrange(len(sites))
        offers.setdefault(edge, []).append(ListedOffer(account(number), draw.randrange(top)))
    books = {e: sorted_sealed(e, draw.randbytes(32), listed) for e, listed in sorted(offers.items())}
    market = BookMarket(sites, cohort, SEALED | changes)
    for e, book in books.items():
        market.fund(sites[e].operator)
        arguments = (e, book.commitment(CHAIN_ID, market.campaign), len(book.offers))
        market.machine.call("SealedBooks", market.books, "commit_book", *arguments, sender=sites[e].operator)
    market.machine.now = START + 200
    return market, books


def boundaries(sites, books, winners, absent=0):
    shown = [
        books[e].boundary(winners[e]) if e in books and not absent >> e & 1 else (0, NO_LEAF, NO_LEAF)
        for e in range(len(sites))
    ]
    return [(count, last.arguments, following.arguments) for count, last, following in shown]


def on_books(market, function, *arguments: Any, sender=STRANGER):
    return market.machine.call("SealedBooks", market.books, function, *arguments, sender=sender)


def as_open(sites, books, absent=0):
    return [
        OfferBook.of(sites[e].operator, book.seed, {e: book.offers}) for e, book in books.items() if not absent >> e & 1
    ]


def two_edges():
    sites = [Site(OPERATORS[0].address, 3), Site(OPERATORS[1].address, 3)]
    return sites, *sealed_market(sites, 4, 12, 5)


def attempted(market, books, absent, settler=SETTLER):
    """Settle without books that are called absent; winners and prices if it stands."""
    market.fund(settler)
    winners, prices = sorted_market(market.sites, as_open(market.sites, books, absent), market.cohort)
    on_books(market, "settle", boundaries(market.sites, books, winners, absent), absent, sender=settler)
    return list(zip(winners, prices, strict=True))


def open_sealed(market, book):
    on_books(market, "open_book", book.edge, book.seed, book.records)


def settled(market, books):
    """Settle with all books; winners and prices."""
    winners, prices = sorted_market(market.sites, as_open(market.sites, books), market.cohort)
    on_books(market, "settle", boundaries(market.sites, books, winners), 0)
    return list(zip(winners, prices, strict=True))


def trained(market, bitmaps, keys):
    """Four rounds, signed deliveries, the end."""
    for number in range(1, 5):
        market.record(number)
    for edge, maps in bitmaps.items():
        market.post(edge, maps, 4, keys[edge])
    market.call("release_models", [b"\7" * 32], sender=COORDINATOR)
    market.call("close")


def with_owner(market):
    """One owner that buys all rounds; its bid is open."""
    owner = account(20_000)
    market.machine.now = START
    market.bid(owner, 10**9, 10**9)
    market.reveal(owner)
    market.machine.now = START + 200
