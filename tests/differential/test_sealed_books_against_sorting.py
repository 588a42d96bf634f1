"""Sealed books: two leaves of every book settle the market as sorting all offers does (B-2); absence can be disproved.

At most as many attempts fail as there are books (B-4).
"""

import random
from itertools import product

import pytest

from book_market import OPERATORS, Site, account
from cofund.errors import Reverted
from cofund.market.offer_book import ListedOffer
from cofund.market.sealed_book import SealedBook
from evm import START
from sealed_market import as_open, boundaries, on_books, sealed_market, two_edges
from sorted_market import random_sites, sorted_market


def dishonest_book(draw, offers):
    """Offers in any order, separators anywhere."""
    anywhere = {"separator": lambda *_: draw.randrange(9)}
    return type("DishonestBook", (SealedBook,), anywhere)(0, draw.randbytes(32), offers)


@pytest.mark.parametrize("seed", range(40))
def test_what_sorting_gives_is_accepted_and_nothing_else(seed):
    draw = random.Random(seed)
    sites = random_sites(draw)
    market, books = sealed_market(sites, draw.randrange(1, 8), draw.choice([3, 8, 14, 90]), seed, draw.choice([5, 100]))
    winners, prices = sorted_market(sites, as_open(sites, books), market.cohort)
    sizes = [len(books[e].offers) if e in books else 0 for e in range(len(sites))]
    around = [
        range(max(0, w - 1), min(size, w + 2) + 1) if size < 20 else [w] for w, size in zip(winners, sizes, strict=True)
    ]
    for other in product(*around):
        if list(other) != winners:
            with pytest.raises(Reverted, match="settle: "):
                on_books(market, "settle", boundaries(sites, books, other), 0)
    on_books(market, "settle", boundaries(sites, books, winners), 0)
    assert market.results() == list(zip(winners, prices, strict=True))


def test_a_book_that_is_there_ends_the_attempt_and_gets_the_stake():
    sites, market, books = two_edges()
    settler = account(77)
    market.fund(settler)
    winners, _ = sorted_market(sites, as_open(sites, books, absent=2), 4)
    on_books(market, "settle", boundaries(sites, books, winners, absent=2), 2, sender=settler)
    with pytest.raises(Reverted, match="settle: another attempt is open"):
        on_books(market, "settle", boundaries(sites, books, winners, absent=2), 2, sender=settler)
    on_books(market, "open_book", 1, books[1].seed, books[1].records)
    assert market.call("credit", sites[1].operator) == 33
    with pytest.raises(Reverted, match="settle: an open book is not absent"):
        on_books(market, "settle", boundaries(sites, books, winners, absent=2), 2, sender=settler)
    winners, prices = sorted_market(sites, as_open(sites, books), 4)
    on_books(market, "settle", boundaries(sites, books, winners), 0)
    assert market.results() == list(zip(winners, prices, strict=True))


def test_a_book_that_stays_absent_is_void_and_loses_its_bond():
    sites, market, books = two_edges()
    settler = account(77)
    market.fund(settler)
    market.machine.now = START + 200
    winners, prices = sorted_market(sites, as_open(sites, books, absent=2), 4)
    on_books(market, "settle", boundaries(sites, books, winners, absent=2), 2, sender=settler)
    results = list(zip(winners, prices, strict=True))
    with pytest.raises(Reverted, match="settle: the books may still be opened"):
        on_books(market, "confirm", results, 2)
    market.machine.now += 10
    on_books(market, "confirm", results, 2)
    assert market.results() == results
    assert market.call("credit", settler) == 33
    on_books(market, "return_bond", 0)
    with pytest.raises(Reverted, match="bond: nothing held"):
        on_books(market, "return_bond", 1)


def test_who_shows_all_books_ends_an_attempt_too():
    sites, market, books = two_edges()
    settler = account(77)
    market.fund(settler)
    winners, _ = sorted_market(sites, as_open(sites, books, absent=2), 4)
    on_books(market, "settle", boundaries(sites, books, winners, absent=2), 2, sender=settler)
    winners, prices = sorted_market(sites, as_open(sites, books), 4)
    on_books(market, "settle", boundaries(sites, books, winners), 0)
    assert market.results() == list(zip(winners, prices, strict=True))
    assert market.call("credit", settler) == 33


def test_an_operator_is_not_absent_at_one_edge_only():
    sites = [Site(OPERATORS[0].address, 3), Site(OPERATORS[0].address, 3)]
    market, books = sealed_market(sites, 4, 12, 5)
    market.fund(account(77))
    winners, _ = sorted_market(sites, as_open(sites, books, absent=2), 4)
    with pytest.raises(Reverted, match="settle: absent at one edge only"):
        on_books(market, "settle", boundaries(sites, books, winners, absent=2), 2, sender=account(77))


def test_winners_are_paid_from_a_sealed_book_once_and_nobody_learns_what_they_asked():
    sites = [Site(OPERATORS[0].address, 200, fee=3)]
    market, books = sealed_market(sites, 100, 130, 9)
    owner = account(20_000)
    market.machine.now = START
    market.bid(owner, 10**9, 10**9)
    market.reveal(owner)
    market.machine.now = START + 200
    winners, (price,) = sorted_market(sites, as_open(sites, books), 100)
    on_books(market, "settle", boundaries(sites, books, winners), 0)
    for number in range(1, 5):
        market.record(number)
    draw = random.Random(3)
    bitmaps = [draw.getrandbits(4) | 1 for _ in range(winners[0])]
    market.post(0, bitmaps, 4, OPERATORS[0])
    for part in (1, 0):
        market.claim_sealed(0, books[0], bitmaps, part)
        with pytest.raises(Reverted, match="claim: nothing new"):
            market.claim_sealed(0, books[0], bitmaps, part)
    for place, bitmap in enumerate(bitmaps):
        assert market.balance(books[0].offers[place].client) == bitmap.bit_count() * (price - 3)


def places_shown(book, bounds):
    """For every bound, how many numbers of winners the edge could show, with separators and without."""
    count = len(book.offers)
    leaves = [book.leaf(at) for at in range(count)]
    root = book.levels[-1][0]
    valid = [leaf.root(at, count) == root for at, leaf in enumerate(leaves)]
    costs = [offer.cost for offer in book.offers]
    for bound in bounds:
        fits = [w for w in range(count + 1) if (w == 0 or costs[w - 1] < bound) and (w == count or costs[w] >= bound)]
        yield sum((w == 0 or valid[w - 1]) and (w == count or valid[w]) for w in fits), len(fits)


def test_a_plain_tree_leaves_the_edge_a_choice_and_separators_do_not():
    """Costs 10, 999, 10 under a bound of 500: a plain tree shows 1 winner or 3, as rivals turn out."""
    costs = (10, 999, 10)
    offers = tuple(ListedOffer(account(i), cost) for i, cost in enumerate(costs))
    trees = [
        type("AnyTree", (SealedBook,), {"separator": lambda *_, at=at: at})(0, bytes(32), offers)
        for at in (0, 10, 500, 999, 2**48 - 1)
    ]
    found = [next(places_shown(book, [500])) for book in (*trees, SealedBook(0, bytes(32), offers[::2]))]
    assert [plain for _, plain in found] == [2] * len(trees) + [1]
    assert all(sealed <= 1 for sealed, _ in found[:-1])
    assert found[-1] == (1, 1)  # the same edge, if it sorts what it has


def test_under_one_bound_an_edge_can_show_one_number_of_winners_whatever_tree_it_made():
    """Costs 10, 999, 10 under a plain tree: 1 or 3 winners, as rivals turn out. Separators leave at most one."""
    draw = random.Random(11)
    plain_tricks = 0
    for _ in range(3000):
        costs = [draw.randrange(8) for _ in range(draw.randrange(1, 9))]
        book = dishonest_book(draw, tuple(ListedOffer(account(i), cost) for i, cost in enumerate(costs)))
        for sealed, plain in places_shown(book, range(10)):
            assert sealed <= 1
            plain_tricks += plain > 1
    assert plain_tricks > 1000
