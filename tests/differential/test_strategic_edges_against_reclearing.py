"""Clarke payments of edges that bid their fee equal clearing the market again without each edge."""

from dataclasses import replace
from random import Random

import pytest

from cofund.errors import InputError
from cofund.market.codec import decode_instance
from cofund.market.document import Field
from cofund.market.generate import generate
from cofund.market.instance import Client, Edge, Instance
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.strategic_edges import edge_payments
from tests.oracles.trees import Tree

EMPTY = generate(1, 0, 1, 1)


def random_market(seed: int, clients: int = 10, edges: int = 4) -> Instance:
    draw = Random(seed).randint
    places = tuple(Edge(f"e{at}", draw(0, 4), draw(0, 3)) for at in range(draw(1, edges)))
    offers = tuple(Client(f"c{at}", places[draw(0, len(places) - 1)].id, draw(0, 7)) for at in range(draw(0, clients)))
    return replace(EMPTY, cohort=draw(1, 6), min_cohort=1, ceiling=draw(2, 10), edges=places, clients=offers)


def cost_of(market: Instance, places: int) -> int:
    """What ``places`` client-rounds cost, the outside supplier's at the ceiling included."""
    if not places:
        return 0
    cohort = choose_cohort(replace(market, cohort=places, min_cohort=1))
    return cohort.true_round_cost - market.coordinator_fee + cohort.shortage * market.ceiling


def without(market: Instance, edge: str) -> Instance:
    """The same market with an edge at which nobody can train."""
    return replace(market, edges=tuple(replace(e, capacity=0) if e.id == edge else e for e in market.edges))


def test_every_payment_equals_clearing_again_without_the_edge() -> None:
    paid, supplied, skipped = 0, 0, 0
    for seed in range(10_000):
        market = random_market(seed)
        cohort = choose_cohort(market)
        places = len(cohort.winners)
        for edge, clients, payment in zip(market.edges, cohort.counts, edge_payments(market), strict=True):
            again = cost_of(without(market, edge.id), places)
            assert payment.cost_without == again, (seed, edge)
            assert payment.pay == edge.fee * clients + again - cost_of(market, places) >= edge.fee * clients
            paid += clients > 0
            if clients and places:
                supplied += choose_cohort(replace(without(market, edge.id), cohort=places)).shortage > 0
                skipped += any(amount <= market.ceiling and at == market.edges.index(edge) and j not in cohort.winners
                               for j, (at, amount) in enumerate(market.offers()))  # fmt: skip
    assert paid >= 10_000
    assert min(supplied, skipped) >= 1_000


def test_clearing_without_an_edge_equals_enumeration() -> None:
    """The oracle of the test above, held against all subsets of clients."""
    for seed in range(300):
        market = random_market(seed, clients=8)
        document = {
            "edges": [{"id": e.id, "capacity": e.capacity, "fee": e.fee} for e in market.edges],
            "clients": [{"id": c.id, "edge": c.edge, "cost": c.cost} for c in market.clients],
            "cohort": market.cohort,
            "ceiling": market.ceiling,
        }
        tree = Tree(document)
        assert cost_of(market, market.cohort) == tree.cost + (market.cohort - len(tree.winners)) * market.ceiling


def test_no_edge_gains_by_another_fee() -> None:
    tried = 0
    for seed in range(400):
        market = random_market(seed)
        for at, edge in enumerate(market.edges):
            honest = profit(market, at, edge.fee)
            assert honest >= 0
            for fee in range(market.ceiling + 3):
                assert profit(market, at, fee) <= honest, (seed, at, fee)
                tried += 1
    assert tried >= 5_000


def profit(market: Instance, at: int, fee: int) -> int:
    """Of an edge whose true cost of serving a client is the fee in ``market``, if it bids another one."""
    edges = tuple(replace(edge, fee=fee) if other == at else edge for other, edge in enumerate(market.edges))
    payment = edge_payments(replace(market, edges=edges))[at]
    return payment.pay - market.edges[at].fee * payment.clients


def total_pay(market: Instance) -> int:
    """Of clients and edges, for one round."""
    cohort = choose_cohort(market)
    clients = sum(cohort.prices[at] - market.edges[at].fee for at, _ in (market.offers()[j] for j in cohort.winners))
    return clients + sum(payment.pay for payment in edge_payments(market))


def test_a_bid_can_move_what_the_others_are_paid() -> None:
    """One client at each of two edges, both hired; the loser at 9 or the ceiling 10 would step in for either.

    With fees 1 and 0, C = 3 + 4: the edges get 1 + 9 - 3 = 7 and 9 - 4 = 5, the clients 9 - 1 and 9. A bid of 2 leaves
    its own pay as it is, but its client gets 1 less.
    """
    edges = Edge("a", 1, 1), Edge("b", 1, 0), Edge("c", 1, 0)
    clients = Client("at a", "a", 2), Client("at b", "b", 4), Client("at c", "c", 9)
    market = replace(EMPTY, cohort=2, min_cohort=1, ceiling=10, edges=edges, clients=clients)
    dearer = replace(market, edges=(replace(edges[0], fee=2), *edges[1:]))
    assert [payment.pay for payment in edge_payments(market)] == [7, 5, 0]
    assert [payment.pay for payment in edge_payments(dearer)] == [7, 5, 0]
    assert (total_pay(market), total_pay(dearer)) == (29, 28)


def test_large_markets_too() -> None:
    for seed in range(3):
        market = generate(2, 2_000, 12, seed)
        for edge, payment in zip(market.edges, edge_payments(market), strict=True):
            assert payment.cost_without == cost_of(without(market, edge.id), market.cohort)


def test_edges_below_edges_are_refused() -> None:
    document = {
        "schema": "cofund.instance/1",
        "cohort": 1,
        "ceiling": 5,
        "quality": {"curve": "power", "exponent": 1, "rounds": 1},
        "edges": [{"id": "r", "capacity": 1, "fee": 0}, {"id": "e", "capacity": 1, "fee": 0, "parent": "r"}],
        "owners": [],
        "clients": [],
    }
    with pytest.raises(InputError, match=r"edges\[1\]\.parent: a market of edges that bid their fee needs all edges"):
        edge_payments(decode_instance(Field("market", "", document)))
