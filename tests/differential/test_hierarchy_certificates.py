"""One pass proves a cohort on a tree too: of all certificates that can be written, one is accepted."""

from dataclasses import replace
from itertools import product
from random import Random

import pytest

from cofund.errors import CheckFailed, InputError
from cofund.market.codec import decode_instance, encode_instance
from cofund.market.document import Field
from cofund.market.generate import generate
from cofund.market.instance import Client, Edge, Instance
from cofund.mechanism.certificate import Certificate, Key, certificate, check
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.explain import explain
from cofund.mechanism.rules import RULES, clear
from tests.oracles.trees import random_tree


def market_of(seed: int, clients: int = 8, edges: int = 6) -> Instance:
    return decode_instance(Field("market", "", random_tree(seed, clients, edges)))


def accepted(market: Instance, claimed: Certificate) -> bool:
    try:
        check(market.offers(), market.edges, market.cohort, market.ceiling, claimed)
    except CheckFailed:
        return False
    return True


def test_the_certificate_of_the_cohort_is_accepted() -> None:
    for seed in range(2_000):
        market = market_of(seed)
        assert accepted(market, certificate(choose_cohort(market))), seed


def test_every_other_certificate_made_of_the_offers_is_refused() -> None:
    with_losers = 0
    for seed in range(150):
        market = market_of(seed, clients=4, edges=3)
        right = certificate(choose_cohort(market))
        with_losers += any(right.edge_cutoffs)
        keys = [None, *(Key(amount, position) for position, (_, amount) in enumerate(market.offers()))]
        claims = (Certificate(first, tuple(rest)) for first, *rest in product(keys, repeat=1 + len(market.edges)))
        assert [claim for claim in claims if accepted(market, claim)] == [right], seed
    assert with_losers >= 50


def test_a_key_off_by_one_is_refused() -> None:
    for seed in range(500):
        market = market_of(seed)
        right = certificate(choose_cohort(market))
        keys = [right.cutoff, *right.edge_cutoffs]
        for at, key in enumerate(keys):
            for amount, position in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                if key is not None:
                    moved = [*keys[:at], Key(key.amount + amount, key.position + position), *keys[at + 1 :]]
                    assert not accepted(market, Certificate(moved[0], tuple(moved[1:])))


def test_no_client_of_a_tree_gains_by_another_offer() -> None:
    """Every offer from 0 to above the ceiling, under every rule."""
    tried = 0
    for seed in range(60):
        market = market_of(seed, clients=5, edges=4)
        for rule, at in product(RULES, range(len(market.clients))):
            honest = profit(market, rule, at, market.clients[at].cost)
            assert honest >= 0
            for ask in range(market.ceiling + 2):
                assert profit(market, rule, at, ask) <= honest, (seed, rule, at, ask)
                tried += 1
    assert tried >= 5_000


def profit(market: Instance, rule: str, at: int, ask: int) -> int:
    clients = list(market.clients)
    clients[at] = replace(clients[at], cost=ask)
    outcome = clear(replace(market, clients=tuple(clients)), rule)
    trains = any(winner.id == clients[at].id for winner in outcome.winners)
    return outcome.pay_of(clients[at].id) - market.clients[at].cost * outcome.rounds * trains


def test_splitting_the_cloud_into_regions_without_limits_changes_nothing() -> None:
    """A region that can serve everybody and takes nothing is not there."""
    for seed in range(20):
        flat = generate(3, 120, 6, seed)
        draw = Random(seed)
        regions = tuple(Edge(f"region-{at}", len(flat.clients), 0) for at in range(2))
        below = tuple(replace(edge, parent=f"region-{draw.randint(0, 1)}") for edge in flat.edges)
        deep, plain = clear(replace(flat, edges=(*regions, *below))), clear(flat)
        assert {edge.id: deep.prices[edge.id] for edge in flat.edges} == plain.prices
        names = ("winners", "owners", "cutoff", "round_cost", "edges_paid", "clients_paid", "surplus", "welfare")
        assert [getattr(deep, name) for name in names] == [getattr(plain, name) for name in names]


def test_generated_regions_bind_and_leave_everything_else_as_it_was() -> None:
    binding = 0
    for seed in range(20):
        flat, deep = generate(3, 90, 8, seed), generate(3, 90, 8, seed, regions=3)
        assert replace(deep, edges=flat.edges) == flat
        assert [replace(edge, parent=None) for edge in deep.edges[:8]] == list(flat.edges)
        assert [edge.parent for edge in deep.edges] == [*(f"region-{1 + at % 3}" for at in range(8)), None, None, None]
        cohort = choose_cohort(deep)
        assert accepted(deep, certificate(cohort))
        full = [count == edge.capacity for count, edge in zip(cohort.counts[8:], deep.edges[8:], strict=True)]
        binding += any(full)
    assert binding >= 10


def test_a_chain_of_edges_as_deep_as_one_likes() -> None:
    depth = 5_000
    chain = tuple(Edge(f"e{at}", 2, 1, f"e{at + 1}" if at < depth - 1 else None) for at in range(depth))
    clients = tuple(Client(f"c{at}", "e0", at) for at in range(4))
    market = replace(generate(1, 0, 1, 1), cohort=3, min_cohort=1, ceiling=10_000, edges=chain, clients=clients)
    cohort = choose_cohort(market)
    assert (cohort.winners, set(cohort.counts)) == ((0, 1), {2})
    assert cohort.prices == (depth + 2, *[10_000] * (depth - 1))
    assert accepted(market, certificate(cohort))


TREE = replace(
    generate(1, 0, 1, 1),
    cohort=2,
    min_cohort=1,
    ceiling=50,
    edges=(Edge("north", 2, 2, "region"), Edge("coast", 1, 0, "region"), Edge("region", 1, 3), Edge("south", 9, 0)),
    clients=(
        Client("hired", "north", 5),
        Client("crowded out", "coast", 8),
        Client("cheap", "south", 9),
        Client("dear", "south", 20),
    ),
)


def test_explain_names_the_edges_whose_fees_are_added_and_the_full_edge_above() -> None:
    """hired: 5 + 2 + 3 = 10. The region, full with it, keeps out 8 + 0 + 3 = 11, whose own edge has room."""
    outcome = clear(TREE, "vcg")
    assert outcome.prices == {"north": 11, "coast": 11, "region": 11, "south": 20}
    assert outcome.edge_cutoffs == {"north": None, "coast": 11, "region": 11, "south": 20}
    assert explain(TREE, outcome, "hired")[:2] == [
        "hired asks 5 a round; with the fees 2 + 3 of north, region that is 10.",
        "The price at north is 11 a client-round, set by crowded out, left out of the full region.",
    ]
    assert explain(TREE, outcome, "crowded out")[1:3] == [
        "It does not train: region is full with 1 cheaper or equally cheap earlier offers.",
        "To train it had to ask at most 6, for a pay of 7 a round: 1 below what it asks.",
    ]


def test_explain_names_the_full_edge_above_a_loser_whose_own_edge_has_room() -> None:
    clients = (*TREE.clients, Client("second", "north", 5))
    market = replace(TREE, clients=clients)
    line = "The price at north is 10 a client-round, set by second, left out of the full region."
    assert explain(market, clear(market, "vcg"), "hired")[1] == line


def test_a_parent_is_written_and_read_and_left_out_below_the_cloud() -> None:
    document = encode_instance(TREE)
    assert [edge.get("parent", "-") for edge in document["edges"]] == ["region", "region", "-", "-"]
    assert decode_instance(Field("market", "", document)) == TREE


@pytest.mark.parametrize(
    ("parents", "refusal"),
    [
        (["nowhere", None], r"edges\[0\]\.parent: expected the id of an edge, got 'nowhere'"),
        ([None, "b"], r"edges\[1\]\.parent: expected edges that end at the cloud, got a circle through 'b'"),
        (["b", "a"], r"edges\[0\]\.parent: expected edges that end at the cloud, got a circle through 'b'"),
        ([None, 7], r"edges\[1\]\.parent: expected a string, got 7"),
    ],
)
def test_a_parent_that_is_none_is_refused_by_path(parents: list[object], refusal: str) -> None:
    document = encode_instance(replace(TREE, clients=()))
    named = zip("ab", parents, strict=True)
    document["edges"] = [
        {"id": name, "capacity": 1, "fee": 0} | ({} if parent is None else {"parent": parent}) for name, parent in named
    ]
    with pytest.raises(InputError, match=refusal):
        decode_instance(Field("market", "", document))
