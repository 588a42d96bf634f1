"""The markets of the benchmark: a third of the clients train, a hundred edges, some of them full."""

from decimal import Decimal

import numpy as np

from cofund.market.columns import Columns
from cofund.market.instance import Edge, Instance
from cofund.market.quality import power_quality

EDGES, ROUNDS, DEAR, CEILING = 100, 60, 8_000_000, 9_000_000


def market(clients: int, owners: int, seed: int, edges: int = EDGES) -> Columns:
    """``clients`` that ask 4 to 8 million units; owners bid a fifth to three times an equal part of the cost."""
    draw = np.random.default_rng(seed)
    cohort = max(1, clients // 3)
    average = -(-cohort // edges)
    terms = Instance(
        cohort=cohort,
        min_cohort=cohort,
        ceiling=CEILING,
        coordinator_fee=50 * cohort,
        goal=1,
        match=0,
        quality=power_quality(Decimal("0.5"), ROUNDS),
        edges=tuple(
            Edge(f"edge-{at}", max(1, average * int(draw.integers(50, 201)) // 100), int(draw.integers(100, 501)))
            for at in range(edges)
        ),
        owners=(),
        clients=(),
    )
    equal_part = cohort * DEAR * ROUNDS // max(1, owners)
    return Columns(
        terms=terms,
        edge=draw.integers(0, edges, clients, dtype=np.int32),
        cost=draw.integers(DEAR // 2, DEAR + 1, clients),
        bid=draw.integers(equal_part // 5, 3 * equal_part, owners),
        weight=np.ones(owners, np.int64),
    )
