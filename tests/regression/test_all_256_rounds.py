"""A bitmap has a bit for each of 256 rounds; nothing overflows at the last one."""

import pytest

from scenario import Scenario, close_and_leave, train
from twin import SPONSOR, listed, with_terms

QUALITY = (10**9 // 256,) * 256
LISTED = {"sponsor": SPONSOR, **listed("owner0", "owner1", "owner2")}
PROMISES = {
    "alone": {},
    "matched": LISTED | {"match": 500_000_000},
    "underwritten": LISTED | {"underwritten": True},
}


@pytest.mark.parametrize("promise", PROMISES)
@pytest.mark.parametrize("bid", [120_000, 16_384], ids=["rich", "poor"])
def test_a_campaign_of_256_rounds_is_paid_to_the_unit(promise, bid) -> None:
    """Rich owners leave every client its price; of poor ones only a sponsor gets any round."""
    terms = with_terms(quality=QUALITY, goal=2, tolerance=0, **PROMISES[promise])
    twin = Scenario(terms, bids=(bid, bid, bid)).settled()
    assert twin.ledger.rounds == (256 if bid == 120_000 or promise != "alone" else 0)
    trees = train(twin, 256) if twin.ledger.rounds else {}
    if trees:
        assert twin.release_models() is None
        assert all(bitmap == 2**256 - 1 for tree in trees.values() for bitmap in tree.bitmaps.values())
    close_and_leave(twin, trees)
    assert twin.ledger.held() == 0
