"""A client more than a book takes, and the edge could seal none: strangers who may be listed could bring them along."""

from collections import Counter

import pytest

from book_offers import CAMPAIGN, CHAIN, NORTH, offer
from cofund.roles import edge_book
from cofund.roles.edge_book import bind_book, fitting


@pytest.mark.parametrize(("sealed", "by_edge"), [(True, {0: 4, 2: 4}), (False, {0: 2, 2: 2})])
def test_the_dearest_of_every_edge_are_left_out(monkeypatch, sealed, by_edge) -> None:
    monkeypatch.setattr(edge_book, "MAX_SEALED", 4)
    monkeypatch.setattr(edge_book, "MAX_BOOK", 4)
    crowd = [offer(at, edge=2 * (at % 2), cost=9 - at // 2 + 5 * (at % 2)) for at in range(20)]
    kept = fitting(crowd, sealed=sealed)
    assert Counter(one.edge for one in kept) == by_edge
    for edge in by_edge:
        left = [one.cost for one in crowd if one.edge == edge and one not in kept]
        assert max(one.cost for one in kept if one.edge == edge) < min(left)
    assert len(bind_book(CHAIN, CAMPAIGN, NORTH.address, kept, sealed=sealed).offers) == sum(by_edge.values())
    assert fitting([], sealed=sealed) == []
