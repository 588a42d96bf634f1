"""A sealed book that its edge committed out of order cannot be settled with: whoever gets its quotes says so."""

import random

import pytest

from book_market import account
from cofund.campaign.sealed_files import parse_quotes, quotes_text, require_quotes
from cofund.errors import CheckFailed
from cofund.market.offer_book import ListedOffer
from cofund.market.sealed_book import SealedBook, sorted_sealed
from evm import CHAIN_ID

CAMPAIGN = "0x" + "cc" * 20


def handed(book: SealedBook) -> None:
    """What a settler does with an edge's own file and commitment."""
    found = parse_quotes("it", quotes_text(book.nameless, CHAIN_ID, CAMPAIGN).encode(), CHAIN_ID, CAMPAIGN)
    assert found == book.nameless
    require_quotes(found, CHAIN_ID, CAMPAIGN, book.commitment(CHAIN_ID, CAMPAIGN), "it")


def test_what_is_misplaced_is_what_has_no_valid_path() -> None:
    draw = random.Random(4)
    for _ in range(300):
        offers = tuple(ListedOffer(account(at), draw.randrange(9)) for at in range(draw.randrange(1, 10)))
        anywhere = {"separator": lambda *_: draw.randrange(9)}
        book = type("Dishonest", (SealedBook,), anywhere)(0, draw.randbytes(32), offers).nameless
        count, root = len(offers), book.levels[-1][0]
        assert book.misplaced() == next((at for at in range(count) if book.leaf(at).root(at, count) != root), None)


def test_a_tree_out_of_order_is_named_with_its_first_place_that_cannot_be_shown() -> None:
    offers = [ListedOffer(account(at), cost) for at, cost in enumerate((10, 999, 10))]
    handed(sorted_sealed(2, bytes(32), offers))
    with pytest.raises(CheckFailed, match=r"edge 2 is not in order at place 1: .* can only be called absent"):
        handed(type("Dishonest", (SealedBook,), {"separator": lambda *_: 10})(2, bytes(32), tuple(offers)))
