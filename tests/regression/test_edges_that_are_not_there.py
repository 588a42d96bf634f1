"""Every call that names an edge refuses one that the terms do not have with a sentence, however large its number is.

Claims for an edge beyond the last that there could be were refused without one.
"""

import pytest

from cofund.errors import Reverted
from scenario import Scenario, train

ROOT = b"\1" * 32


@pytest.mark.parametrize("edge", [2, 63, 64, 2**256 - 1])
def test_an_edge_that_is_not_there_is_named(edge) -> None:
    twin = Scenario().committed()
    assert twin.post_edge_bond(edge, sender="edge0") == "edge: unknown"
    with pytest.raises(Reverted, match="edge: unknown"):
        twin.chain.machine.call("Books", twin.books, "commit_book", edge, ROOT, 1)
    twin = Scenario().settled()
    trees = train(twin, 4)
    (chunk, bitmaps, proof) = trees[0].parts()[0]
    assert twin.claim(edge, chunk, bitmaps, proof) == "edge: unknown"
    assert twin.claim_edge_fee(edge) == "edge: unknown"
    assert twin.post_deliveries(edge, 4, ROOT, [0], "edge0") == "edge: unknown"
