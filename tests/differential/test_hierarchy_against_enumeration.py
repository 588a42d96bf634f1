"""Markets whose edges hang below edges equal brute force: cohort, Clarke payments, cutoffs, prices, fees."""

from typing import Any

import pytest

from cofund.market.codec import decode_instance
from cofund.market.document import Field
from cofund.market.instance import Instance
from cofund.mechanism.cohort import choose_cohort
from cofund.mechanism.outcome import Outcome
from cofund.mechanism.rules import clear
from tests.oracles.trees import Tree, path_fee, path_of, random_tree

TREES = 20_000
BATCH = 2_000
PAYMENTS = 40_000


def market_of(document: dict[str, Any]) -> Instance:
    return decode_instance(Field("market", "", document))


@pytest.mark.parametrize("start", range(0, TREES, BATCH))
def test_every_cohort_and_every_payment_equal_enumeration(start: int) -> None:
    payments = 0
    for seed in range(start, start + BATCH):
        document = random_tree(seed)
        cohort, tree = choose_cohort(market_of(document)), Tree(document)
        assert cohort.winners == tree.winners, document
        at = {name: position for position, name in enumerate(tree.names)}
        for winner in tree.winners:
            assert cohort.prices[at[tree.at[winner]]] == tree.pivot(winner), (document, winner)
            payments += 1
    assert payments >= PAYMENTS * BATCH // TREES


@pytest.mark.parametrize("rule", ["serial", "vcg"])
def test_cutoffs_prices_and_money_equal_their_definitions(rule: str) -> None:
    for seed in range(1_500):
        document = random_tree(seed)
        tree, outcome = Tree(document), clear(market_of(document), rule)
        assert outcome.cutoff == tree.let_in(None, whole_path=False)
        for name in tree.names:
            assert outcome.edge_cutoffs[name] == tree.let_in(name, whole_path=False), (document, name)
            lowest = tree.let_in(name, whole_path=True)
            assert outcome.prices[name] == min(tree.ceiling, tree.ceiling if lowest is None else lowest)
        check_money(document, tree, outcome)


def check_money(document: dict[str, Any], tree: Tree, outcome: Outcome) -> None:
    """Every edge on a winner's path earns its own fee in every round, and all that comes in goes out."""
    fees = [path_fee(document, tree.at[winner]) for winner in tree.winners]
    pivots = [tree.pivot(winner) for winner in tree.winners]
    assert [winner.pay_per_round for winner in outcome.winners] == [p - f for p, f in zip(pivots, fees, strict=True)]
    assert outcome.round_cost == sum(pivots) + int(document["coordinator_fee"])
    assert outcome.edges_paid == sum(fees) * outcome.rounds
    paid = outcome.clients_paid + outcome.edges_paid + outcome.coordinator_paid + outcome.surplus
    assert outcome.owners_paid + outcome.sponsor_paid == paid


def test_the_trees_have_what_makes_them_hard() -> None:
    """Ties, shortages, every depth, full inner edges, clients at inner edges, prices that differ within a path."""
    tied, short, inner_full, inner_client, differ = 0, 0, 0, 0, 0
    depths = dict.fromkeys(range(1, 5), 0)
    for seed in range(3_000):
        document = random_tree(seed)
        tree, market = Tree(document), market_of(document)
        cohort = choose_cohort(market)
        parents = {edge.parent for edge in market.edges if edge.parent}
        inner = [at for at, edge in enumerate(market.edges) if edge.id in parents]
        depths[max(len(path_of(document, name)) for name in tree.names)] += 1
        tied += len(set(tree.totals)) < len(tree.totals)
        short += len(cohort.winners) < market.cohort
        inner_full += any(0 < market.edges[at].capacity == cohort.counts[at] for at in inner)
        inner_client += any(market.clients[winner].edge in parents for winner in cohort.winners)
        differ += any(
            cohort.prices[at] != cohort.prices[tree.names.index(edge.parent)]
            for at, edge in enumerate(market.edges)
            if edge.parent and cohort.counts[at]
        )
    assert min(tied, short, inner_full, inner_client, differ, *depths.values()) >= 100
