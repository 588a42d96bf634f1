"""``clear`` equals brute force over all subsets of clients and owners, in every number of the outcome."""

from random import Random
from typing import Any

import pytest

from cofund.market.codec import decode_instance
from cofund.market.document import Field
from cofund.mechanism.outcome_codec import encode_outcome
from cofund.mechanism.rules import RULES, clear
from tests.oracles.enumeration import solve
from tests.oracles.markets import random_market

MARKETS = 3_600
BATCH = 300


def documents(start: int, stop: int) -> list[dict[str, Any]]:
    return [random_market(Random(seed).randint) for seed in range(start, stop)]


def cleared(document: dict[str, Any], rule: str) -> dict[str, Any]:
    outcome = encode_outcome(clear(decode_instance(Field("market", "", document)), rule))
    del outcome["reason"]
    return outcome


@pytest.mark.parametrize("start", range(0, MARKETS, BATCH))
@pytest.mark.parametrize("rule", RULES)
def test_every_number_equals_enumeration(rule: str, start: int) -> None:
    for document in documents(start, start + BATCH):
        assert cleared(document, rule) == solve(document, rule), document


def test_the_markets_have_what_makes_them_hard() -> None:
    tied, short, full, matched, goals, stretched, partly = 0, 0, 0, 0, 0, 0, 0
    for document in documents(0, MARKETS):
        outcome = cleared(document, "serial")
        costs = [client["cost"] for client in document["clients"]]
        tied += len(set(costs)) < len(costs)
        short += outcome["cohort"] < document["cohort"]
        full += any(outcome["edge_cutoffs"][edge] not in {None, outcome["cutoff"]} for edge in outcome["edge_cutoffs"])
        matched += outcome["funded"] and outcome["sponsor_paid"] != "0"
        goals += outcome["funded"] and document["goal"] > 1
        stretched += outcome["rounds"] > document["goal"]
        partly += len({owner["level"] for owner in outcome["owners"]} - {0}) > 1
    assert min(tied, short, full, matched, goals, stretched, partly) >= 100
