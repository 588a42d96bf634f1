"""Assignments and payments of clients that reach several edges equal brute force over all assignments."""

from dataclasses import replace
from itertools import product

import pytest

from cofund.errors import InputError
from cofund.market.generate import generate
from cofund.market.instance import Edge
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.multihomed import Assignment, MultihomedClient, assign
from tests.oracles.multihomed import BARRED, Market, Solved, random_market

MARKETS = 18_000
BATCH = 1_800
PAYMENTS = 22_000


def assigned(market: Market) -> Assignment:
    edges = [Edge(f"e{at}", *terms) for at, terms in enumerate(zip(market["capacities"], market["fees"], strict=True))]
    clients = [
        MultihomedClient(f"c{at}", cost, {f"e{e}": link for e, link in enumerate(links) if link < BARRED})
        for at, (cost, links) in enumerate(zip(market["costs"], market["links"], strict=True))
    ]
    return assign(edges, clients, market["cohort"], market["ceiling"])


@pytest.mark.parametrize("start", range(0, MARKETS, BATCH))
def test_every_assignment_and_every_payment_equal_enumeration(start: int) -> None:
    payments = 0
    for seed in range(start, start + BATCH):
        market = random_market(seed)
        found, solved = assigned(market), Solved(market)
        way = tuple(solved.nowhere if edge is None else edge for edge in found.edges)
        assert way in solved.best_ways(), seed
        assert found.cost + found.shortage * market["ceiling"] == solved.cost
        for client, edge in enumerate(found.edges):
            if edge is not None:
                others = solved.cost - solved.totals[client][edge]
                assert found.prices[edge] == solved.cost_without(client) - others, (seed, client)
                payments += 1
    assert payments >= PAYMENTS * BATCH // MARKETS


def test_the_markets_have_what_makes_them_hard() -> None:
    """Several best assignments, shortages, clients not at their cheapest edge, prices that differ between edges."""
    tied, short, moved, differ, both = 0, 0, 0, 0, 0
    for seed in range(1_000):
        market = random_market(seed)
        found, solved = assigned(market), Solved(market)
        used = [(totals, edge) for totals, edge in zip(solved.totals, found.edges, strict=True) if edge is not None]
        tied += (solved.costs == solved.cost).sum() > 1
        short += found.shortage > 0
        moved += any(totals[edge] > min(totals) for totals, edge in used)
        differ += len({found.prices[edge] for _, edge in used}) > 1
        both += any(found.prices[edge] > totals[edge] for totals, edge in used)
    assert min(tied, short, moved, differ, both) >= 50


def test_no_client_gains_by_another_cost_or_other_links() -> None:
    """Every cost and all links shifted or withheld; the client keeps paying its true cost and true link."""
    tried = 0
    for seed in range(120):
        market = random_market(seed)
        for client, links in enumerate(market["links"]):
            honest = profit(market, client, assigned(market))
            assert honest >= 0
            for cost, *shift in product(range(0, 8, 1), *[(0, 1, BARRED)] * len(links)):
                claimed = [BARRED if more == BARRED else link + more for link, more in zip(links, shift, strict=True)]
                other = {
                    **market,
                    "costs": [*market["costs"][:client], cost, *market["costs"][client + 1 :]],
                    "links": [*market["links"][:client], claimed, *market["links"][client + 1 :]],
                }
                assert profit(market, client, assigned(other)) <= honest, (seed, client, cost, claimed)
                tried += 1
    assert tried >= 20_000


def profit(market: Market, client: int, found: Assignment) -> int:
    edge = found.edges[client]
    if edge is None:
        return 0
    return found.prices[edge] - market["fees"][edge] - market["costs"][client] - market["links"][client][edge]


def test_clients_with_one_edge_each_are_the_flat_market() -> None:
    for seed in range(30):
        market = generate(2, 150, 8, seed)
        clients = [MultihomedClient(one.id, one.cost // 500, {one.edge: 0}) for one in market.clients]
        flat = replace(
            market, ceiling=14, edges=tuple(replace(edge, fee=1) for edge in market.edges),
            clients=tuple(replace(one, cost=one.cost // 500) for one in market.clients),
        )  # fmt: skip
        cohort, found = choose_cohort(flat), assign(flat.edges, clients, flat.cohort, flat.ceiling)
        assert tuple(at for at, edge in enumerate(found.edges) if edge is not None) == cohort.winners
        assert (found.prices, found.shortage) == (cohort.prices, cohort.shortage)
        assert found.cost == cohort.true_round_cost - flat.coordinator_fee


def test_what_is_wrong_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"clients\[0\]\.links: expected ids of edges, got 'x'"):
        assign([Edge("e", 1, 0)], [MultihomedClient("c", 1, {"x": 0})], 1, 5)
    with pytest.raises(InputError, match=r"clients\[0\]\.links\.e: expected a whole number from 0"):
        assign([Edge("e", 1, 0)], [MultihomedClient("c", 1, {"e": -1})], 1, 5)
    with pytest.raises(InputError, match=r"edges\[0\]\.parent: a market of clients with several edges needs"):
        assign([Edge("e", 1, 0, "r"), Edge("r", 1, 0)], [], 1, 5)
