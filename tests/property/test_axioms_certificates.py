"""The right certificate is accepted, and every other one is refused."""

from itertools import product
from random import Random

import pytest
from hypothesis import assume, given

from cofund.errors import CheckFailed
from cofund.market.codec import decode_instance
from cofund.market.document import Field
from cofund.market.generate import generate
from cofund.market.instance import Instance
from cofund.mechanism.certificate import Certificate, Key, certificate, check
from cofund.mechanism.cohort import choose_cohort
from profiles import times
from tests.oracles.markets import Document, documents


def market_of(document: Document) -> Instance:
    return decode_instance(Field("market", "", document))


def accepted(market: Instance, claimed: Certificate) -> bool:
    try:
        check(market.offers(), market.edges, market.cohort, market.ceiling, claimed)
    except CheckFailed:
        return False
    return True


@times(3)
@given(document=documents())
def test_the_right_certificate_is_accepted(document: Document) -> None:
    market = market_of(document)
    assert accepted(market, certificate(choose_cohort(market)))


@times(0.4)
@given(document=documents())
def test_every_other_certificate_made_of_the_offers_is_refused(document: Document) -> None:
    market = market_of({**document, "clients": document["clients"][:5]})
    right = certificate(choose_cohort(market))
    keys = [None, *(Key(amount, position) for position, (_, amount) in enumerate(market.offers()))]
    passed = [
        claimed
        for cutoff, *edge_cutoffs in product(keys, repeat=1 + len(market.edges))
        if accepted(market, claimed := Certificate(cutoff, tuple(edge_cutoffs)))
    ]
    assert passed == [right]


@times(2)
@given(document=documents())
def test_a_key_off_by_one_is_refused(document: Document) -> None:
    market = market_of(document)
    right = certificate(choose_cohort(market))
    keys = [right.cutoff, *right.edge_cutoffs]
    assume(any(keys))
    for at, key in enumerate(keys):
        for amount, position in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            if key is not None:
                moved = [*keys[:at], Key(key.amount + amount, key.position + position), *keys[at + 1 :]]
                assert not accepted(market, Certificate(moved[0], tuple(moved[1:])))


def test_a_certificate_names_one_cutoff_per_edge() -> None:
    market = generate(2, 6, 2, seed=1)
    right = certificate(choose_cohort(market))
    with pytest.raises(CheckFailed, match="settle: one cutoff per edge"):
        check(
            market.offers(),
            market.edges,
            market.cohort,
            market.ceiling,
            Certificate(right.cutoff, right.edge_cutoffs[1:]),
        )


def test_the_pass_agrees_with_sorting_on_large_markets() -> None:
    for seed in range(5):
        market = generate(2, 3_000, 20, seed)
        cohort = choose_cohort(market)
        assert accepted(market, certificate(cohort))
        other = Random(seed).choice([key for key in cohort.edge_cutoffs if key not in {None, cohort.cutoff}])
        assert not accepted(market, Certificate(other, cohort.edge_cutoffs))
