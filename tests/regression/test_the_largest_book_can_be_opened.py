"""A book of 12,288 clients at 64 edges could be sealed, for a bond, and no transaction could open it."""

import random

import pytest
from eth_utils.address import to_checksum_address

from book_market import OPERATORS, BookMarket, Site
from cofund.chain.sending import GAS_LIMIT
from cofund.errors import Reverted
from cofund.market.offer_book import ListedOffer, OfferBook
from cofund.market.terms import MAX_BOOK
from evm import CHAIN_ID

EDGES = 64
OPERATOR = OPERATORS[0].address


def book_of(clients: int) -> OfferBook:
    draw = random.Random(1)
    offers = [
        ListedOffer(to_checksum_address(draw.randbytes(20)), draw.randrange(2**39, 2**40)) for _ in range(clients)
    ]
    return OfferBook.of(OPERATOR, draw.randbytes(32), {edge: offers[edge::EDGES] for edge in range(EDGES)})


def test_one_transaction_opens_the_largest_book_of_an_operator_of_all_edges_with_a_tenth_to_spare() -> None:
    market = BookMarket([Site(OPERATOR, 5)] * EDGES, 5)
    book = book_of(MAX_BOOK)
    market.commit(book)
    market.machine.now = market.terms["commit_end"]
    market.machine.send(market.books, market.opening(book))
    # as of a transaction, but that in revm all accounts and words are warm, of which on a node some are cold
    assert market.machine.evm.result.gas_used <= GAS_LIMIT * 9 // 10


def test_a_larger_book_is_refused_before_it_is_paid_for() -> None:
    market = BookMarket([Site(OPERATOR, 5)] * EDGES, 5)
    market.fund(OPERATOR)
    commitment = book_of(64).commitment(CHAIN_ID, market.campaign)
    with pytest.raises(Reverted, match="book: size out of range"):
        market.on_books("commit_book", 0, commitment, MAX_BOOK + 1, sender=OPERATOR)
