"""Generated markets are the same for a seed, and worth looking at."""

import pytest

from cofund.market.codec import encode_instance
from cofund.market.document import written
from cofund.market.generate import generate
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.rules import clear


def test_a_seed_gives_the_same_text_and_another_seed_another() -> None:
    first, again, other = (written(encode_instance(generate(4, 30, 3, seed))) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_most_are_funded_with_full_edges_and_several_levels() -> None:
    funded, full, levels = 0, 0, 0
    for seed in range(40):
        market = generate(8, 200, 10, seed)
        cohort, outcome = choose_cohort(market), clear(market)
        funded += outcome.funded
        full += 0 < sum(n == e.capacity for n, e in zip(cohort.counts, market.edges, strict=True)) < len(market.edges)
        levels += len({owner.level for owner in outcome.owners}) > 1
    assert min(funded, full, levels) >= 35


@pytest.mark.parametrize(("owners", "clients", "edges"), [(0, 0, 0), (0, 5, 1), (3, 0, 2), (1, 1, 1)])
def test_even_the_smallest_markets_are_legal(owners: int, clients: int, edges: int) -> None:
    market = generate(owners, clients, edges, seed=3)
    assert (len(market.owners), len(market.clients), len(market.edges)) == (owners, clients, edges)


def test_terms_are_passed_on() -> None:
    market = generate(2, 6, 1, seed=1, rounds=9, goal=4, match=250_000_000)
    assert (len(market.quality), market.goal, market.match) == (9, 4, 250_000_000)
