"""An operator of two sealed books opened one: it could then be called absent no more, and nobody could settle."""

import pytest

from book_market import OPERATORS, Site
from cofund.errors import Reverted
from sealed_market import attempted, on_books, open_sealed, sealed_market, settled

ONE, OTHER = OPERATORS[0].address, OPERATORS[1].address
SITES = [Site(ONE, 3), Site(ONE, 3), Site(OTHER, 5)]
ABSENT = 0b011


def test_an_operator_that_opens_one_of_its_books_and_not_the_other_loses_both() -> None:
    market, books = sealed_market(SITES, 4, 18, 5)
    result = attempted(market, books, ABSENT)
    open_sealed(market, books[0])
    assert on_books(market, "attempt")[3] == ABSENT
    market.machine.now += 10
    on_books(market, "confirm", result, ABSENT)
    assert market.results() == result
    for edge in (0, 1):
        with pytest.raises(Reverted, match="bond: nothing held"):
            on_books(market, "return_bond", edge)


def test_a_later_attempt_may_call_absent_what_was_half_opened_before() -> None:
    """The other operator was called absent as well and is there, so the first attempt ends."""
    market, books = sealed_market(SITES, 4, 18, 5)
    attempted(market, books, 0b111)
    open_sealed(market, books[0])
    open_sealed(market, books[2])
    result = attempted(market, books, ABSENT)
    market.machine.now += 10
    on_books(market, "confirm", result, ABSENT)
    assert market.results() == result


def test_an_operator_that_opens_all_its_books_gets_the_stake_and_is_absent_no_more() -> None:
    market, books = sealed_market(SITES, 4, 18, 5)
    attempted(market, books, ABSENT)
    open_sealed(market, books[0])
    open_sealed(market, books[1])
    assert market.call("credit", ONE) == market.terms["stake"]
    with pytest.raises(Reverted, match="settle: an open book is not absent"):
        attempted(market, books, ABSENT)
    result = settled(market, books)
    assert market.results() == result
