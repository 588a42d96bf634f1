"""A book could be opened after the time of the attempt, even after a cancellation, and took the settler's stake."""

import pytest

from book_market import account
from cofund.errors import Reverted
from evm import START
from sealed_market import attempted, on_books, open_sealed, two_edges

LATE = "book: called absent too long ago"


def test_the_last_second_to_open_is_the_one_before_confirmation() -> None:
    _, market, books = two_edges()
    result = attempted(market, books, 0b10)
    market.machine.now += 9
    with pytest.raises(Reverted, match="settle: the books may still be opened"):
        on_books(market, "confirm", result, 0b10)
    market.machine.now += 1
    with pytest.raises(Reverted, match=LATE):
        open_sealed(market, books[1])
    on_books(market, "confirm", result, 0b10)


def test_after_a_cancellation_the_stake_is_the_settlers() -> None:
    sites, market, books = two_edges()
    attempted(market, books, 0b10, account(77))
    with pytest.raises(Reverted, match="settle: no such attempt"):
        on_books(market, "give_up")
    market.machine.now = START + 400
    market.call("cancel")
    with pytest.raises(Reverted, match=LATE):
        open_sealed(market, books[1])
    on_books(market, "give_up")
    with pytest.raises(Reverted, match="settle: no such attempt"):
        on_books(market, "give_up")
    assert market.call("credit", account(77)) == market.terms["stake"]
    assert market.call("credit", sites[1].operator) == 0
    for edge in (0, 1):
        on_books(market, "return_bond", edge)
    market.call("withdraw", [account(77), market.terms["coordinator"]])
    assert market.balance(market.campaign) == 0
