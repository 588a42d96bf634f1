"""Opening fees are refused, because no price per edge describes the Clarke payments of a market that has them."""

from itertools import combinations

import pytest

from cofund.errors import InputError
from cofund.market.codec import decode_instance
from cofund.market.document import Field

EDGES = ["a", "a", "b", "b"]
TOTALS = [1, 3, 5, 6]
OPENING = {"a": 4, "b": 0}
COHORT, CEILING = 2, 20


def cost_of(chosen: tuple[int, ...]) -> int:
    """What the chosen ask, the opening fee of every edge in use, and the ceiling for each place left."""
    opened = sum(OPENING[edge] for edge in {EDGES[client] for client in chosen})
    return sum(TOTALS[client] for client in chosen) + opened + (COHORT - len(chosen)) * CEILING


def cheapest(absent: int | None = None) -> tuple[int, ...]:
    clients = [client for client in range(len(EDGES)) if client != absent]
    return min((chosen for size in range(COHORT + 1) for chosen in combinations(clients, size)), key=cost_of)


def test_two_winners_at_one_edge_have_different_clarke_payments() -> None:
    """Both train at a, for 1 + 3 + 4 = 8. Without the first nobody does: 5 + 6 = 11. Without the second 1 + 5 + 4 = 10.

    So the first is owed 11 - 7 = 4 and the second 10 - 5 = 5, which is also what section 2 would pay both (T = 5).
    """
    winners = cheapest()
    assert winners == (0, 1)
    pivots = [cost_of(cheapest(winner)) - (cost_of(winners) - TOTALS[winner]) for winner in winners]
    assert pivots == [4, 5]


def test_without_opening_fees_the_same_market_has_one_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPENING, "a", 0)
    winners = cheapest()
    assert [cost_of(cheapest(winner)) - (cost_of(winners) - TOTALS[winner]) for winner in winners] == [5, 5]


def test_an_instance_with_an_opening_fee_is_refused_with_the_reason() -> None:
    document = {
        "schema": "cofund.instance/1",
        "cohort": 2,
        "ceiling": 20,
        "quality": {"curve": "power", "exponent": 1, "rounds": 1},
        "edges": [{"id": "b", "capacity": 9, "fee": 0}, {"id": "a", "capacity": 9, "fee": 0, "opening_fee": 4}],
        "owners": [],
        "clients": [],
    }
    reason = r"^market: edges\[1\]\.opening_fee: opening fees are not supported: with one, the Clarke payments"
    with pytest.raises(InputError, match=reason):
        decode_instance(Field("market", "", document))
