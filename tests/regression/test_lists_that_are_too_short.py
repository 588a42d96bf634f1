"""A claim with a list that is too short was refused without a sentence; so was a bond of an edge not there."""

import pytest
from eth_utils.crypto import keccak

from book_market import OPERATORS, Site
from cofund.errors import Reverted
from cofund.market.offer_book import delivered_levels
from sealed_market import on_books, sealed_market, settled, with_owner


def arguments(book, delivered):
    """Of a claim of all winners of the second chunk."""
    leaves, separators, siblings = book.chunk(1)
    places = [64 + at for at in range(len(delivered) - 64)]
    return {
        "edge": 0,
        "chunk": 1,
        "chosen": 2 ** len(places) - 1,
        "clients": [book.client_word(at) for at in places],
        "leaves": leaves,
        "costs": [keccak(book.cost_word(at)) for at in places],
        "separators": separators,
        "siblings": siblings,
        "delivered": delivered[64:],
        "proof": [delivered_levels(0, delivered)[0][0]],
    }


def test_a_claim_with_less_than_it_needs_is_refused_with_a_sentence() -> None:
    market, books = sealed_market([Site(OPERATORS[0].address, 200)], 80, 130, 9)
    with_owner(market)
    ((winners, _),) = settled(market, books)
    market.record(1)
    market.post(0, [1] * winners, 1, OPERATORS[0])
    right = arguments(books[0], [1] * winners)
    for name in ("clients", "costs", "leaves", "separators", "siblings"):
        for wrong in ([], right[name][:-1]):
            with pytest.raises(Reverted, match="claim: not in the book"):
                on_books(market, "claim", *(right | {name: wrong}).values())
    on_books(market, "claim", *right.values())


def test_the_bond_of_an_edge_that_is_not_there() -> None:
    market, _ = sealed_market([Site(OPERATORS[0].address, 3)], 2, 4, 9)
    with pytest.raises(Reverted, match="bond: nothing held"):
        on_books(market, "return_bond", 64)
    with pytest.raises(Reverted, match="book: not called absent"):
        on_books(market, "open_book", 2**255, bytes(32), b"")
