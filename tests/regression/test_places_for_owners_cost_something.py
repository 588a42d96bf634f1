"""64 accounts with empty bids cannot take every owner's place for nothing: bids cost a bond, or owners are listed."""

import pytest

from cofund.errors import Reverted
from twin import Twin, address, with_terms


def test_anybody_may_bid_only_with_a_bond() -> None:
    with pytest.raises(Reverted, match="create: anybody may bid without a bond"):
        Twin(with_terms(owner_bond=0))


def test_listed_owners_need_none_and_nobody_else_may_bid() -> None:
    twin = Twin(with_terms(owner_bond=0, listed_owners=True, weights=((address("owner0"), 2),)))
    assert twin.commit_bid("owner0", 5, 5) is None
    assert twin.commit_bid("owner1", 5, 5) == "commit: not a listed owner"
