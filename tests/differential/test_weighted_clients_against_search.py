"""Buying weight by density: winners by another greedy, prices by trying every offer, the optimum by all subsets."""

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from random import Random

import pytest

from benchmarks.weighted_clients import best_saving
from cofund.errors import InputError
from cofund.market.generate import generate
from cofund.market.instance import Edge
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.weighted_clients import WeightedClient, WeightedCohort, choose_weight

Market = tuple[list[Edge], list[WeightedClient], int, int]
"""Edges, clients, budget, ceiling."""


def random_market(seed: int, clients: int = 7) -> Market:
    draw = Random(seed).randint
    edges = [Edge(f"e{at}", draw(0, 9), draw(0, 2)) for at in range(draw(1, 3))]
    offers = []
    for at in range(draw(1, clients)):
        weight = draw(1, 4)
        offers.append(WeightedClient(f"c{at}", edges[draw(0, len(edges) - 1)].id, weight * draw(0, 4), weight))
        if draw(0, 1):
            offers[-1] = replace(offers[-1], cost=draw(0, 9))
    return edges, offers, draw(1, 12), draw(2, 5)


def asking(market: Market, at: int, cost: int) -> Market:
    edges, clients, budget, ceiling = market
    return edges, [*clients[:at], replace(clients[at], cost=cost), *clients[at + 1 :]], budget, ceiling


def by_rate(market: Market) -> list[int]:
    """The winners, from the definition."""
    edges, clients, budget, ceiling = market
    fee, left = {edge.id: edge.fee for edge in edges}, {edge.id: edge.capacity for edge in edges}
    rates = [Fraction(client.cost + fee[client.edge], client.weight) for client in clients]
    winners = []
    for at in sorted(range(len(clients)), key=lambda at: (rates[at], at)):
        client = clients[at]
        if rates[at] <= ceiling and client.weight <= min(budget, left[client.edge]):
            winners.append(at)
            budget -= client.weight
            left[client.edge] -= client.weight
    return sorted(winners)


def test_winners_weight_and_cost_equal_the_definition() -> None:
    for seed in range(3_000):
        market = random_market(seed)
        fee = {edge.id: edge.fee for edge in market[0]}
        found, winners = choose_weight(*market), by_rate(market)
        assert list(found.winners) == winners, seed
        assert found.weight == sum(market[1][at].weight for at in winners)
        assert found.cost == sum(market[1][at].cost + fee[market[1][at].edge] for at in winners)


def test_a_price_is_the_most_that_still_wins() -> None:
    """Every offer is tried, with the definition's winners. A unit more that ties and comes too late is still paid."""
    payments, ties, capped = 0, 0, 0
    for seed in range(5_000):
        market = random_market(seed)
        edges, clients, _, ceiling = market
        fee = {edge.id: edge.fee for edge in edges}
        found = choose_weight(*market)
        for at, price in zip(found.winners, found.prices, strict=True):
            client = clients[at]
            most = ceiling * client.weight
            winning = [
                a for a in range(fee[client.edge], most + 1) if at in by_rate(asking(market, at, a - fee[client.edge]))
            ]
            assert winning == list(range(fee[client.edge], winning[-1] + 1)), "asking less loses"
            assert price - winning[-1] in {0, 1}
            if price > winning[-1]:
                rates = {Fraction(o.cost + fee[o.edge], o.weight) for o in clients[:at]}
                assert Fraction(price, client.weight) in rates, (seed, at)
                ties += 1
            capped += price == most
            payments += 1
    assert payments >= 5_000
    assert min(ties, capped) >= 100


def test_no_client_gains_by_another_cost() -> None:
    tried = 0
    for seed in range(400):
        market = random_market(seed)
        for at in range(len(market[1])):
            honest = profit(market, at, choose_weight(*market))
            assert honest >= 0
            for cost in range(market[3] * market[1][at].weight + 2):
                assert profit(market, at, choose_weight(*asking(market, at, cost))) <= honest, (seed, at, cost)
                tried += 1
    assert tried >= 10_000


def profit(market: Market, at: int, found: WeightedCohort) -> int:
    if at not in found.winners:
        return 0
    edges, clients, *_ = market
    fee = {edge.id: edge.fee for edge in edges}[clients[at].edge]
    return found.prices[found.winners.index(at)] - fee - clients[at].cost


def test_with_weights_of_one_it_is_the_flat_market() -> None:
    for seed in range(30):
        market = generate(2, 120, 6, seed)
        coarse = tuple(replace(client, cost=client.cost // 500) for client in market.clients)
        flat = replace(market, ceiling=14, clients=coarse, edges=tuple(replace(e, fee=1) for e in market.edges))
        cohort = choose_cohort(flat)
        clients = [WeightedClient(one.id, one.edge, one.cost, 1) for one in flat.clients]
        found = choose_weight(flat.edges, clients, flat.cohort, flat.ceiling)
        assert found.winners == cohort.winners
        assert found.prices == tuple(cohort.prices[flat.offers()[at][0]] for at in cohort.winners)


def saving(market: Market, chosen: tuple[int, ...]) -> int | None:
    """Of a set of clients; ``None`` if it breaks the budget or a capacity."""
    edges, clients, budget, ceiling = market
    total = 0
    for edge in edges:
        here = [clients[at] for at in chosen if clients[at].edge == edge.id]
        if sum(client.weight for client in here) > edge.capacity:
            return None
        total += sum(ceiling * client.weight - client.cost - edge.fee for client in here)
    return total if sum(clients[at].weight for at in chosen) <= budget else None


def best_of_all_subsets(market: Market) -> int:
    size = len(market[1])
    sets = (chosen for count in range(size + 1) for chosen in combinations(range(size), count))
    return max(value for chosen in sets if (value := saving(market, chosen)) is not None)


def test_the_optimum_of_the_benchmark_equals_all_subsets() -> None:
    below = 0
    for seed in range(400):
        market = random_market(seed)
        best = best_of_all_subsets(market)
        assert best_saving(*market) == best, seed
        below += saving(market, choose_weight(*market).winners) < best
    assert below >= 10


def test_the_budget_alone_costs_at_most_one_client_of_weight() -> None:
    """Where only the budget D limits, the saving is at least (D - q_max + 1) / D of the largest."""
    for seed in range(600):
        edges, clients, budget, ceiling = random_market(seed)
        market = [replace(edge, capacity=99) for edge in edges], clients, budget, ceiling
        largest = max(client.weight for client in clients)
        found = saving(market, choose_weight(*market).winners)
        assert found * budget >= best_of_all_subsets(market) * (budget - largest + 1), seed


def test_one_small_dense_client_can_keep_out_a_large_one() -> None:
    """Without that condition there is no such promise: density saves 5 here, the other client would save 49."""
    clients = [WeightedClient("small", "e", 0, 1), WeightedClient("large", "e", 1, 10)]
    market = [Edge("e", 10, 0)], clients, 10, 5
    assert saving(market, choose_weight(*market).winners) == 5
    assert best_of_all_subsets(market) == 49


def test_what_is_wrong_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"clients\[0\]\.weight: expected a whole number from 1"):
        choose_weight([Edge("e", 1, 0)], [WeightedClient("c", "e", 1, 0)], 1, 5)
    with pytest.raises(InputError, match=r"clients\[0\]\.edge: expected the id of an edge, got 'x'"):
        choose_weight([Edge("e", 1, 0)], [WeightedClient("c", "x", 1, 1)], 1, 5)
    with pytest.raises(InputError, match=r"edges\[0\]\.parent: a market of clients with weights needs all edges"):
        choose_weight([Edge("e", 1, 0, "r"), Edge("r", 1, 0)], [], 1, 5)
