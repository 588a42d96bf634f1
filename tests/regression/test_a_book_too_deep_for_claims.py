"""A sealed tree deeper than its clients need could be settled, and then nobody in it could be paid."""

import pytest
from eth_utils.crypto import keccak

from book_market import OPERATORS, BookMarket, Site, account
from cofund.errors import Reverted
from cofund.market.offer_book import ListedOffer
from cofund.market.sealed_book import (
    COST_SALT,
    EMPTY,
    NO_LEAF,
    SealedLeaf,
    hiding,
    sealed_commitment,
    sealed_node,
    sorted_sealed,
)
from evm import CHAIN_ID, START
from sealed_market import SEALED, on_books


def deeper(leaf: SealedLeaf) -> SealedLeaf:
    """The same leaf in a tree with one level more on top."""
    return SealedLeaf(
        leaf.client, leaf.cost, (*leaf.siblings, EMPTY), (*leaf.separators, hiding(2**48 - 1, COST_SALT, 5))
    )


def test_a_boundary_of_a_deeper_tree_is_refused_by_contract_and_client() -> None:
    operator = OPERATORS[0].address
    market = BookMarket([Site(operator, 3)], 2, SEALED)
    book = sorted_sealed(0, b"\3" * 32, [ListedOffer(account(at), 10 + at) for at in range(2)])
    top = sealed_node(book.levels[-1][0], EMPTY, keccak(hiding(2**48 - 1, COST_SALT, 5)), 1)
    market.fund(operator)
    on_books(market, "commit_book", 0, sealed_commitment(CHAIN_ID, market.campaign, 0, 2, top), 2, sender=operator)
    market.machine.now = START + 200
    last = deeper(book.leaf(1))
    assert last.root(1, 2) is None
    with pytest.raises(Reverted, match="settle: not in the book"):
        on_books(market, "settle", [(2, last.arguments, NO_LEAF.arguments)], 0)
