"""What an operator lost of its bonds was taken from each of its sealed books; a small book's never came back."""

import pytest

from book_market import OPERATORS, Site
from cofund.errors import Reverted
from sealed_market import on_books, sealed_market, settled, trained, with_owner

OPERATOR = OPERATORS[0]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_bonds_of_two_books_come_back_less_what_was_lost_once(order) -> None:
    sites = [Site(OPERATOR.address, 30), Site(OPERATOR.address, 30)]
    market, books = sealed_market(sites, 12, 40, 7, tolerance=0)
    with_owner(market)
    (winners, price), (others, _) = settled(market, books)
    assert min(winners, others) > 2
    nothing, everything = [0] * winners, [0b1111] * others
    trained(market, {0: nothing, 1: everything}, [OPERATOR, OPERATOR])
    lost = min(4 * winners * price, winners * 100)
    before = market.balance(OPERATOR.address)
    for edge in order:
        on_books(market, "return_bond", edge)
    assert market.balance(OPERATOR.address) - before == 40 * 100 - lost
    for edge in order:
        with pytest.raises(Reverted, match="bond: nothing held"):
            on_books(market, "return_bond", edge)


def test_a_penalty_above_one_books_bond_locks_nothing() -> None:
    """One book of many clients that all fail, one of a single client."""
    sites = [Site(OPERATOR.address, 30), Site(OPERATOR.address, 1)]
    market, books = sealed_market(sites, 12, 0, 7, tolerance=0, sizes={0: 13, 1: 1})
    with_owner(market)
    (winners, price), (others, _) = settled(market, books)
    trained(market, {0: [0] * winners, 1: [0b1111] * others}, [OPERATOR, OPERATOR])
    lost = min(4 * winners * price, winners * 100)
    assert lost > 100
    before = market.balance(OPERATOR.address)
    for edge in (1, 0):
        on_books(market, "return_bond", edge)
    assert market.balance(OPERATOR.address) - before == 14 * 100 - lost
