"""Settlement by boundaries: on random trees of edges the contract accepts what sorting all offers gives, and only that.

A book is final and opens to one list of records (B-1); one choice of winners is accepted (B-2).
"""

import random
from itertools import product

import pytest

from book_market import BookMarket, Site, account, random_books
from cofund.errors import Reverted
from cofund.market.offer_book import NO_BOUNDARY, Boundary
from sorted_market import random_sites, sorted_market


@pytest.mark.parametrize("seed", range(40))
def test_what_sorting_gives_is_accepted_and_nothing_else(seed):
    draw = random.Random(seed)
    sites = random_sites(draw)
    books = random_books(sites, draw.choice([3, 8, 14, 90]), seed, top=draw.choice([5, 100]))
    market = BookMarket(sites, cohort=draw.randrange(1, 8))
    for book in books.values():
        market.commit(book)
    opened = [book for book in books.values() if draw.random() < 0.85]
    for book in opened:
        market.open(book)
    winners, prices = sorted_market(sites, opened, market.cohort)

    def boundaries(chosen) -> list[Boundary]:
        by = {book.operator: book for book in opened}
        return [
            by[site.operator].boundary(e, chosen[e]) if site.operator in by else NO_BOUNDARY
            for e, site in enumerate(sites)
        ]

    sizes = [
        next((book.size(e) for book in opened if book.operator == site.operator), 0) for e, site in enumerate(sites)
    ]
    around = [
        range(max(0, w - 1), min(size, w + 2) + 1) if size < 20 else [w] for w, size in zip(winners, sizes, strict=True)
    ]
    for other in product(*around):
        if list(other) != winners and all(w <= size for w, size in zip(other, sizes, strict=True)):
            with pytest.raises(Reverted, match="settle: "):
                market.settle(boundaries(other))
    market.settle(boundaries(winners))
    assert market.results() == list(zip(winners, prices, strict=True))


def test_a_book_opens_to_nothing_but_itself():
    sites = [Site(account(10_000), 3), Site(account(10_000), 3)]
    (book,) = random_books(sites, 70, 1).values()
    market = BookMarket(sites, cohort=4)
    market.commit(book)
    market.machine.now += 100
    right = market.opening(book)
    for at in [36, 163, 300, 1500, len(right) - 1]:
        wrong = bytearray(right)
        wrong[at] ^= 1
        with pytest.raises(Reverted, match=r"book: |edge: unknown"):
            market.machine.send(market.books, bytes(wrong))
    with pytest.raises(Reverted, match="book: wrong length"):
        market.machine.send(market.books, right + b"\0")
    market.machine.send(market.books, right)
    with pytest.raises(Reverted, match="book: open already"):
        market.machine.send(market.books, right)


def test_a_client_finds_its_place_in_the_sealed_book():
    sites = [Site(account(10_000), 3), Site(account(10_000), 3)]
    (book,) = random_books(sites, 150, 2).values()
    sealed = book.commitment(1, account(7))
    for position in (0, 63, 64, 149):
        place = book.place(position)
        assert place.commitment(1, account(7)) == sealed
        assert place.edge == (0 if position < book.size(0) else 1)
        assert place.offer == book.offers[position]
