"""A batch of ``return_bonds`` goes on where a stranger returned one of it first, or one was forfeited."""

from scenario import Scenario
from twin import Twin, address

BOND = Scenario().terms.client_bond


def losers(twin: Twin) -> list[str]:
    return [twin.name_of(at) for at, offer in enumerate(twin.ledger.offers) if not offer.winner]


def test_what_is_settled_is_passed_over() -> None:
    twin = Scenario().settled()
    first, second = losers(twin)
    assert twin.return_bonds(first) is None
    assert twin.return_bonds(first, second, second) is None
    assert [twin.ledger.payments[address(name)] for name in (first, second)] == [BOND, BOND]
    assert twin.return_bonds(first, second) == "bond: nothing held"
    assert twin.return_bonds() == "bond: nothing held"


def test_what_was_forfeited_is_passed_over() -> None:
    twin = Scenario(silent=frozenset({"client0"})).settled()
    (loser,) = (name for name in losers(twin) if name != "client0")
    assert twin.return_bonds("client0") == "bond: forfeited"
    assert twin.return_bonds("client0", loser) is None
    assert twin.ledger.payments[address(loser)] == BOND
    assert twin.return_bonds("client0", loser) == "bond: forfeited"


def test_what_may_still_be_claimed_is_refused() -> None:
    twin = Scenario().settled()
    winner = twin.name_of(next(at for at, offer in enumerate(twin.ledger.offers) if offer.winner))
    assert twin.return_bonds(losers(twin)[0], winner) == "bond: may still be claimed"
    assert twin.return_bonds("outsider", winner) == "bond: unknown client"
