"""What is legal and unusual about terms is said in words before anybody agrees to them."""

from dataclasses import replace
from typing import Any

import pytest

from cofund.campaign.unusual_terms import duration, unusual
from cofund.market.terms import EdgeTerms, Terms
from cofund.units import ONE
from twin import SOME_TERMS, address

INITIATOR, LEAD, OWNER = address("initiator"), address("coordinator"), address("owner0")
DAY = 86_400
START = 1_767_225_600
PLAIN = replace(
    SOME_TERMS,
    coordinator=LEAD,
    commit_end=START,
    reveal_end=START + DAY,
    settle_end=START + 2 * DAY,
    round_limit_s=DAY,
    veto_window_s=DAY,
    delivery_window_s=DAY,
    weights=(),
    owner_bond=10,
    edge_bond=10,
    coordinator_bond=10**6,
    coordinator_fee=1,
    tolerance=0,
    edges=(EdgeTerms("north", address("edge0"), 2, 0, 200), EdgeTerms("south", address("edge1"), 2, 0, 200)),
)


def own(terms: Terms, at: int, operator: str) -> tuple[EdgeTerms, ...]:
    return tuple(replace(e, operator=operator) if i == at else e for i, e in enumerate(terms.edges))


def test_usual_terms_say_nothing() -> None:
    assert unusual(PLAIN, INITIATOR) == ()


CASES: dict[str, dict[str, Any]] = {
    "the veto window is 0: no owner can refuse a round": {"veto_window_s": 0},
    "the veto window is 1 minute 30 seconds: few owners": {"veto_window_s": 90},
    "the reveal phase is 5 minutes: whoever is away": {"reveal_end": START + 300},
    "the settle phase is 59 minutes": {"settle_end": START + DAY + 59 * 60},
    "the settle phase is 398 days: money may stay locked": {"settle_end": START + 399 * DAY},
    "the time for a round is 10 minutes": {"round_limit_s": 600},
    "the time for deliveries is 2 seconds": {"delivery_window_s": 2},
    "the initiator is also the coordinator": {"coordinator": INITIATOR},
    "the coordinator operates edge south": {"edges": own(PLAIN, 1, LEAD)},
    "the initiator operates edge north": {"edges": own(PLAIN, 0, INITIATOR)},
    "one account operates edges north, south": {"edges": own(PLAIN, 1, address("edge0"))},
    "an owner operates edge north": {"edges": own(PLAIN, 0, OWNER)},
    "the sponsor is also an owner": {"sponsor": OWNER, "match": 1},
    "the coordinator is also an owner": {"coordinator": OWNER},
    "owners lock no bond": {"owner_bond": 0, "listed_owners": True},
    "edges lock no bond": {"edge_bond": 0},
    "the tolerance is all client-rounds": {"tolerance": ONE},
    "2 recorded rounds can be refused at once": {"unaccepted": 2},
    "the time to open a book that is called absent is 10 minutes": {"sealed": True, "absence_window_s": 600},
    "books stay sealed: only who is given them": {"sealed": True, "absence_window_s": DAY},
    "the coordinator's bond is less than its fee": {"coordinator_bond": 64, "coordinator_fee": 65},
    "the cohort is 5, all edges together have 4 places": {"cohort": 5},
    "the fee of edge north is the whole price": {
        "edges": (EdgeTerms("north", address("edge0"), 4, 200, 200), *PLAIN.edges[1:])
    },
    "the fee of edge south, with those above it, is the whole price": {
        "edges": (
            EdgeTerms("north", address("edge0"), 4, 20, 200),
            EdgeTerms("south", address("edge1"), 2, 80, 100, "north"),
        )
    },
    "the coordinator's fee for a round is more than all clients": {"coordinator_fee": 10**6},
}


@pytest.mark.parametrize("says", CASES)
def test_every_unusual_term_is_said(says: str) -> None:
    lines = unusual(replace(PLAIN, **CASES[says]), INITIATOR, [OWNER])
    assert [line for line in lines if line.startswith(says)], lines


def test_a_client_that_has_another_role_is_named() -> None:
    clients = (LEAD, OWNER, address("edge0"), address("client0"))
    assert unusual(PLAIN, INITIATOR, [OWNER], clients) == (
        f"the coordinator is also a client, {LEAD}",
        f"an owner is also a client, {OWNER}",
        f"the operator of edge north is also a client, {address('edge0')}",
    )


def test_an_edge_that_turns_nobody_away_is_named() -> None:
    """Nobody there competes with another, so leaving a client out raises the price."""
    (said,) = unusual(PLAIN, INITIATOR, attached=("north", "south", "south", "south", "north"))
    assert said.startswith("edge north has 2 places for 2 invited clients: nobody there is turned away")


def test_who_is_not_named_cannot_train() -> None:
    two = replace(PLAIN, min_cohort=2)
    named = [address("client0"), address("client1")]
    assert unusual(two, INITIATOR, clients=named, trained=True) == ()
    (said,) = unusual(two, INITIATOR, clients=named[:1], trained=True)
    assert said == "at least 2 clients have to win, the terms name 1: who is not named cannot train"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (1, "1 second"), (3_600, "1 hour"), (90_061, "1 day 1 hour"), (172_800, "2 days")],
)
def test_durations_are_whole_units(seconds: int, words: str) -> None:
    assert duration(seconds) == words
